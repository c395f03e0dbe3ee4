//! What comes of a squashfs that sqfs2tar cannot turn into a tar, or not well.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fixtures::acl::capability;
use fixtures::snapshot::{Snapshot, names};
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::{Options, import};
use libimage::monitor::{Monitor, Phase, Warning};
use libimage::writer::Destination;

use crate::programs::{run, scratch};
use crate::squashfs::{SHORT, assert_held, imported, opened, special};

/// Keeps what it is told.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Monitor for Heard {
    fn begin(&self, _: Phase, _: Option<u64>) {}

    fn advance(&self, _: u64, _: u64) {}

    fn warn(&self, warning: Warning) {
        let mut heard = self.0.lock().expect("nobody panics meanwhile");
        heard.push(warning.message);
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// Makes the tree `original` and its squashfs `image`.
fn squashfs(scratch: &Path, tree: &TreeSpec) -> PathBuf {
    tree.create(&scratch.join("original"), Privilege::Root);
    let arguments = ["original", "image", "-quiet", "-no-progress"];
    run("mksquashfs", arguments, scratch);
    scratch.join("image")
}

#[test]
#[ignore = "needs root, mksquashfs and sqfs2tar; .ci/run runs it"]
fn that_a_socket_is_lost_is_told() {
    let scratch = scratch();
    let tree = TreeSpec::new().with(Node::socket("run/the-socket"));
    let image = squashfs(scratch.path(), &tree);
    let heard = Heard::default();
    let destination = Destination::new(&scratch.path().join("into"));
    let destination = destination.expect("its parent is there");
    import(opened(&image), &destination, &Options::default(), &heard).expect("it is whole");
    let heard = heard.0.into_inner().expect("nobody panicked");
    assert!(
        heard.iter().any(|line| line.contains("run/the-socket")),
        "{heard:?}"
    );
}

/// sqfs2tar writes attributes into a PAX header and a long name into one of
/// GNU's. So it is with every file of a labelled system whose path is long.
#[test]
#[ignore = "needs root, mksquashfs and sqfs2tar; .ci/run runs it"]
fn a_long_name_with_attributes_is_not_read_yet() {
    let node = |length| {
        let label = "system_u:object_r:lib_t:s0";
        Node::file("x".repeat(length), "text").xattr("security.selinux", label)
    };
    assert_held(&TreeSpec::new().with(node(SHORT)), &["zstd"], "short");
    let scratch = scratch();
    let tree = TreeSpec::new().with(node(SHORT + 2));
    let image = squashfs(scratch.path(), &tree);
    let answer = imported(opened(&image), &scratch.path().join("into"));
    let error = answer
        .expect_err("right by now: expect what was given")
        .to_string();
    assert!(error.contains("PAX and GNU extension headers"), "{error}");
}

/// sqfs2tar writes the attributes of a socket before it finds that a tar has no
/// sockets, and so they become those of the next file.
#[test]
#[ignore = "needs root, mksquashfs and sqfs2tar; .ci/run runs it"]
fn attributes_of_a_socket_are_not_kept_from_the_next_file_yet() {
    let scratch = scratch();
    let socket = Node::socket("a").xattr("security.capability", capability(1 << 13));
    let tree = TreeSpec::new().with(socket).with(Node::file("b", "text"));
    let image = squashfs(scratch.path(), &tree);
    let answer = imported(opened(&image), &scratch.path().join("into"));
    answer.expect("right by now, if it is refused");
    let found = Snapshot::of(&scratch.path().join("into"));
    let next = found.get("b").expect("it was published");
    assert!(!next.xattrs.is_empty(), "right by now");
}

#[test]
#[ignore = "needs root, mksquashfs and sqfs2tar; .ci/run runs it"]
fn one_that_is_cut_off_leaves_no_trace() {
    let scratch = scratch();
    special().create(&scratch.path().join("original"), Privilege::Root);
    let arguments = [
        "original",
        "whole",
        "-noI",
        "-noD",
        "-noF",
        "-quiet",
        "-no-progress",
    ];
    run("mksquashfs", arguments, scratch.path());
    let whole = fs::read(scratch.path().join("whole")).expect("it was just made");
    let images = scratch.path().join("images");
    fs::create_dir(&images).expect("the name is free");
    for eighths in 0..8 {
        let cut = scratch.path().join("cut");
        // At least the superblock, by which it is known.
        let length = 96 + whole.len() / 8 * eighths;
        fs::write(&cut, &whole[..length]).expect("there is room");
        let answer = imported(opened(&cut), &images.join("image"));
        let error = answer.expect_err("a part of it is not there");
        // What sqfs2tar finds wrong is told as a failure of the system.
        assert_eq!(error.kind(), ErrorKind::System, "right by now: {error}");
        assert_eq!(names(&images), [""; 0], "{length} bytes");
    }
}
