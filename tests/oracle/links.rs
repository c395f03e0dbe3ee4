//! Three names, linked in any way, against anything that may stand there.

use fixtures::tree::{Node, TreeSpec};

use crate::pairs::Pair;
use crate::rsync::{Question, shown};

/// What the target has by a name.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Nothing.
    Missing,
    /// An equal inode of its own.
    Equal,
    /// One of the same type, with other attributes and another value.
    Unlike,
    /// Something of another type.
    OtherType,
    /// A directory with something in it.
    Directory,
    /// A name of an equal inode that others may have too.
    LinkedEqual,
    /// A name of an unlike inode that others may have too.
    LinkedUnlike,
    /// A name of an inode of another type that others may have too.
    LinkedOther,
}

const STATES: [State; 8] = [
    State::Missing,
    State::Equal,
    State::Unlike,
    State::OtherType,
    State::Directory,
    State::LinkedEqual,
    State::LinkedUnlike,
    State::LinkedOther,
];

/// Which of the three names the source links: their groups by number.
const SOURCES: [[u8; 3]; 4] = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1]];

/// Where the three names are, so that their order differs.
const PLACES: [[&str; 3]; 3] = [["a", "b", "c"], ["a", "d/b", "c"], ["d/a", "b", "d/c"]];

fn equal(kind: &str, path: String) -> Node {
    match kind {
        "file" => Node::file(path, "text"),
        "symlink" => Node::symlink(path, "text"),
        "fifo" => Node::fifo(path),
        "socket" => Node::socket(path),
        "char" => Node::char_device(path, 1, 3),
        _ => Node::block_device(path, 259, 3),
    }
}

fn unlike(kind: &str, path: String) -> Node {
    let node = match kind {
        "file" => Node::file(path, "longer text"),
        "symlink" => Node::symlink(path, "elsewhere"),
        "char" => Node::char_device(path, 1, 5),
        "block" => Node::block_device(path, 259, 5),
        _ => equal(kind, path),
    };
    let mode = if kind == "symlink" { node.mode } else { 0o600 };
    node.mode(mode).owner(7, 8)
}

fn other_type(kind: &str, path: String) -> Node {
    if kind == "file" {
        Node::symlink(path, "text")
    } else {
        Node::file(path, "text")
    }
}

/// The first name of an inode, or another one.
fn named(first: &mut Option<String>, path: String, make: impl FnOnce(String) -> Node) -> Node {
    if let Some(first) = first {
        return Node::hard_link(path, first.clone());
    }
    *first = Some(path.clone());
    make(path)
}

/// Adds a directory in which each name is in some state.
fn add_target(tree: &mut TreeSpec, at: &str, kind: &str, places: [&str; 3], states: [State; 3]) {
    let (mut equals, mut unlikes, mut others) = (None, None, None);
    for (place, state) in places.into_iter().zip(states) {
        let path = format!("{at}/{place}");
        let linked = |first: &mut Option<String>, make: fn(&str, String) -> Node| {
            named(first, path.clone(), |path| make(kind, path))
        };
        let node = match state {
            State::Missing => continue,
            State::Equal => equal(kind, path),
            State::Unlike => unlike(kind, path),
            State::OtherType => other_type(kind, path),
            State::Directory => {
                tree.push(Node::dir(&*path));
                Node::fifo(format!("{path}/p"))
            }
            State::LinkedEqual => linked(&mut equals, equal),
            State::LinkedUnlike => linked(&mut unlikes, unlike),
            State::LinkedOther => linked(&mut others, other_type),
        };
        tree.push(node);
    }
}

fn add_source(tree: &mut TreeSpec, at: &str, kind: &str, places: [&str; 3], groups: [u8; 3]) {
    let mut first: [Option<String>; 2] = [None, None];
    for (place, group) in places.into_iter().zip(groups) {
        let path = format!("{at}/{place}");
        let first = &mut first[usize::from(group)];
        tree.push(named(first, path, |path| equal(kind, path)));
    }
}

fn trees(kind: &str, places: [&str; 3]) -> [TreeSpec; 2] {
    let mut trees = [TreeSpec::new(), TreeSpec::new()];
    let [source, target] = &mut trees;
    source.push(Node::dir(""));
    target.push(Node::dir(""));
    for (groups, number) in SOURCES.into_iter().zip(0..) {
        for index in 0..STATES.len().pow(3) {
            let base = STATES.len();
            let states = [index / base / base, index / base % base, index % base];
            let at = format!("{number}-{}{}{}", states[0], states[1], states[2]);
            for tree in [&mut *source, &mut *target] {
                tree.push(Node::dir(&*at));
                if places.iter().any(|place| place.starts_with("d/")) {
                    tree.push(Node::dir(format!("{at}/d")));
                }
            }
            add_source(source, &at, kind, places, groups);
            add_target(target, &at, kind, places, states.map(|state| STATES[state]));
        }
    }
    trees
}

fn check(kind: &str, questions: &[Question]) {
    for places in PLACES {
        let [source, target] = trees(kind, places);
        let pair = Pair::new(&source, &target);
        for &question in questions {
            let found = pair.mismatches(question, 2);
            let text = shown(&found);
            let first: String = text.split_inclusive('\n').take(40).collect();
            assert!(
                found.is_empty(),
                "{kind} {places:?} {question:?}: {} lines\n{first}",
                found.len()
            );
        }
    }
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn three_names_of_a_file() {
    check(
        "file",
        &[Question::PLAIN, Question::CHECKSUM, Question::KEEP],
    );
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn three_names_of_anything_else() {
    for kind in ["symlink", "fifo", "socket", "char", "block"] {
        check(kind, &[Question::PLAIN, Question::KEEP]);
    }
}
