//! Directories to make trees in.

use std::path::{Path, PathBuf};

use fixtures::tree::{Privilege, TreeSpec};
use tempfile::TempDir;

/// A directory that goes when it is dropped.
pub(crate) struct Scratch(TempDir);

impl Scratch {
    /// In `TMPDIR`, or else in memory.
    pub(crate) fn new() -> Self {
        let parent = std::env::var_os("TMPDIR").unwrap_or_else(|| "/dev/shm".into());
        Self::beneath(Path::new(&parent))
    }

    /// In a given directory.
    pub(crate) fn beneath(parent: &Path) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("imgtool-oracle-")
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
