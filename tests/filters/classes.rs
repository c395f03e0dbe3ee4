//! Which bytes a class of a pattern takes.

use std::collections::BTreeMap;

use fixtures::random::Prng;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::filter::Argument;

use crate::list::List;
use crate::rsync::{Desk, difference};
use crate::seeds::for_each_seed;
use crate::walk::sent_in_order;

/// How many classes are tried for each seed.
const CLASSES: usize = 3;

/// What classes are made of, well formed or not.
const PARTS: [&[u8]; 30] = [
    b"[",
    b"[",
    b"]",
    b"]",
    b"!",
    b"^",
    b"-",
    b"-",
    b"-",
    b"\\",
    b":",
    b"a",
    b"b",
    b"m",
    b"z",
    b"0",
    b"9",
    b"A",
    b"Z",
    b".",
    b"/",
    b"*",
    b"?",
    b"\x7f",
    b"\x80",
    b"\xff",
    b" ",
    b"[:alpha:]",
    b"[:digit:",
    b"[:x:]",
];

const POSIX: [&[u8]; 12] = [
    b"[:alnum:]",
    b"[:alpha:]",
    b"[:blank:]",
    b"[:cntrl:]",
    b"[:digit:]",
    b"[:graph:]",
    b"[:lower:]",
    b"[:print:]",
    b"[:punct:]",
    b"[:space:]",
    b"[:upper:]",
    b"[:xdigit:]",
];

/// A file for each byte that a name can hold.
fn bytes() -> TreeSpec {
    let mut tree = TreeSpec::new();
    for byte in (1..=u8::MAX).filter(|&byte| byte != b'/') {
        tree.push(Node::file(vec![b'x', byte], ""));
    }
    tree
}

fn class(prng: &mut Prng) -> Vec<u8> {
    let mut class = b"[".to_vec();
    for _ in 0..prng.below(7) {
        let part = match prng.below(8) {
            0 => *prng.pick(&POSIX),
            _ => *prng.pick(&PARTS),
        };
        class.extend_from_slice(part);
    }
    if prng.chance(80) {
        class.push(b']');
    }
    class
}

/// In what the answers for a pattern differ.
fn judge(pattern: &[u8], desk: &Desk, tree: &TreeSpec) -> Option<String> {
    let list = List {
        arguments: vec![Argument::Exclude(pattern.to_vec())],
        files: BTreeMap::new(),
        variable: Vec::new(),
    };
    let theirs = desk.sends(&list, &desk.path("tree"));
    let ours = sent_in_order(&list.flat_filter().expect("a pattern"), tree);
    let wrong = difference(theirs.as_ref(), Ok(&ours))?;
    Some(format!("{}{wrong}", list.shown()))
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn classes_take_what_rsyncs_take() {
    let tree = bytes();
    let desk = Desk::new();
    tree.create(&desk.path("tree"), Privilege::User);
    for_each_seed(|seed| {
        let mut prng = Prng::new(seed);
        (0..CLASSES).find_map(|_| {
            let pattern = [b"x", &class(&mut prng)[..]].concat();
            judge(&pattern, &desk, &tree)
        })
    });
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn posix_classes_hold_the_same_bytes() {
    let tree = bytes();
    let desk = Desk::new();
    tree.create(&desk.path("tree"), Privilege::User);
    for name in POSIX {
        let pattern = [b"x[", name, b"]"].concat();
        assert_eq!(judge(&pattern, &desk, &tree), None);
    }
}
