//! [`MtreeError`]: why some bytes are no mtree file that can be used.

use std::fmt;
use std::io;

use crate::error::{ErrorKind, ImageError};

/// Why some bytes are no mtree file that can be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum MtreeError {
    /// Reading failed.
    Io {
        /// The file, as the user would write it.
        label: String,
        /// What the system answered.
        source: io::Error,
    },
    /// A line cannot be used.
    Line {
        /// The file, as the user would write it.
        label: String,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong there.
        reason: &'static str,
    },
}

impl fmt::Display for MtreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { label, .. } => write!(f, "cannot read mtree file {label}"),
            Self::Line {
                label,
                line,
                reason,
            } => write!(f, "mtree file {label}, line {line}: {reason}"),
        }
    }
}

impl std::error::Error for MtreeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Line { .. } => None,
        }
    }
}

impl ImageError for MtreeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } => ErrorKind::System,
            Self::Line { .. } => ErrorKind::Refused,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Io { .. } => None,
            Self::Line { .. } => Some(
                "mtree files are read as `imgtool manifest --mtree` and \
                 `bsdtar --format=mtree -cf FILE -C TREE .` write them"
                    .to_owned(),
            ),
        }
    }
}
