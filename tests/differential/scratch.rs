//! Directories to make trees in.

use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::tree::{Privilege, TreeSpec};
use tempfile::TempDir;

/// A directory that goes when it is dropped.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    /// In `TMPDIR`, or else in memory.
    pub(crate) fn new() -> Self {
        let parent = std::env::var_os("TMPDIR").unwrap_or_else(|| "/dev/shm".into());
        let dir = tempfile::Builder::new()
            .prefix("imgtool-differential-")
            .tempdir_in(parent)
            .expect("a place for the trees");
        Self(dir)
    }

    /// The path of a name in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Makes a tree in it, with every attribute.
    pub(crate) fn tree(&self, name: &str, tree: &TreeSpec) -> PathBuf {
        let path = self.path(name);
        tree.create(&path, Privilege::Root);
        path
    }
}

impl Drop for Scratch {
    /// Trees of hostile archives may be deeper than `TempDir` can remove,
    /// which keeps a directory open for each level.
    fn drop(&mut self) {
        remove(self.0.path());
    }
}

/// Removes a tree, however deep it is.
pub(crate) fn remove(tree: &Path) {
    let removed = Command::new("rm").arg("-rf").arg(tree).status();
    assert!(
        removed.is_ok_and(|status| status.success()),
        "{} stays",
        tree.display()
    );
}
