//! [`FormatError`]: why a file is no backup that can be relied on.

use std::fmt;

use crate::error::{ErrorKind, ImageError, SysError};

/// Why a file is no backup that can be relied on.
#[derive(Debug)]
#[non_exhaustive]
pub enum FormatError {
    /// It could not be read.
    Sys(SysError),
    /// It does not end as a backup does.
    NotABackup {
        /// The file, as the user would write it, escaped.
        label: String,
    },
    /// It is a backup of a version that this one does not know.
    Version {
        /// The file, as the user would write it, escaped.
        label: String,
    },
    /// It is damaged.
    Damaged {
        /// The file, as the user would write it, escaped.
        label: String,
        /// Which part of it: `the index`, `frame 7`.
        part: String,
        /// Where that part begins, in bytes.
        offset: u64,
        /// How long it is.
        length: u64,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sys(error) => error.fmt(f),
            Self::NotABackup { label } => write!(
                f,
                "`{label}` is no backup, or is cut off: it does not end as backups do"
            ),
            Self::Version { label } => {
                write!(
                    f,
                    "`{label}` is a backup of a version that is not known here"
                )
            }
            Self::Damaged {
                label,
                part,
                offset,
                length,
                reason,
            } => {
                let end = offset.saturating_add(*length);
                write!(
                    f,
                    "backup `{label}` is damaged in {part} (bytes {offset} to {end}): {reason}"
                )
            }
        }
    }
}

impl std::error::Error for FormatError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sys(error) => error.source(),
            _ => None,
        }
    }
}

impl ImageError for FormatError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Sys(error) => error.kind(),
            _ => ErrorKind::Refused,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Sys(error) => return error.help(),
            Self::NotABackup { .. } => {
                "name a file that `imgtool backup` has written; other archives can be imported"
            }
            Self::Version { .. } => {
                "use the version of imgtool that wrote it; tar --zstd unpacks it as well"
            }
            Self::Damaged { .. } => {
                "take another copy of it; see with `imgtool backup verify` what is damaged"
            }
        };
        Some(help.to_owned())
    }
}

impl From<SysError> for FormatError {
    fn from(error: SysError) -> Self {
        Self::Sys(error)
    }
}
