//! [`build`]: walks a tree and writes its manifest.

use std::io::{self, Write};

use super::{ManifestWriter, Summary};
use crate::digest::Algorithm;
use crate::error::{SysError, transparent};
use crate::monitor::{Monitor, Phase};
use crate::tree::{Tree, TreeError, walk};

/// Why a manifest could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The tree could not be read.
    Tree(TreeError),
    /// The manifest could not be written.
    Write(SysError),
}

transparent!(BuildError {
    Tree(TreeError),
    Write(SysError),
});

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
    let mut writer = ManifestWriter::new(out).map_err(write_error)?;
    walk(
        tree,
        threads,
        |directory, entry| match entry.file_size() {
            Some(_) => directory
                .digest(entry, Algorithm::Blake3, monitor)
                .map(Some),
            None => Ok(None),
        },
        |mut walked| {
            walked.entry.content = walked.seen;
            writer.push(walked.path, &walked.entry).map_err(write_error)
        },
        monitor,
    )?;
    let (_, summary) = writer.finish().map_err(write_error)?;
    Ok(summary)
}

fn write_error(error: io::Error) -> BuildError {
    BuildError::Write(SysError::new("write", "the manifest", error))
}
