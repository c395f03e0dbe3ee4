//! [`Place`]: a directory with a tree, its backup, and what came out of that.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fixtures::snapshot::Snapshot;
use fixtures::tree::{Privilege, TreeSpec};
use libimage::backup::{self, Outcome};
use libimage::monitor::Silent;
use libimage::path::ImagePath;
use libimage::restore::{self, RestoreError, restore};
use libimage::seekable::Reader;
use libimage::writer::Destination;
use tempfile::TempDir;

/// A directory that is gone when the test is over.
pub(crate) struct Place(TempDir);

impl Place {
    /// With a tree in it.
    pub(crate) fn with(tree: &TreeSpec) -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary directory"));
        tree.create(&place.tree(), Privilege::current());
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.path("tree")
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path("tree.tar.zst")
    }

    /// Makes the backup.
    pub(crate) fn back_up(&self, threads: usize) -> Outcome {
        let mut options = backup::Options::default();
        options.threads = threads;
        backup::to_file(&self.tree(), &self.file(), true, &options, &Silent).expect("readable")
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.file()).expect("a backup")
    }

    /// Restores the backup, or some paths of it, into `name`.
    pub(crate) fn restore(
        &self,
        name: &str,
        paths: &[&[u8]],
        threads: usize,
    ) -> Result<restore::Outcome, RestoreError> {
        self.restore_as(name, paths, threads, false)
    }

    /// Restores it in place of what stands at `name`.
    pub(crate) fn replace(&self, name: &str) -> Result<restore::Outcome, RestoreError> {
        self.restore_as(name, &[], 2, true)
    }

    fn restore_as(
        &self,
        name: &str,
        paths: &[&[u8]],
        threads: usize,
        replace: bool,
    ) -> Result<restore::Outcome, RestoreError> {
        let mut options = restore::Options::default();
        options.replace = replace;
        let paths = paths.iter().map(|&path| ImagePath::new(path));
        options.paths = paths.collect::<Result<_, _>>().expect("valid");
        options.threads = threads;
        let destination = Destination::new(&self.path(name)).expect("a name");
        restore(&Arc::new(self.reader()), &destination, &options, &Silent)
    }

    pub(crate) fn snapshot(&self, name: &str) -> Snapshot {
        Snapshot::of(&self.path(name))
    }

    /// The names beside the tree, hidden ones too.
    pub(crate) fn names(&self) -> Vec<String> {
        fixtures::snapshot::names(self.0.path())
    }
}

/// Content that zstd makes nothing of.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    fixtures::random::Prng::new(seed).bytes(length)
}

/// Writes a file.
pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("ours");
}
