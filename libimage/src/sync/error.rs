//! [`SyncError`]: why a plan was not carried out.

use std::fmt;
use std::path::PathBuf;

use super::drift::Drift;
use crate::clone::CloneError;
use crate::error::{ErrorKind, ImageError, SysError, show};
use crate::monitor::Cancelled;
use crate::path::ImagePath;
use crate::plan::PlanError;
use crate::size::Size;
use crate::tree::TreeError;
use crate::writer::{LeftOut, NoRoom, WriteError};

/// Why a plan was not carried out.
#[derive(Debug)]
#[non_exhaustive]
pub enum SyncError {
    /// The source could not be read.
    Tree(TreeError),
    /// The target could not be locked or written.
    Write(WriteError),
    /// A plan could not be read.
    Plan(PlanError),
    /// Something is not as the plan says; nothing was changed.
    Drifted {
        /// The target.
        path: PathBuf,
        /// What is not as it was.
        drifts: Vec<Drift>,
    },
    /// What is read would be changed.
    Nested {
        /// The tree that is sent.
        source: PathBuf,
        /// The tree that was to be changed.
        target: PathBuf,
        /// How the target stands to the source, as words.
        how: &'static str,
    },
    /// There is no room for what is to be written; nothing was changed.
    NoRoom(NoRoom),
    /// Something would be left out, and that was not to be.
    LeftOut {
        /// What cannot be as it should.
        path: ImagePath,
        /// Why.
        left_out: LeftOut,
    },
    /// What is replaced cannot be kept at the place for it.
    Backup {
        /// That place.
        path: PathBuf,
        /// Why.
        reason: &'static str,
    },
    /// It stopped in the middle: each file is old or new.
    Unfinished(Box<Unfinished>),
    /// Something is mounted on the target or in it, so that nothing can be swapped
    /// in for it.
    Mounted {
        /// The target.
        path: PathBuf,
        /// Where something is mounted.
        mounts: Vec<PathBuf>,
    },
    /// The target could not be cloned; it is as it was.
    Clone(Box<CloneError>),
    /// The clone of the target could not be changed; the target is as it was.
    Untouched(Box<Unfinished>),
}

/// How a sync stopped.
#[derive(Debug)]
pub struct Unfinished {
    /// The target.
    pub path: PathBuf,
    /// What stopped it.
    pub source: SyncError,
    /// How much more room it would take, if that was it.
    pub missing: Option<u64>,
}

impl fmt::Display for SyncError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tree(error) => error.fmt(f),
            Self::Write(error) => error.fmt(f),
            Self::Plan(error) => error.fmt(f),
            Self::NoRoom(error) => error.fmt(f),
            Self::Drifted { path, drifts } => {
                let count = drifts.len();
                let names = if count == 1 { "name is" } else { "names are" };
                write!(
                    f,
                    "{} was not changed: {count} {names} not as the plan says",
                    show(path)
                )?;
                for drift in drifts.iter().take(SHOWN) {
                    write!(f, "\n  {drift}")?;
                }
                match count.saturating_sub(SHOWN) {
                    0 => Ok(()),
                    more => write!(f, "\n  and {more} more"),
                }
            }
            Self::Nested {
                source,
                target,
                how,
            } => write!(f, "{} {how} {}", show(target), show(source)),
            Self::LeftOut { path, left_out } => {
                write!(
                    f,
                    "with --strict nothing may be left out of `{path}`, but {left_out}"
                )
            }
            Self::Backup { path, reason } => {
                write!(
                    f,
                    "what is replaced cannot be kept in {}: {reason}",
                    show(path)
                )
            }
            Self::Unfinished(unfinished) => {
                write!(
                    f,
                    "{} is synced in part: each file is old or new",
                    show(&unfinished.path)
                )?;
                match unfinished.missing {
                    Some(missing) => write!(f, "; {} more are needed", Size(missing)),
                    None => Ok(()),
                }
            }
            Self::Mounted { path, mounts } => {
                write!(f, "nothing can be swapped in for {}: ", show(path))?;
                match &mounts[..] {
                    [only] if only == path => write!(f, "it is a mount point of its own"),
                    _ => {
                        write!(f, "something is mounted at")?;
                        for mount in mounts.iter().take(5) {
                            write!(f, " {}", show(mount))?;
                        }
                        match mounts.len().saturating_sub(5) {
                            0 => Ok(()),
                            more => write!(f, " and {more} more places"),
                        }
                    }
                }
            }
            Self::Clone(error) => match &**error {
                CloneError::Entry(entry) => {
                    let reason = entry.plain_reason();
                    write!(
                        f,
                        "`{}` of {} cannot be cloned: {reason}",
                        entry.path, entry.tree
                    )
                }
                error => error.fmt(f),
            },
            Self::Untouched(untouched) => {
                write!(f, "{} is as it was: its clone", show(&untouched.path))?;
                write!(f, " could not be made like the source")?;
                match untouched.missing {
                    Some(missing) => write!(f, "; {} more are needed", Size(missing)),
                    None => Ok(()),
                }
            }
        }
    }
}

/// So many names are shown in a message.
const SHOWN: usize = 20;

impl std::error::Error for SyncError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tree(error) => error.source(),
            Self::Write(error) => error.source(),
            Self::Plan(error) => error.source(),
            Self::NoRoom(error) => error.source(),
            Self::Unfinished(stopped) | Self::Untouched(stopped) => Some(&stopped.source),
            Self::Clone(error) => error.source(),
            Self::Drifted { .. }
            | Self::Nested { .. }
            | Self::LeftOut { .. }
            | Self::Backup { .. }
            | Self::Mounted { .. } => None,
        }
    }
}

impl ImageError for SyncError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Tree(error) => error.kind(),
            Self::Write(error) => error.kind(),
            Self::Plan(error) => error.kind(),
            Self::NoRoom(error) => error.kind(),
            Self::Clone(error) => error.kind(),
            Self::Drifted { .. } | Self::LeftOut { .. } | Self::Mounted { .. } => {
                ErrorKind::Refused
            }
            Self::Backup { .. } | Self::Nested { .. } => ErrorKind::Usage,
            Self::Unfinished(stopped) | Self::Untouched(stopped) => stopped.source.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        let advice = match self {
            Self::Tree(error) => return error.help(),
            Self::Write(error) => return error.help(),
            Self::Plan(error) => return error.help(),
            Self::NoRoom(error) => return error.help(),
            Self::Drifted { .. } => "compare anew, look at what would be done, and apply that",
            Self::Nested { .. } => "leave the one out of the other with --exclude, or move it",
            Self::LeftOut { .. } => "run the command as root, or without --strict",
            Self::Backup { .. } => {
                "name a directory outside both trees, on the file system and in the mount of the target"
            }
            Self::Mounted { .. } => {
                "unmount what is mounted there, or change the target in place, without --atomic"
            }
            Self::Clone(error) => match &**error {
                CloneError::Entry(_) => "run the command as root, or without --atomic",
                CloneError::NoRoom(_) => {
                    "free some space there, or change the target in place, without --atomic"
                }
                CloneError::Tree(TreeError::Changed { .. }) => {
                    "see that nothing writes to the target, then run the command again; it is as \
                     it was"
                }
                error => return error.help(),
            },
            Self::Untouched(untouched) => return untouched.source.help(),
            Self::Unfinished(unfinished) => {
                let first = unfinished.source.help().map(|help| format!("{help}; "));
                let first = first.filter(|_| !is_told(&unfinished.source));
                return Some(format!(
                    "{}run the same command again, which finishes it",
                    first.unwrap_or_default()
                ));
            }
        };
        Some(advice.to_owned())
    }
}

/// Whether the advice is to run the command again anyway.
fn is_told(error: &SyncError) -> bool {
    error.help().is_none_or(|help| help.contains("again"))
}

impl From<TreeError> for SyncError {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

impl From<WriteError> for SyncError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl From<SysError> for SyncError {
    fn from(error: SysError) -> Self {
        Self::Write(error.into())
    }
}

impl From<PlanError> for SyncError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl From<CloneError> for SyncError {
    fn from(error: CloneError) -> Self {
        Self::Clone(Box::new(error))
    }
}

impl From<Cancelled> for SyncError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Write(cancelled.into())
    }
}
