//! [`BackupError`]: why there is no backup.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::error::{ErrorKind, ImageError, SysError, show, transparent};
use crate::manifest::BuildError;
use crate::monitor::Cancelled;
use crate::tree::TreeError;
use crate::writer::{NoRoom, WriteError};

/// Why there is no backup.
#[derive(Debug)]
#[non_exhaustive]
pub enum BackupError {
    /// The tree could not be read, or changed meanwhile.
    Tree(TreeError),
    /// The tree could not be locked.
    Lock(WriteError),
    /// The file exists and was not to be replaced.
    Exists(Exists),
    /// The file would be a part of the tree.
    Inside(Inside),
    /// The file could not be written.
    Write(SysError),
    /// There is no room for the file.
    NoRoom(NoRoom),
    /// The manifest could not be made.
    Manifest(BuildError),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(BackupError {
    Tree(TreeError),
    Lock(WriteError),
    Exists(Exists),
    Inside(Inside),
    Write(SysError),
    NoRoom(NoRoom),
    Manifest(BuildError),
    Cancelled(Cancelled),
});

impl BackupError {
    /// That writing the backup failed; `path` of the file may be added later.
    pub(super) fn written(error: io::Error) -> Self {
        Self::Write(SysError::new("write", "the backup", error))
    }

    /// The same, with the file that could not be written.
    pub(crate) fn at(self, path: PathBuf) -> Self {
        match self {
            Self::NoRoom(error) => Self::NoRoom(NoRoom {
                path: path.clone(),
                source: error.source.map(|source| SysError { path, ..source }),
                ..error
            }),
            Self::Write(error) => Self::Write(SysError { path, ..error }),
            error => error,
        }
    }
}

/// The file of the backup exists and was not to be replaced.
#[derive(Debug)]
pub struct Exists {
    /// The file.
    pub path: PathBuf,
}

impl fmt::Display for Exists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} exists already", show(&self.path))
    }
}

impl std::error::Error for Exists {}

impl ImageError for Exists {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn help(&self) -> Option<String> {
        Some("choose another name, or give --replace if it is not needed any more".to_owned())
    }
}

/// The file of the backup would stand in the tree of which it is one.
#[derive(Debug)]
pub struct Inside {
    /// The file.
    pub path: PathBuf,
}

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stands in the tree itself", show(&self.path))
    }
}

impl std::error::Error for Inside {}

impl ImageError for Inside {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("choose a place outside of the tree".to_owned())
    }
}
