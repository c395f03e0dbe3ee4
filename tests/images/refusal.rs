//! What is refused leaves nothing behind and nothing changed.

use std::path::Path;

use fixtures::snapshot::Snapshot;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::{ImportError, Options};
use libimage::inspect::Architecture;
use libimage::rules::Demand;

use crate::real::{imported, real, scratch};

/// A directory with an image and something else in it.
fn neighbourhood(at: &Path) {
    TreeSpec::new()
        .with(Node::dir("").mode(0o751).mtime(1_600_000_000, 5))
        .with(Node::dir("image").mode(0o700).owner(1, 2))
        .with(
            Node::file("image/a", "text")
                .mode(0o600)
                .xattr("user.a", "1"),
        )
        .with(Node::file("other", "text"))
        .with(Node::symlink("link", "image"))
        .create(at, Privilege::Root);
}

fn demanding(arch: Architecture, replace: bool) -> Options {
    let mut options = Options::default();
    options.demand = Demand {
        arch: Some(arch),
        ..Demand::default()
    };
    options.replace = replace;
    options
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn an_image_for_another_machine_leaves_no_trace() {
    let cases = [
        ("amd64.gnu.tar.zst", Architecture::AARCH64, "new", false),
        ("amd64.gnu.tar.zst", Architecture::AARCH64, "image", true),
        ("arm64.bsd.tar.gz", Architecture::X86_64, "new", false),
    ];
    for (archive, arch, name, replace) in cases {
        let scratch = scratch();
        let parent = scratch.path().join("images");
        neighbourhood(&parent);
        let before = Snapshot::of(&parent);
        let options = demanding(arch, replace);
        let error = imported(&real(archive), &parent.join(name), &options)
            .expect_err("it is for another machine");
        assert!(matches!(error, ImportError::NotAsDemanded(_)), "{error}");
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_untouched(&before, &parent);
    }
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn an_image_that_is_cut_off_leaves_no_trace() {
    for archive in ["amd64.gnu.tar.gz", "arm64.gnu.tar.zst", "arm64.gnu.tar"] {
        let scratch = scratch();
        let parent = scratch.path().join("images");
        neighbourhood(&parent);
        let cut = scratch.path().join(archive);
        std::fs::copy(real(archive), &cut).expect("there is space");
        let file = std::fs::OpenOptions::new().write(true).open(&cut);
        let file = file.expect("it was just made");
        let length = file.metadata().expect("it is open").len();
        file.set_len(length / 3 * 2).expect("it can be cut");
        let before = Snapshot::of(&parent);
        let error = imported(&cut, &parent.join("image"), &replacing())
            .expect_err("the archive ends too early");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert_untouched(&before, &parent);
    }
}

fn replacing() -> Options {
    let mut options = Options::default();
    options.replace = true;
    options
}

/// Nothing differs, to the change time, but the times of the directory in which
/// the staged tree came and went.
fn assert_untouched(before: &Snapshot, parent: &Path) {
    let mut after = Snapshot::of(parent);
    let (was, top) = (&before.entries[&b""[..]], &b""[..]);
    let now = after.entries.get_mut(top).expect("it is there");
    now.mtime = was.mtime;
    now.identity.ctime = was.identity.ctime;
    let lines = before.touched(&after);
    assert_eq!(lines, [""; 0]);
}
