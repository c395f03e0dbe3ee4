//! [`Monitor`]: how a caller watches a long operation and stops it.
//!
//! The library prints nothing and knows no terminal. An operation tells its
//! monitor what it does and asks it, between steps, whether to go on.

use std::fmt;

use crate::error::{ErrorKind, ImageError};
use crate::path::ImagePath;

/// What an operation is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Reading an archive and writing its tree.
    Import,
    /// Copying the content of a tree.
    Copy,
    /// Setting the directories' final metadata and links.
    Finish,
    /// Waiting for the file system to hold everything.
    Sync,
    /// Removing a former or unfinished tree.
    Remove,
    /// Walking a tree, reading metadata.
    Walk,
    /// Walking a tree, reading content.
    Hash,
    /// Comparing two trees.
    Compare,
    /// Reading an archive without writing it.
    Read,
    /// Reading a tree and writing a backup of it.
    Backup,
    /// Reading a backup and writing its tree.
    Restore,
    /// Looking once more at what is about to be changed.
    Check,
    /// Changing a tree in place.
    Apply,
}

/// Something that the caller should know and that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The entry that it is about.
    pub path: ImagePath,
    /// What was noticed, and what follows from it.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Watches an operation; called from several threads at once.
pub trait Monitor: Sync {
    /// A phase begins; `bytes` is its size in input bytes where known.
    fn begin(&self, phase: Phase, bytes: Option<u64>);

    /// So many more entries and bytes of the current phase are done.
    fn advance(&self, entries: u64, bytes: u64);

    /// Something worth knowing that stops nothing.
    fn warn(&self, warning: Warning);

    /// Whether the operation shall stop as soon as it can, undoing its work.
    fn cancelled(&self) -> bool;
}

/// A monitor that shows nothing and never cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// The caller's monitor asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Cancelled {}

impl ImageError for Cancelled {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Interrupted
    }
}

/// Returns [`Cancelled`] once the monitor says so.
///
/// # Errors
///
/// [`Cancelled`], and nothing else.
pub fn check(monitor: &dyn Monitor) -> Result<(), Cancelled> {
    if monitor.cancelled() {
        Err(Cancelled)
    } else {
        Ok(())
    }
}
