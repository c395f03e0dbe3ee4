//! [`WriteError`]: why a tree could not be written or published.

use std::fmt;
use std::path::PathBuf;

use crate::error::{ErrorKind, ImageError, NO_DIRECTORY, SysError, show};
use crate::monitor::Cancelled;
use crate::tree::TreeError;

/// Why a tree could not be written or published.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// A system call failed.
    Sys(SysError),
    /// The destination has no name of its own: `/`, `..` or `.imgtool`.
    BadDestination {
        /// The path the user gave.
        path: PathBuf,
    },
    /// The directory that the tree shall stand in is not there.
    NoParent {
        /// The path the user gave.
        path: PathBuf,
        /// The directory.
        parent: PathBuf,
    },
    /// Something stands at the destination and was not to be replaced.
    Exists {
        /// The destination.
        path: PathBuf,
    },
    /// What stands at the destination is no directory.
    NotADirectory {
        /// The destination.
        path: PathBuf,
    },
    /// A file system is mounted at or beneath the tree to be replaced.
    Mounted {
        /// The tree to be replaced.
        path: PathBuf,
        /// Where something is mounted.
        mounts: Vec<PathBuf>,
    },
    /// Another command works on the same tree.
    Locked {
        /// The destination.
        path: PathBuf,
        /// Who that is, as far as it said.
        holder: String,
    },
    /// The private directory beside the tree is not private.
    NotPrivate {
        /// The private directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The file system cannot give a directory its name in one step.
    NoAtomicRename {
        /// The destination.
        path: PathBuf,
    },
    /// The content of a file ended before its promised length, or after it.
    WrongLength {
        /// The file.
        path: PathBuf,
    },
    /// The new tree has its name, but the system could not make that durable
    /// or could not keep the tree's records. What it replaced was kept aside.
    NotFinished {
        /// The destination, where the new tree stands.
        path: PathBuf,
        /// What failed.
        source: SysError,
    },
    /// Where the content of a file comes from could not be read.
    Source(TreeError),
    /// A copy was to share blocks with its source, and cannot.
    NoReflink {
        /// The file that was to be copied.
        path: PathBuf,
        /// The file system of the copy, where that is known.
        file_system: Option<String>,
        /// What the system answered.
        source: SysError,
    },
    /// The monitor asked to stop.
    Cancelled,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sys(error) => error.fmt(f),
            Self::BadDestination { path } => {
                write!(f, "{} cannot be the place of a tree", show(path))
            }
            Self::NoParent { path, parent } => {
                write!(
                    f,
                    "{} cannot be made: there is no directory {}",
                    show(path),
                    show(parent)
                )
            }
            Self::Exists { path } => write!(f, "{} exists already", show(path)),
            Self::NotADirectory { path } => {
                write!(f, "{} exists and is not a directory", show(path))
            }
            Self::Mounted { path, mounts } => {
                write!(
                    f,
                    "{} cannot be replaced: something is mounted at",
                    show(path)
                )?;
                for mount in mounts.iter().take(5) {
                    write!(f, " {}", show(mount))?;
                }
                match mounts.len().saturating_sub(5) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more places"),
                }
            }
            Self::Locked { path, holder } => {
                write!(f, "another command works on {}: {holder}", show(path))
            }
            Self::NotPrivate { path, reason } => {
                write!(f, "the private directory {} {reason}", show(path))
            }
            Self::NoAtomicRename { path } => {
                write!(
                    f,
                    "the file system of {} cannot rename or swap directories in one step \
                     (renameat2)",
                    show(path)
                )
            }
            Self::WrongLength { path } => {
                write!(
                    f,
                    "the content of {} does not have its promised length",
                    show(path)
                )
            }
            Self::NotFinished { path, .. } => {
                write!(
                    f,
                    "the new tree stands at {}, but could not be finished",
                    show(path)
                )
            }
            Self::Source(error) => error.fmt(f),
            Self::NoReflink {
                path, file_system, ..
            } => {
                let kind = file_system.as_deref().unwrap_or("one of another kind");
                write!(
                    f,
                    "no copy of {} can share its blocks on this file system, {kind}",
                    show(path)
                )
            }
            Self::Cancelled => Cancelled.fmt(f),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sys(error) => error.source(),
            Self::Source(error) => error.source(),
            Self::NotFinished { source, .. } | Self::NoReflink { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl ImageError for WriteError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Sys(_)
            | Self::NoParent { .. }
            | Self::Locked { .. }
            | Self::NoAtomicRename { .. }
            | Self::NoReflink { .. }
            | Self::NotFinished { .. } => ErrorKind::System,
            Self::Source(error) => error.kind(),
            Self::BadDestination { .. } => ErrorKind::Usage,
            Self::Exists { .. }
            | Self::NotADirectory { .. }
            | Self::Mounted { .. }
            | Self::NotPrivate { .. }
            | Self::WrongLength { .. } => ErrorKind::Refused,
            Self::Cancelled => ErrorKind::Interrupted,
        }
    }

    fn help(&self) -> Option<String> {
        let advice = match self {
            Self::Sys(error) => return error.help(),
            Self::NotFinished { .. } => {
                "it may not survive a crash, and what it replaced is kept in .imgtool; see to the disk, then run the command again with --replace"
            }
            Self::BadDestination { .. } => "name the directory that the tree shall become",
            Self::NoParent { .. } => NO_DIRECTORY,
            Self::Exists { .. } => {
                "give --replace to swap the new tree in, or choose another place"
            }
            Self::NotADirectory { .. } => "choose another place, or move it away first",
            Self::Mounted { .. } => "unmount what is mounted there first",
            Self::Locked { .. } => "wait until it is done, or stop it",
            Self::NotPrivate { .. } => {
                "make it yours alone (chown, chmod 700), or move it away if nobody needs it"
            }
            Self::NoAtomicRename { .. } => {
                "choose a place on a file system of this machine, such as ext4, xfs or btrfs"
            }
            Self::Source(error) => return error.help(),
            Self::NoReflink { .. } => {
                "blocks are shared within one btrfs or one xfs; give --reflink auto to copy where they cannot be"
            }
            Self::WrongLength { .. } | Self::Cancelled => return None,
        };
        Some(advice.to_owned())
    }
}

impl From<TreeError> for WriteError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Cancelled => Self::Cancelled,
            error => Self::Source(error),
        }
    }
}

impl From<SysError> for WriteError {
    fn from(error: SysError) -> Self {
        Self::Sys(error)
    }
}

impl From<Cancelled> for WriteError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
