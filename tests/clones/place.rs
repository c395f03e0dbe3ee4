//! [`Place`]: a directory with a tree to clone.

use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::snapshot::Snapshot;
use fixtures::tree::{Privilege, TreeSpec};
use libimage::clone::{CloneError, Options, Outcome, clone};
use libimage::digest::Digest;
use libimage::manifest;
use libimage::monitor::{Monitor, Silent};
use libimage::tree::{LiveTree, Want};
use libimage::writer::{Destination, Reflink};

/// A directory in which `source` is the tree.
pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn with(tree: &TreeSpec) -> Self {
        let place = Self {
            dir: tempfile::tempdir().expect("a temporary directory"),
        };
        tree.create(&place.path("source"), Privilege::current());
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn clone(&self, name: &str, options: &Options) -> Result<Outcome, CloneError> {
        self.watched(name, options, &Silent)
    }

    pub(crate) fn watched(
        &self,
        name: &str,
        options: &Options,
        monitor: &dyn Monitor,
    ) -> Result<Outcome, CloneError> {
        between(&self.path("source"), &self.path(name), options, monitor)
    }

    pub(crate) fn snapshot(&self, name: &str) -> Snapshot {
        Snapshot::of(&self.path(name))
    }

    pub(crate) fn digest(&self, name: &str) -> Digest {
        digest(&self.path(name))
    }
}

pub(crate) fn between(
    source: &Path,
    destination: &Path,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, CloneError> {
    clone(source, &Destination::new(destination)?, options, monitor)
}

pub(crate) fn digest(tree: &Path) -> Digest {
    let tree = LiveTree::open(tree, Want::All).expect("a directory");
    let built = manifest::build(&tree, std::io::sink(), 2, &Silent);
    built.expect("readable").digest
}

pub(crate) fn options(reflink: Reflink) -> Options {
    let mut options = Options::default();
    options.reflink = reflink;
    options
}

pub(crate) fn verifying() -> Options {
    let mut options = Options::default();
    options.verify = true;
    options
}

pub(crate) fn replacing() -> Options {
    let mut options = Options::default();
    options.replace = true;
    options
}

/// Something mounted, for as long as this lives.
pub(crate) struct Mount(PathBuf);

impl Mount {
    pub(crate) fn new(arguments: &[&str], at: &Path) -> Self {
        run(Command::new("mount").args(arguments).arg(at));
        Self(at.to_owned())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A failure here would hide the one that is being told.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

pub(crate) fn run(command: &mut Command) {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {output:?}");
}
