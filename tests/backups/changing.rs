//! A tree that changes while it is backed up makes no backup.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use fixtures::tree::{Node, TreeSpec};
use libimage::backup::{self, BackupError};
use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::{Monitor, Phase, Warning};

use crate::place::{Place, noise, write};

/// Changes something once content is being read.
pub(crate) struct Meddler<'m> {
    pub(crate) meddle: &'m (dyn Fn() + Sync),
    pub(crate) done: AtomicBool,
}

impl Monitor for Meddler<'_> {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, bytes: u64) {
        if bytes > 0 && !self.done.swap(true, Ordering::SeqCst) {
            (self.meddle)();
        }
    }
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        false
    }
}

type Meddle = fn(&Path);

#[test]
fn what_changes_is_named() {
    let old = |path: &Path| {
        let file = fs::File::options().write(true).open(path).expect("ours");
        let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        file.set_modified(long_ago).expect("ours");
    };
    let cases: &[(&str, Meddle, &str)] = &[
        (
            "written",
            |tree| write(&tree.join("d/large"), &noise(2, 20 << 20)),
            "large",
        ),
        (
            "cut",
            |tree| write(&tree.join("d/large"), b"short"),
            "large",
        ),
        (
            "removed",
            |tree| fs::remove_file(tree.join("d/later")).expect("ours"),
            "later",
        ),
        (
            "come",
            |tree| write(&tree.join("d/new"), b"new"),
            "`d` of `",
        ),
        (
            "come unseen",
            |tree| {
                let directory = tree.join("d");
                let time = fs::metadata(&directory).and_then(|data| data.modified());
                write(&directory.join("new"), b"new");
                let directory = fs::File::open(&directory).expect("is there");
                directory.set_modified(time.expect("a time")).expect("ours");
            },
            "`d` of `",
        ),
        (
            "gone",
            |tree| fs::remove_file(tree.join("d/a-link")).expect("ours"),
            "`d` of `",
        ),
    ];
    for (name, meddle, told) in cases {
        let tree = TreeSpec::new()
            .with(Node::dir("d"))
            .with(Node::file("d/large", noise(1, 20 << 20)))
            .with(Node::symlink("d/a-link", "small"))
            .with(Node::file("d/small", "small"))
            .with(Node::file("d/later", noise(3, 7 << 20)));
        let place = Place::with(&tree);
        for file in ["d/large", "d/small", "d/later"] {
            old(&place.tree().join(file));
        }
        let path = place.tree();
        let meddler = Meddler {
            meddle: &|| meddle(&path),
            done: AtomicBool::new(false),
        };
        let mut options = backup::Options::default();
        options.threads = 1;
        let made = backup::to_file(&path, &place.file(), false, &options, &meddler);
        let error = made.map(|_| ()).expect_err(name);
        assert!(meddler.done.into_inner(), "{name}: nothing was read");
        assert!(matches!(error, BackupError::Tree(_)), "{name}: {error}");
        assert_eq!(error.kind(), ErrorKind::System);
        assert!(error.to_string().contains(told), "{name}: {error}");
        assert_eq!(place.names(), ["tree"], "{name}");
    }
}

#[test]
fn what_exists_is_replaced_only_if_that_is_asked_for() {
    let place = Place::with(&TreeSpec::new().with(Node::file("f", "text")));
    write(&place.file(), b"something else");
    let options = backup::Options::default();
    let silent = libimage::monitor::Silent;
    let refused = backup::to_file(&place.tree(), &place.file(), false, &options, &silent);
    let refused = refused.map(|_| ()).expect_err("it exists");
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert_eq!(fs::read(place.file()).expect("ours"), b"something else");
    place.back_up(1);
    assert_eq!(place.names(), ["tree", "tree.tar.zst"]);

    let inside = place.tree().join("backup");
    let refused = backup::to_file(&place.tree(), &inside, false, &options, &silent);
    assert_eq!(
        refused.map(|_| ()).expect_err("it is in the tree").kind(),
        ErrorKind::Usage
    );
    assert_eq!(fixtures::snapshot::names(&place.tree()), ["f"]);
}
