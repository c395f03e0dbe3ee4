//! [`RestoreError`]: why a tree was not restored.

use std::fmt;

use crate::archive::ArchiveError;
use crate::backup::{Disagreement, Inside};
use crate::error::{ErrorKind, ImageError, transparent};
use crate::escape::Escaped;
use crate::import::ImportError;
use crate::manifest::BuildError;
use crate::monitor::Cancelled;
use crate::path::ImagePath;
use crate::seekable::FormatError;
use crate::tree::Records;
use crate::writer::{NoRoom, WriteError};

/// Why a tree was not restored; nothing was published then.
#[derive(Debug)]
#[non_exhaustive]
pub enum RestoreError {
    /// The backup is damaged or cannot be read.
    Format(FormatError),
    /// Its tar could not be read.
    Archive(ArchiveError),
    /// It stands in the tree that would be replaced.
    Inside(Inside),
    /// There is no such path in it.
    NoSuchPath(NoSuchPath),
    /// There is no room for the tree.
    NoRoom(NoRoom),
    /// A member could not be made.
    Member(ImportError),
    /// The tree could not be written or published.
    Write(WriteError),
    /// The manifest of the tree could not be written.
    Build(BuildError),
    /// What was written is not what the manifest of the backup lists.
    Disagreement(Disagreement),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(RestoreError {
    Format(FormatError),
    Archive(ArchiveError),
    Inside(Inside),
    NoSuchPath(NoSuchPath),
    NoRoom(NoRoom),
    Member(ImportError),
    Write(WriteError),
    Build(BuildError),
    Disagreement(Disagreement),
    Cancelled(Cancelled),
});

/// There is no such path in a backup.
#[derive(Debug)]
pub struct NoSuchPath {
    /// The backup, as the user would write it, escaped.
    pub label: String,
    /// The path.
    pub path: ImagePath,
    /// The symlink on the way, if there is one, and its target.
    pub symlink: Option<(ImagePath, Box<[u8]>)>,
}

impl NoSuchPath {
    pub(super) fn new(label: &str, path: &ImagePath, listed: &Records) -> Self {
        Self {
            label: label.to_owned(),
            path: path.clone(),
            symlink: first_symlink(path, listed),
        }
    }
}

/// The first symlink that a path would have to lead through, and its target.
fn first_symlink(path: &ImagePath, listed: &Records) -> Option<(ImagePath, Box<[u8]>)> {
    let mut at = Records::ROOT;
    for name in path.components() {
        at = listed.child(at, name)?;
        if let Some(target) = listed.symlink_target(at) {
            return Some((listed.path(at), target.into()));
        }
    }
    None
}

impl fmt::Display for NoSuchPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { label, path, .. } = self;
        write!(f, "there is no `{path}` in backup `{label}`")
    }
}

impl std::error::Error for NoSuchPath {}

impl ImageError for NoSuchPath {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        if let Some((path, target)) = &self.symlink {
            let target = Escaped(target);
            let help =
                format!("`{path}` is a symlink to `{target}`: name the path that is behind it");
            return Some(help);
        }
        let help = "paths are relative to the tree, as in `etc/slurm`; see what there is with \
                    `imgtool manifest` or `tar --zstd -tf`";
        Some(help.to_owned())
    }
}
