//! [`ArchiveError`]: why an archive could not be read to its end.

use std::fmt;

use crate::error::{ErrorKind, ImageError, SysError};
use crate::escape::Escaped;
use crate::seekable::FormatError;

/// Why an archive could not be read.
///
/// Members are named by the raw bytes that stand in the archive.
#[derive(Debug)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The input could not be read.
    Io(SysError),
    /// The input is something else than an archive.
    NotAnArchive {
        /// The archive, as the user would write it.
        archive: String,
        /// What it is instead, where that was recognised.
        found: Option<&'static str>,
    },
    /// The input ends before the archive does.
    Truncated {
        /// The archive, as the user would write it.
        archive: String,
        /// The last member of which something was read.
        after: Option<Box<[u8]>>,
    },
    /// The archive breaks the rules of its format.
    Corrupt {
        /// The archive, as the user would write it.
        archive: String,
        /// The member in question, or the last one before the damage.
        member: Option<Box<[u8]>>,
        /// What is wrong.
        reason: String,
    },
    /// The archive is well formed but asks for what must not be done.
    Unsafe {
        /// The archive, as the user would write it.
        archive: String,
        /// The member in question.
        member: Option<Box<[u8]>>,
        /// What is wrong.
        reason: String,
    },
    /// The archive is a backup, and damaged.
    Backup(FormatError),
    /// The archive is larger in some respect than it may be.
    Limit {
        /// The archive, as the user would write it.
        archive: String,
        /// What was counted, as words that follow its number.
        what: &'static str,
        /// How much of it is allowed.
        limit: u64,
        /// The member at which the limit was passed.
        member: Option<Box<[u8]>>,
        /// The option that raises the limit.
        option: &'static str,
    },
}

/// What a parser finds wrong, before anyone knows in which member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// See [`ArchiveError::Corrupt`].
    Corrupt(String),
    /// See [`ArchiveError::Unsafe`].
    Unsafe(String),
    /// See [`ArchiveError::Limit`].
    Limit {
        what: &'static str,
        limit: u64,
        option: &'static str,
    },
}

/// Shows the reason alone.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(reason) | Self::Unsafe(reason) => f.write_str(reason),
            Self::Limit { what, limit, .. } => write!(f, "more than {limit} {what}"),
        }
    }
}

impl Fault {
    pub(super) fn corrupt(reason: impl Into<String>) -> Self {
        Self::Corrupt(reason.into())
    }

    pub(super) fn unsafe_(reason: impl Into<String>) -> Self {
        Self::Unsafe(reason.into())
    }

    /// Puts the fault together with its place.
    pub(super) fn at(self, archive: &str, member: Option<&[u8]>) -> ArchiveError {
        let archive = archive.to_owned();
        let member = member.map(Box::from);
        match self {
            Self::Corrupt(reason) => ArchiveError::Corrupt {
                archive,
                member,
                reason,
            },
            Self::Unsafe(reason) => ArchiveError::Unsafe {
                archive,
                member,
                reason,
            },
            Self::Limit {
                what,
                limit,
                option,
            } => ArchiveError::Limit {
                archive,
                what,
                limit,
                member,
                option,
            },
        }
    }
}

/// Shows ``archive `a.tar`, member `x` `` or only the archive.
fn place(f: &mut fmt::Formatter<'_>, archive: &str, member: Option<&[u8]>) -> fmt::Result {
    write!(f, "archive `{}`", Escaped(archive.as_bytes()))?;
    match member {
        Some(member) => write!(f, ", member `{}`", Escaped(member)),
        None => Ok(()),
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Backup(error) => error.fmt(f),
            Self::NotAnArchive { archive, found } => {
                write!(
                    f,
                    "`{}` is not a tar archive, nor one compressed by gzip, zstd, xz or bzip2",
                    Escaped(archive.as_bytes())
                )?;
                match found {
                    Some(found) => write!(f, ": it looks like {found}"),
                    None => Ok(()),
                }
            }
            Self::Truncated { archive, after } => {
                write!(
                    f,
                    "archive `{}` ends too early",
                    Escaped(archive.as_bytes())
                )?;
                match after {
                    Some(after) => write!(f, ", at or after member `{}`", Escaped(after)),
                    None => f.write_str(", before its first member"),
                }
            }
            Self::Corrupt {
                archive,
                member,
                reason,
            }
            | Self::Unsafe {
                archive,
                member,
                reason,
            } => {
                place(f, archive, member.as_deref())?;
                write!(f, ": {reason}")
            }
            Self::Limit {
                archive,
                what,
                limit,
                member,
                ..
            } => {
                place(f, archive, member.as_deref())?;
                write!(f, ": more than {limit} {what}")
            }
        }
    }
}

impl std::error::Error for ArchiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Backup(error) => error.source(),
            _ => None,
        }
    }
}

impl ImageError for ArchiveError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io(_) => ErrorKind::System,
            Self::Backup(error) => error.kind(),
            _ => ErrorKind::Refused,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Io(error) => error.help(),
            Self::Backup(error) => error.help(),
            Self::NotAnArchive { .. } => Some(
                "give the archive that `tar` wrote, unpacked from anything around it".to_owned(),
            ),
            Self::Truncated { .. } | Self::Corrupt { .. } => Some(
                "compare the archive's checksum with its origin, and copy or make it again"
                    .to_owned(),
            ),
            Self::Unsafe { .. } => Some(
                "an honest image needs no such member; find out who made the archive".to_owned(),
            ),
            Self::Limit { option, .. } => Some(format!(
                "if the archive is trusted, raise the limit with {option}"
            )),
        }
    }
}

impl From<SysError> for ArchiveError {
    fn from(error: SysError) -> Self {
        Self::Io(error)
    }
}
