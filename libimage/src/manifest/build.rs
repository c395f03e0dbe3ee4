//! [`build`]: walks a tree and writes its manifest.

use std::fmt;
use std::io::{self, Write};

use super::{ManifestWriter, Summary};
use crate::error::{ErrorKind, ImageError};
use crate::monitor::{Monitor, Phase};
use crate::tree::{Tree, TreeError, walk};

/// Why a manifest could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The tree could not be read.
    Tree(TreeError),
    /// The manifest could not be written.
    Write(io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tree(error) => error.fmt(f),
            Self::Write(_) => f.write_str("cannot write the manifest"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tree(error) => error.source(),
            Self::Write(error) => Some(error),
        }
    }
}

impl ImageError for BuildError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Tree(error) => error.kind(),
            Self::Write(_) => ErrorKind::System,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Tree(error) => error.help(),
            Self::Write(_) => None,
        }
    }
}

impl From<TreeError> for BuildError {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

/// Reads all of `tree` on `threads` threads, content included, and writes its
/// manifest to `out`, which should be buffered.
///
/// # Errors
///
/// A [`BuildError`]; what was written to `out` until then is no manifest.
pub fn build(
    tree: &dyn Tree,
    out: impl Write,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Summary, BuildError> {
    monitor.begin(Phase::Hash, None);
    let mut writer = ManifestWriter::new(out).map_err(BuildError::Write)?;
    walk(
        tree,
        threads,
        |directory, entry| match entry.file_size() {
            Some(_) => directory.digest(entry, monitor).map(Some),
            None => Ok(None),
        },
        |mut walked| {
            walked.entry.content = walked.seen;
            writer
                .push(walked.path, &walked.entry)
                .map_err(BuildError::Write)
        },
        monitor,
    )?;
    let (_, summary) = writer.finish().map_err(BuildError::Write)?;
    Ok(summary)
}
