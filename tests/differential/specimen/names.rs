//! Names and targets: odd ones, and lengths around those of header fields.

use fixtures::random::ODD_NAMES;
use fixtures::tree::{Node, TreeSpec};

/// A path of `len` bytes in `dir`.
pub(super) fn long(dir: &str, len: usize) -> String {
    format!("{dir}/{}", "n".repeat(len - dir.len() - 1))
}

pub(super) fn names() -> TreeSpec {
    let mut tree = TreeSpec::new().with(Node::dir("names"));
    for name in ODD_NAMES {
        tree.push(Node::file([b"names/", name].concat(), name));
    }
    tree.with(Node::hard_link(
        &b"names/link \xff"[..],
        &b"names/\xff\xfe"[..],
    ))
    .with(Node::symlink("names/to-bytes", &b"\xff\xfe \n\x1b"[..]))
    .with(Node::symlink("names/to-utf-8", "gr\u{fc}\u{df}e"))
    .with_all(around_a_hundred())
    .with_all(in_two_fields())
    .with_all(deep())
}

/// With `./` before a name and `/` behind it, too.
fn around_a_hundred() -> TreeSpec {
    let mut tree = TreeSpec::new()
        .with(Node::dir("names/d"))
        .with(Node::symlink("names/to-4095", "t".repeat(4095)));
    for len in [97, 98, 99, 100, 101, 102, 155, 255] {
        tree.push(Node::file(long("names", len), ""));
        tree.push(Node::dir(long("names/d", len)).mode(0o711));
        tree.push(Node::symlink(format!("names/to-{len}"), "t".repeat(len)));
    }
    tree
}

/// Names that ustar can, or just cannot, split at a slash.
fn in_two_fields() -> TreeSpec {
    let dir = format!("names/{}", "s".repeat(140));
    let file = |len| format!("{dir}/{}", "f".repeat(len));
    TreeSpec::new()
        .with(Node::dir(dir.clone()).mode(0o700))
        .with(Node::file(file(100), ""))
        .with(Node::file(file(101), ""))
        .with(Node::hard_link(format!("{dir}/link"), file(101)))
}

/// A path of 1,618 bytes, and a short one for the same file.
fn deep() -> TreeSpec {
    let mut tree = TreeSpec::new();
    let mut dir = "names".to_owned();
    for _ in 0..8 {
        dir = format!("{dir}/{}", "p".repeat(200));
        tree.push(Node::dir(dir.clone()).mtime(1_000_000_000, 0));
    }
    let deep = format!("{dir}/deep");
    tree.with(Node::file(deep.clone(), "deep\n"))
        .with(Node::hard_link("names/deep-too", deep))
}
