//! [`ImportError`]: why an archive was not imported.

use std::fmt;

use crate::archive::ArchiveError;
use crate::error::{ErrorKind, ImageError};
use crate::escape::Escaped;
use crate::manifest::BuildError;
use crate::monitor::Cancelled;
use crate::rules::{Finding, Severity};
use crate::tree::TreeError;
use crate::writer::WriteError;

/// Why an archive was not imported; nothing was published then.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportError {
    /// The archive could not be read or trusted.
    Archive(ArchiveError),
    /// The tree could not be written or published.
    Write(WriteError),
    /// The staged tree could not be inspected.
    Inspect(TreeError),
    /// The manifest could not be written.
    Manifest(BuildError),
    /// The tree is not what was demanded of it.
    NotAsDemanded {
        /// The archive, as the user would write it.
        archive: String,
        /// What they found.
        findings: Vec<Finding>,
    },
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Archive(error) => error.fmt(f),
            Self::Write(error) => error.fmt(f),
            Self::Inspect(error) => error.fmt(f),
            Self::Manifest(error) => error.fmt(f),
            Self::NotAsDemanded { archive, findings } => {
                write!(
                    f,
                    "archive `{}` is not what was demanded",
                    Escaped(archive.as_bytes())
                )?;
                for finding in findings {
                    if finding.severity() == Severity::Error {
                        write!(f, "; {}", finding.message)?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ImportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Archive(error) => error.source(),
            Self::Write(error) => error.source(),
            Self::Inspect(error) => error.source(),
            Self::Manifest(error) => error.source(),
            Self::NotAsDemanded { .. } => None,
        }
    }
}

impl ImageError for ImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Archive(error) => error.kind(),
            Self::Write(error) => error.kind(),
            Self::Inspect(error) => error.kind(),
            Self::Manifest(error) => error.kind(),
            Self::NotAsDemanded { .. } => ErrorKind::Refused,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Archive(error) => error.help(),
            Self::Write(error) => error.help(),
            Self::Inspect(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::NotAsDemanded { .. } => Some(
                "import the archive that was meant, or correct --arch, --distro or --kind; \
                 nothing was published"
                    .to_owned(),
            ),
        }
    }
}

impl From<ArchiveError> for ImportError {
    fn from(error: ArchiveError) -> Self {
        Self::Archive(error)
    }
}

impl From<WriteError> for ImportError {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

impl From<TreeError> for ImportError {
    fn from(error: TreeError) -> Self {
        Self::Inspect(error)
    }
}

impl From<Cancelled> for ImportError {
    fn from(_: Cancelled) -> Self {
        Self::Write(WriteError::Cancelled)
    }
}
