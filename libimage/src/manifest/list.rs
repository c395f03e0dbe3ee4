//! [`list`]: walks a tree and writes a listing of it.

use std::io::{self, Write};

use super::{BuildError, ManifestWriter, Summary};
use crate::digest::{Algorithm, ContentDigest};
use crate::entry::Entry;
use crate::error::SysError;
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::tree::{Directory, Tree, TreeError, walk_within};

/// What is not looked into, by a path and whether it is a directory: of a
/// directory it is not listed what is in it, a file has no digest.
pub type LeftOut<'a> = dyn Fn(&ImagePath, bool) -> bool + Sync + 'a;

/// Reads `tree` on `threads` threads, content only if `with_content`, and writes
/// a listing to `out`, which should be buffered.
///
/// Every name is listed, but for those in directories that are `left_out`. The
/// root never is. Nothing is said of mounts, which the listing names.
///
/// # Errors
///
/// A [`BuildError`]; what was written to `out` until then is no listing.
pub fn list(
    tree: &dyn Tree,
    out: impl Write,
    with_content: bool,
    left_out: &LeftOut<'_>,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Summary, BuildError> {
    let phase = match with_content {
        true => Phase::Hash,
        false => Phase::Walk,
    };
    monitor.begin(phase, None);
    let mut writer = ManifestWriter::listing(out).map_err(write_error)?;
    walk_within(
        tree,
        threads,
        &|path| left_out(path, true),
        |directory, entry| {
            Ok(Seen {
                content: match with_content && entry.file_size().is_some() {
                    true => content(directory, entry, left_out, monitor)?,
                    false => None,
                },
                is_closed: entry.is_directory() && directory.is_closed(&entry.name),
            })
        },
        |walked| {
            let (path, seen, mut entry) = (walked.path, walked.seen, walked.entry);
            entry.content = seen.content;
            let may_close = entry.is_directory() && !path.is_root();
            if may_close && (seen.is_closed || left_out(&path, true)) {
                writer.push_closed(&path, &entry).map_err(write_error)
            } else {
                writer.push(path, &entry).map_err(write_error)
            }
        },
        monitor,
    )?;
    let (_, summary) = writer.finish().map_err(write_error)?;
    Ok(summary)
}

/// What is found out about an entry besides what is recorded of it.
struct Seen {
    content: Option<ContentDigest>,
    /// The tree itself does not know what is in it.
    is_closed: bool,
}

/// The digest of a file, unless it is left out.
fn content(
    directory: &dyn Directory,
    entry: &Entry,
    left_out: &LeftOut<'_>,
    monitor: &dyn Monitor,
) -> Result<Option<ContentDigest>, TreeError> {
    let is_left_out = left_out(&directory.path().join(&entry.name), false);
    // Another name of the inode has one line with this one, and may not be left
    // out.
    if is_left_out && entry.link.is_none() {
        return Ok(None);
    }
    if entry.content.is_some() {
        return Ok(entry.content);
    }
    match directory.digest(entry, Algorithm::Blake3, monitor) {
        Err(TreeError::NoContent { .. }) if is_left_out => Ok(None),
        digest => digest.map(Some),
    }
}

fn write_error(error: io::Error) -> BuildError {
    BuildError::Write(SysError::new("write", "the listing", error))
}

#[cfg(test)]
mod tests;
