//! [`ImportError`]: why an archive was not imported.

use std::fmt;

use super::admission::RefusedMember;
use crate::archive::ArchiveError;
use crate::error::{ErrorKind, ImageError, transparent};
use crate::escape::Escaped;
use crate::manifest::BuildError;
use crate::monitor::Cancelled;
use crate::rules::{Finding, Severity};
use crate::source::{Platform, SourceError};
use crate::tree::TreeError;
use crate::writer::{NoRoom, WriteError};

/// Why an archive was not imported; nothing was published then.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImportError {
    /// What was named cannot be read as an image.
    Source(SourceError),
    /// The archive could not be read or trusted.
    Archive(ArchiveError),
    /// A member is not allowed by the options, or not without being asked for.
    Member(RefusedMember),
    /// There is no room for the tree.
    NoRoom(NoRoom),
    /// The tree could not be written or published.
    Write(WriteError),
    /// The staged tree could not be inspected.
    Inspect(TreeError),
    /// The manifest could not be written.
    Manifest(BuildError),
    /// The tree is not what was demanded of it.
    NotAsDemanded(NotAsDemanded),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(ImportError {
    Source(SourceError),
    Archive(ArchiveError),
    Member(RefusedMember),
    NoRoom(NoRoom),
    Write(WriteError),
    Inspect(TreeError),
    Manifest(BuildError),
    NotAsDemanded(NotAsDemanded),
    Cancelled(Cancelled),
});

/// The tree that an archive makes is not what was demanded of it.
#[derive(Debug)]
pub struct NotAsDemanded {
    /// The archive, as the user would write it.
    pub archive: String,
    /// What a container image says it is for, if it is that which does not hold.
    pub claim: Option<Platform>,
    /// What the rules found, worst first.
    pub findings: Vec<Finding>,
}

impl fmt::Display for NotAsDemanded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let archive = Escaped(self.archive.as_bytes());
        match &self.claim {
            Some(claim) => write!(f, "image `{archive}` says that it is for {claim}")?,
            None => write!(f, "archive `{archive}` is not what was demanded")?,
        }
        for finding in &self.findings {
            if finding.severity() == Severity::Error {
                write!(f, "; {}", finding.message)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for NotAsDemanded {}

impl ImageError for NotAsDemanded {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn help(&self) -> Option<String> {
        let help = match self.claim {
            Some(_) => "have the image built again for what it says it is for",
            None => "import the archive that was meant, or correct --arch, --distro or --kind",
        };
        Some(format!("{help}; nothing was published"))
    }
}
