//! Random extended attributes, and patterns for their names.

use fixtures::acl::Acl;
use fixtures::random::Prng;
use fixtures::tree::{Kind, TreeSpec};

use crate::writer::Sort;

/// Names of attributes that any user may set. rsync's own, `user.rsync.%…`, are
/// not compared as it does (`tests/oracle/exceptions.rs`).
const NAMES: [&str; 6] = [
    "user.a",
    "user.b",
    "user.ab",
    "user.a/b",
    "user.core",
    "user.rsync.x",
];

/// Gives some entries of a tree attributes, and, if rules are about these, some
/// an ACL.
pub(crate) fn add_to_tree(prng: &mut Prng, tree: &mut TreeSpec, sort: Sort) {
    for node in &mut tree.nodes {
        if !matches!(node.kind, Kind::File { .. } | Kind::Dir) || prng.chance(50) {
            continue;
        }
        for _ in 0..prng.below(3) {
            let name = *prng.pick(&NAMES);
            let value = *prng.pick(&["1", "2"]);
            *node = node.clone().xattr(name, value);
        }
        if sort == Sort::Xattrs && prng.chance(15) {
            let acl = Acl::from_mode(node.mode).user(5, *prng.pick(&[4, 5]));
            *node = node.clone().xattr("system.posix_acl_access", acl.bytes());
        }
    }
}

/// A pattern that more often than not matches the name of an attribute.
pub(crate) fn pattern(prng: &mut Prng) -> Vec<u8> {
    let wild = [
        "user.*",
        "user.**",
        "*",
        "**",
        "system.*",
        "user.?",
        "b",
        "a/b",
        "/user.a",
        "user.a/",
        "*.core",
        "user.rsync.*",
        "user.[!a]*",
        "core",
    ];
    let pattern = if prng.chance(50) {
        *prng.pick(&NAMES)
    } else {
        *prng.pick(&wild)
    };
    pattern.into()
}
