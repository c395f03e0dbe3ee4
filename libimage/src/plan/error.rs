//! [`PlanError`]: why some bytes are no plan that can be trusted.

use std::fmt;
use std::io;

use crate::error::{ErrorKind, ImageError};

/// Why some bytes are no plan that can be trusted.
#[derive(Debug)]
#[non_exhaustive]
pub enum PlanError {
    /// Reading failed.
    Io {
        /// The plan, as the user would write it.
        label: String,
        /// What the system answered.
        source: io::Error,
    },
    /// It is none, or of a version that this one does not know.
    Version {
        /// The plan, as the user would write it.
        label: String,
    },
    /// It is cut off, was changed, or was not written by imgtool.
    Corrupt {
        /// The plan, as the user would write it.
        label: String,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong there.
        reason: &'static str,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { label, .. } => write!(f, "cannot read plan {label}"),
            Self::Version { label } => write!(f, "{label} is no plan of version 1"),
            Self::Corrupt {
                label,
                line,
                reason,
            } => write!(f, "plan {label} is corrupt at line {line}: {reason}"),
        }
    }
}

impl std::error::Error for PlanError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl ImageError for PlanError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } => ErrorKind::System,
            _ => ErrorKind::Refused,
        }
    }

    fn help(&self) -> Option<String> {
        let advice = match self {
            Self::Io { .. } => return None,
            Self::Version { .. } => "read it with the version of imgtool that wrote it",
            Self::Corrupt { .. } => {
                "make the plan anew: imgtool sync SOURCE TARGET --save-plan FILE"
            }
        };
        Some(advice.to_owned())
    }
}
