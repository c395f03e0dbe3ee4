//! What comes of a squashfs that sqfs2tar cannot turn into a tar, or not well.

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::acl::capability;
use fixtures::snapshot::names;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::Source;

use crate::programs::{run, scratch};
use crate::squashfs::{assert_held, imported, opened, special};

/// Bytes of a path that fit into a header with `./` before and `/` behind.
const SHORT: usize = 97;

/// Makes the tree `original` and its squashfs `image`.
fn squashfs(scratch: &Path, tree: &TreeSpec) -> PathBuf {
    tree.create(&scratch.join("original"), Privilege::Root);
    let arguments = ["original", "image", "-quiet", "-no-progress"];
    run("mksquashfs", arguments, scratch);
    scratch.join("image")
}

/// A tar has no sockets. sqfs2tar writes the attributes of one before it finds
/// that, and were it to go on they would become those of the next file.
#[test]
#[ignore = "needs root, mksquashfs and sqfs2tar; .ci/run runs it"]
fn a_socket_is_refused_and_named() {
    let cases = [
        TreeSpec::new().with(Node::socket("the-socket")),
        TreeSpec::new()
            .with(Node::socket("run/the-socket"))
            .with(Node::file("var/text", "text")),
        TreeSpec::new()
            .with(Node::socket("a/the-socket").xattr("security.capability", capability(1 << 13)))
            .with(Node::file("b", "text")),
    ];
    for tree in &cases {
        let scratch = scratch();
        let image = squashfs(scratch.path(), tree);
        let images = scratch.path().join("images");
        fs::create_dir(&images).expect("the name is free");
        let piped = fs::File::open(&image).expect("it was just made");
        let sources = [opened(&image), Source::stream("-", Box::new(piped), None)];
        for source in sources {
            let answer = imported(source, &images.join("image"));
            let error = answer.expect_err("a socket is lost");
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            let said = error.to_string();
            assert!(said.contains("the-socket: cannot pack socket"), "{said}");
            assert_eq!(names(&images), [""; 0]);
        }
    }
}

/// sqfs2tar writes attributes into a PAX header and a long name into one of
/// GNU's. So it is with every file of a labelled system whose path is long.
#[test]
#[ignore = "needs root, mksquashfs and sqfs2tar; .ci/run runs it"]
fn long_names_keep_their_attributes() {
    let label = |node: Node| node.xattr("security.selinux", "system_u:object_r:lib_t:s0");
    for length in [SHORT, SHORT + 1, SHORT + 2, SHORT + 3, 255] {
        let name = "x".repeat(length);
        let tree = TreeSpec::new()
            .with(label(Node::file(&*name, "text")))
            .with(label(Node::dir(format!("d/{name}"))))
            .with(label(Node::symlink("short", &*name)))
            .with(label(Node::symlink(format!("l/{name}"), &*name)))
            .with(Node::file("z", "without"));
        assert_held(&tree, &["zstd"], &format!("{length} bytes"));
    }
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
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert_eq!(names(&images), [""; 0], "{length} bytes");
    }
}
