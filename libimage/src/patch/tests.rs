//! What can be shown, and what not.

use fixtures::tree::{Node, Privilege, TreeSpec};

use super::*;
use crate::diff::{self, diff};
use crate::monitor::Silent;
use crate::tree::{LiveTree, Want};

fn specs() -> (TreeSpec, TreeSpec) {
    let source = TreeSpec::new()
        .with(Node::dir(""))
        .with(Node::file("changed", "one\ntwo\n"))
        .with(Node::file("mode", "same\n"))
        .with(Node::file("new", "new\n"))
        .with(Node::file("binary", b"\0\x01".to_vec()))
        .with(Node::file("empty", ""))
        .with(Node::file("large", vec![b'x'; 200]))
        .with(Node::symlink("link", "changed"))
        .with(Node::file("was-link", "text\n"));
    let target = TreeSpec::new()
        .with(Node::dir(""))
        .with(Node::file("changed", "one\n"))
        .with(Node::file("mode", "same\n").mode(0o600))
        .with(Node::file("emptied", ""))
        .with(Node::file("gone", "gone\n"))
        .with(Node::file("binary", "text\n"))
        .with(Node::file("large", "x"))
        .with(Node::symlink("link", "mode"))
        .with(Node::symlink("was-link", "changed"));
    (source, target)
}

#[test]
fn each_change_has_its_patch_or_a_reason() {
    let dir = tempfile::tempdir().expect("makes");
    let (source, target) = specs();
    let [source, target] = [("source", source), ("target", target)].map(|(name, spec)| {
        let path = dir.path().join(name);
        spec.create(&path, Privilege::current());
        LiveTree::open(&path, Want::All).expect("opens")
    });
    let options = Options {
        largest: 100,
        ..Options::default()
    };
    let outcome = diff(&source, &target, &diff::Options::default(), &Silent).expect("readable");
    let found: Vec<(String, Patch)> = outcome
        .changes
        .iter()
        .filter(|change| !change.path.is_root())
        .map(|change| {
            let found = patch(&source, &target, change, &options, &Silent);
            (change.path.to_string(), found.expect("readable"))
        })
        .collect();
    let text = |text: &str| Patch::Text(text.as_bytes().to_vec());
    let expected = [
        ("binary", Patch::Binary),
        (
            "changed",
            text("--- a/changed\n+++ b/changed\n@@ -1 +1,2 @@\n one\n+two\n"),
        ),
        ("emptied", Patch::Empty),
        ("empty", Patch::Empty),
        (
            "gone",
            text("--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n"),
        ),
        ("large", Patch::TooLarge),
        ("link", Patch::NoFile),
        ("mode", Patch::Same),
        (
            "new",
            text("--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+new\n"),
        ),
        (
            "was-link",
            text("--- /dev/null\n+++ b/was-link\n@@ -0,0 +1 @@\n+text\n"),
        ),
    ];
    assert_eq!(
        found,
        expected.map(|(path, patch)| (path.to_owned(), patch))
    );
}
