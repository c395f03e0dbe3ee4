//! [`Place`]: trees, and a directory with backups of them.

use std::fs;
use std::path::PathBuf;

use fixtures::snapshot::names;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::backup::Options;
use libimage::catalogue::{Answer, Catalogue, Generation, ListOptions, Made, Shelf, back_up, list};
use libimage::monitor::Silent;
use tempfile::TempDir;

/// A directory that is gone when the test is over.
pub(crate) struct Place(TempDir);

impl Place {
    /// With a tree `tree` and a directory `backups`.
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary directory"));
        place.tree("tree", "text");
        fs::create_dir(place.path("backups")).expect("ours");
        place
    }

    /// Makes a tree with a file that holds `content`.
    pub(crate) fn tree(&self, name: &str, content: &str) {
        let tree = TreeSpec::new()
            .with(Node::dir("etc"))
            .with(Node::file("etc/name", content))
            .with(Node::file("etc/other", "other"));
        tree.create(&self.path(name), Privilege::current());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path("backups").join(name)
    }

    pub(crate) fn shelf(&self) -> Shelf {
        Shelf::open(&self.path("backups")).expect("a directory")
    }

    /// What is in the directory, hidden names too.
    pub(crate) fn names(&self) -> Vec<String> {
        names(&self.path("backups"))
    }

    pub(crate) fn add(&self, tree: &str, if_changed: bool) -> Made {
        let options = Options::default();
        back_up(
            &self.path(tree),
            &self.shelf(),
            &options,
            if_changed,
            &Silent,
        )
        .expect("readable")
    }

    pub(crate) fn list(&self) -> Catalogue {
        list(&self.shelf(), &ListOptions::default(), &Silent).expect("a directory")
    }

    /// The bytes of a backup of a tree.
    pub(crate) fn backup_of(&self, tree: &str) -> Vec<u8> {
        let options = Options::default();
        let made = libimage::backup::backup(&self.path(tree), Vec::new(), &options, &Silent);
        made.expect("readable").0
    }

    /// Puts bytes there as the backup of a tree, so many hours after a certain
    /// moment; its name comes back.
    pub(crate) fn put(&self, tree: &str, hours: u32, bytes: &[u8]) -> String {
        let name = name(tree, hours);
        fs::write(self.file(&name), bytes).expect("ours");
        name
    }
}

pub(crate) fn name(tree: &str, hours: u32) -> String {
    let (day, hour) = (1 + hours / 24, hours % 24);
    let (month, day) = (1 + day / 28, 1 + day % 28);
    let name = format!("{tree}-2026{month:02}{day:02}T{hour:02}0000Z.tar.zst");
    assert!(Generation::parse(name.as_bytes()).is_some(), "{name}");
    name
}

pub(crate) fn is_new(made: &Made) -> bool {
    matches!(made.what, Answer::New { .. })
}
