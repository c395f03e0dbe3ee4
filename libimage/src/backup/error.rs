//! [`BackupError`]: why there is no backup.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::error::{ErrorKind, ImageError, SysError, show, transparent};
use crate::manifest::BuildError;
use crate::monitor::Cancelled;
use crate::size::Size;
use crate::tree::TreeError;
use crate::writer::WriteError;

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
            Self::NoRoom(error) => Self::NoRoom(NoRoom { path, ..error }),
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

/// The file system took no more of a backup.
#[derive(Debug)]
pub struct NoRoom {
    /// The file.
    pub path: PathBuf,
    /// How long it would be, by what was written of it.
    pub needed: u64,
    /// How much of it could be written.
    pub written: u64,
    /// Bytes of tar that were compressed to `packed`.
    pub(super) raw: u64,
    pub(super) packed: u64,
    /// What the system answered.
    pub source: io::Error,
}

impl NoRoom {
    /// With what the whole would take: as much of `total` bytes of tar as of
    /// those that were compressed.
    pub(super) fn of(self, total: u64) -> Self {
        let needed = u128::from(total) * u128::from(self.packed) / u128::from(self.raw.max(1));
        let needed = u64::try_from(needed).unwrap_or(u64::MAX);
        Self {
            needed: needed.max(self.packed),
            ..self
        }
    }
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.needed.saturating_sub(self.written);
        write!(
            f,
            "there is no room for {}: it takes about {}, {} could be written, about {} are missing",
            show(&self.path),
            Size(self.needed),
            Size(self.written),
            Size(missing)
        )
    }
}

impl std::error::Error for NoRoom {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl ImageError for NoRoom {
    fn kind(&self) -> ErrorKind {
        ErrorKind::System
    }

    fn help(&self) -> Option<String> {
        Some(
            "free some space there, choose another place, or give a higher --level; nothing was \
             left there"
                .to_owned(),
        )
    }
}
