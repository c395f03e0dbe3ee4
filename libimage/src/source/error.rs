//! [`SourceError`]: why what the user named cannot be read as an image.

use std::fmt;

use crate::archive::ArchiveError;
use crate::error::{ErrorKind, ImageError, SysError, transparent};
use crate::escape::Escaped;
use crate::monitor::Cancelled;
use crate::tree::TreeError;

/// Why what the user named cannot be read as an image.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// A system call failed.
    Sys(SysError),
    /// It is an archive that cannot be read or trusted.
    Archive(ArchiveError),
    /// The directory or archive around a container image cannot be read.
    Tree(TreeError),
    /// It is a container image or a disc that cannot be used as it is.
    Unusable(Unusable),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(SourceError {
    Sys(SysError),
    Archive(ArchiveError),
    Tree(TreeError),
    Unusable(Unusable),
    Cancelled(Cancelled),
});

/// A source that cannot be used as it is.
#[derive(Debug)]
pub struct Unusable {
    /// The source as the user named it.
    pub source: String,
    /// What is wrong with it.
    pub reason: String,
    /// What the user can do about it.
    pub help: Option<String>,
    /// Whether the user must ask differently, or the source is at fault.
    pub kind: ErrorKind,
}

impl Unusable {
    /// Something is wrong with the source itself.
    pub(super) fn broken(source: &str, reason: impl Into<String>) -> Self {
        Self {
            source: source.to_owned(),
            reason: reason.into(),
            help: Some("compare it with its origin, and copy or make it again".to_owned()),
            kind: ErrorKind::Refused,
        }
    }

    /// The source holds more than one thing, or not what was asked for.
    pub(super) fn choice(source: &str, reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            source: source.to_owned(),
            reason: reason.into(),
            help: Some(help.into()),
            kind: ErrorKind::Refused,
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", Escaped(self.source.as_bytes()), self.reason)
    }
}

impl std::error::Error for Unusable {}

impl ImageError for Unusable {
    fn kind(&self) -> ErrorKind {
        self.kind
    }

    fn help(&self) -> Option<String> {
        self.help.clone()
    }
}
