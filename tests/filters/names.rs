//! Random trees and random patterns that mean something in them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use fixtures::random::Prng;
use fixtures::tree::{Kind, Node, TreeSpec};

/// Names with what means something in rules, and plain ones that resemble
/// each other. None holds what rsync would escape.
const NAMES: [&[u8]; 28] = [
    b"a",
    b"b",
    b"ab",
    b"aa",
    b"ba",
    b"foo",
    b"foo.o",
    b"bar",
    b"bar.c",
    b"x",
    b"y.o",
    b".x",
    b"...",
    b"-",
    b"+ a",
    b"- a",
    b"!",
    b"#a",
    b";a",
    b" a",
    b"a ",
    b"_a",
    b"*",
    b"a?",
    b"[a]",
    b"\\a",
    b"\xc3\xa9",
    b"\xff",
];

/// A tree of at most `size` entries, whose names are few.
pub(crate) fn tree(prng: &mut Prng, size: usize) -> TreeSpec {
    let mut tree = TreeSpec::new();
    let mut dirs = vec![Vec::new()];
    let mut taken = BTreeSet::new();
    for _ in 0..size {
        let dir = prng.pick(&dirs).clone();
        let name = *prng.pick(&NAMES);
        let path = join(&dir, name);
        if !taken.insert(path.clone()) {
            continue;
        }
        tree.push(match prng.below(10) {
            0..5 => {
                dirs.push(path.clone());
                Node::dir(path)
            }
            5..8 => Node::file(path, ""),
            8 => Node::symlink(path, "nowhere"),
            _ => Node::fifo(path),
        });
    }
    tree
}

/// A name beneath a directory.
pub(crate) fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    if dir.is_empty() {
        name.to_vec()
    } else {
        [dir, name].join(&b'/')
    }
}

/// The files of a tree that are not empty, and all attributes, as text for a
/// message.
pub(crate) fn shown_files(tree: &TreeSpec) -> String {
    let mut text = String::new();
    for node in &tree.nodes {
        let mut line = |what: &str, value: &[u8]| {
            let (path, value) = (node.path.escape_ascii(), value.escape_ascii());
            writeln!(text, "  in the tree: {path}: {what}{value}")
                .expect("a String takes everything");
        };
        if let Kind::File { content, .. } = &node.kind
            && !content.is_empty()
        {
            line("", content);
        }
        for (name, value) in &node.xattrs {
            line(&format!("{}=", name.escape_ascii()), value);
        }
    }
    text
}

/// A pattern, which more often than not means something in a tree. `place` is
/// the absolute path of the tree, for patterns that are to be absolute.
pub(crate) fn pattern(prng: &mut Prng, tree: &TreeSpec, place: Option<&[u8]>) -> Vec<u8> {
    if prng.chance(10) {
        return soup(prng);
    }
    let mut path = match tree.nodes.len() {
        0 => prng.pick(&NAMES).to_vec(),
        _ => prng.pick(&tree.nodes).path.clone(),
    };
    if prng.chance(10) {
        path = prng.pick(&NAMES).to_vec();
    }
    let is_whole = prng.chance(50);
    if let Some(place) = place.filter(|_| is_whole) {
        path = join(place, &path);
    }
    let mut components: Vec<Vec<u8>> = path
        .split(|&byte| byte == b'/')
        .map(<[u8]>::to_vec)
        .collect();
    if !is_whole {
        let first = prng.below(components.len());
        components.drain(..first);
    }
    for component in &mut components {
        if prng.chance(35) {
            *component = blurred(prng, component);
        }
    }
    if prng.chance(15) {
        let at = prng.below(components.len() + 1);
        let odd: [&[u8]; 7] = [b"**", b"*", b"", b".", b"..", b"***", b"a"];
        components.insert(at, prng.pick(&odd).to_vec());
    }
    let before: [&[u8]; 8] = [b"", b"", b"", b"", b"/", b"/", b"**/", b"**"];
    let behind: [&[u8]; 12] = [
        b"", b"", b"", b"", b"", b"/", b"/", b"/**", b"/***", b"/*", b"**", b"***",
    ];
    [
        *prng.pick(&before),
        &components.join(&b'/'),
        *prng.pick(&behind),
    ]
    .concat()
}

/// A component with wildcards in it that most often match it still.
fn blurred(prng: &mut Prng, component: &[u8]) -> Vec<u8> {
    let at = prng.below(component.len().max(1));
    let (start, end) = component.split_at(at.min(component.len()));
    let byte = end.first().copied().unwrap_or(b'a');
    let end = end.get(1..).unwrap_or_default();
    let middle: Vec<u8> = match prng.below(12) {
        0 => return b"*".to_vec(),
        1 => return vec![b'?'; component.len()],
        2 => return b"**".to_vec(),
        3 => b"?".to_vec(),
        4 => b"*".to_vec(),
        5 => vec![b'*', byte],
        6 => vec![byte, b'*'],
        7 => vec![b'\\', byte],
        8 => b"[!z]".to_vec(),
        9 => vec![b'[', byte, b']'],
        10 => vec![b'[', byte, b'-', b'z', b']'],
        _ => b"**".to_vec(),
    };
    [start, &middle, end].concat()
}

/// Anything.
fn soup(prng: &mut Prng) -> Vec<u8> {
    const BYTES: &[u8] = b"ab/*?[]!^-\\.:xo";
    (0..=prng.below(9)).map(|_| *prng.pick(BYTES)).collect()
}
