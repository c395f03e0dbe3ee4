//! [`CloneError`]: why a tree was not cloned.

use std::fmt;
use std::path::PathBuf;

use crate::error::{ErrorKind, ImageError, SysError, show, transparent};
use crate::filter::FilterError;
use crate::manifest::BuildError;
use crate::monitor::Cancelled;
use crate::path::ImagePath;
use crate::tree::TreeError;
use crate::writer::{NoRoom, WriteError};

/// Why a tree was not cloned; nothing was published then.
#[derive(Debug)]
#[non_exhaustive]
pub enum CloneError {
    /// The source could not be opened.
    Source(SysError),
    /// One of the two trees would be part of the other.
    Nested(Nested),
    /// The source could not be read, or changed while it was.
    Tree(TreeError),
    /// A file of rules in the source could not be read.
    Filter(FilterError),
    /// An entry may not be left out, and cannot be made.
    Entry(RefusedEntry),
    /// There is no room for the clone.
    NoRoom(NoRoom),
    /// The clone could not be written or published.
    Write(WriteError),
    /// The manifest could not be written.
    Manifest(BuildError),
    /// The clone is not what its source is.
    Differs(Differs),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(CloneError {
    Source(SysError),
    Nested(Nested),
    Tree(TreeError),
    Filter(FilterError),
    Entry(RefusedEntry),
    NoRoom(NoRoom),
    Write(WriteError),
    Manifest(BuildError),
    Differs(Differs),
    Cancelled(Cancelled),
});

/// One of the two trees would be part of the other.
#[derive(Debug)]
pub struct Nested {
    /// The tree to clone.
    pub source: PathBuf,
    /// Where the clone was to stand.
    pub destination: PathBuf,
    /// How the destination stands to the source, as words.
    pub how: &'static str,
}

impl fmt::Display for Nested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source,
            destination,
            how,
        } = self;
        write!(f, "{} {how} {}", show(destination), show(source))
    }
}

impl std::error::Error for Nested {}

impl ImageError for Nested {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("choose a place beside the tree, not in it or above it".to_owned())
    }
}

/// How a reason begins that is due to `--strict`.
pub(super) const STRICT: &str = "with --strict nothing may be left out, but ";

impl RefusedEntry {
    /// The reason, for whoever did not ask to be strict.
    pub(crate) fn plain_reason(&self) -> &str {
        self.reason.strip_prefix(STRICT).unwrap_or(&self.reason)
    }
}

/// An entry that may not be left out, and cannot be made.
#[derive(Debug)]
pub struct RefusedEntry {
    /// The tree, as the user would write it.
    pub tree: String,
    /// The entry.
    pub path: ImagePath,
    /// What speaks against it.
    pub reason: String,
}

impl fmt::Display for RefusedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tree, path, reason } = self;
        write!(f, "`{path}` of {tree}: {reason}")
    }
}

impl std::error::Error for RefusedEntry {}

impl ImageError for RefusedEntry {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn help(&self) -> Option<String> {
        Some("run the command as root, or without --strict".to_owned())
    }
}

/// The clone is not what its source is.
#[derive(Debug)]
pub struct Differs {
    /// The tree that was cloned, as the user would write it.
    pub tree: String,
    /// The first entry that differs, where one was found.
    pub path: Option<ImagePath>,
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "`{path}` of {} is not as it was copied", self.tree),
            None => write!(f, "{} is not as it was copied", self.tree),
        }
    }
}

impl std::error::Error for Differs {}

impl ImageError for Differs {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn help(&self) -> Option<String> {
        Some(
            "see that nothing writes to that tree, and to memory and disks; \
             then run the command again; nothing was published"
                .to_owned(),
        )
    }
}
