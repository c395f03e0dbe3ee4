//! What changes in the text of a file, as a unified diff.

mod unified;

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;

use crate::diff::{Action, Change};
use crate::entry::Kind;
use crate::error::SysError;
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError, resolve};

/// Bytes by which text is told from what is none, as git does.
const HEAD: usize = 8000;

/// How texts are compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Lines shown before and after what changes.
    pub context: u32,
    /// The largest file that is compared, in bytes; both are kept in memory.
    pub largest: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            context: 3,
            largest: 4 << 20,
        }
    }
}

/// What there is to show of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Patch {
    /// A unified diff with its head, as patch(1) takes it: from what the target
    /// has to what the source has. It holds bytes of both files, which are
    /// hostile.
    Text(Vec<u8>),
    /// The content is the same.
    Same,
    /// A file without content comes or goes: of no lines there is no patch.
    Empty,
    /// One of them is no text.
    Binary,
    /// One of them is larger than [`Options::largest`], or so many lines of
    /// both differ that nobody would wait for the comparison.
    TooLarge,
    /// One of the trees holds no content.
    NoContent,
    /// The change is not about the content of a file.
    NoFile,
}

impl Patch {
    /// Why there is nothing to show, in words.
    pub fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::Text(_) => return None,
            Self::Same => "the content is the same",
            Self::Empty => "it is empty",
            Self::Binary => "it is no text",
            Self::TooLarge => "it is too large to be compared line by line",
            Self::NoContent => "a side has no content to compare",
            Self::NoFile => "it is no file",
        })
    }
}

/// Compares the text of a file that changes.
///
/// # Errors
///
/// A [`TreeError`] if a file cannot be read, or if the monitor asks to stop.
pub fn patch(
    source: &dyn Tree,
    target: &dyn Tree,
    change: &Change,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Patch, TreeError> {
    let is_file = |kind: &Kind| matches!(kind, Kind::File { .. });
    if !is_file(&change.kind) {
        return Ok(Patch::NoFile);
    }
    let has_old = match change.action {
        Action::Create => false,
        Action::Delete => true,
        _ => change
            .detail
            .as_deref()
            .is_some_and(|detail| is_file(&detail.target_kind)),
    };
    let has_new = change.action != Action::Delete;
    let side = |is_there: bool, tree| {
        let content = is_there.then(|| read(tree, &change.path, options, monitor));
        content.transpose()
    };
    let (old, new) = match (side(has_old, target)?, side(has_new, source)?) {
        (Some(Err(reason)), _) | (_, Some(Err(reason))) => return Ok(reason),
        (old, new) => (old.and_then(Result::ok), new.and_then(Result::ok)),
    };
    if old == new {
        return Ok(Patch::Same);
    }
    let (old, new) = (old.as_deref(), new.as_deref());
    if old.unwrap_or_default() == new.unwrap_or_default() {
        return Ok(Patch::Empty);
    }
    let text = unified::unified(&change.path, old, new, options.context);
    Ok(text.map_or(Patch::TooLarge, Patch::Text))
}

/// The text of a file, or why there is none.
fn read(
    tree: &dyn Tree,
    path: &ImagePath,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Result<Vec<u8>, Patch>, TreeError> {
    monitor::check(monitor)?;
    let changed = || TreeError::Changed {
        path: path.to_string(),
    };
    let found = resolve(tree, path.as_bytes())?;
    // What the walk found was no symlink, and in no directory behind one.
    let found = found
        .filter(|found| found.path == *path)
        .ok_or_else(changed)?;
    let size = found.entry.file_size().ok_or_else(changed)?;
    if size > options.largest {
        return Ok(Err(Patch::TooLarge));
    }
    let content = match found.parent.open(&found.entry.name) {
        Err(TreeError::NoContent { .. } | TreeError::NotFetched { .. }) => {
            return Ok(Err(Patch::NoContent));
        }
        content => content?,
    };
    let mut text = Vec::new();
    content
        .take(options.largest + 1)
        .read_to_end(&mut text)
        .map_err(|error| SysError::new("read", OsStr::from_bytes(path.as_bytes()), error))?;
    if text.len() as u64 != size {
        return Err(changed());
    }
    monitor.advance(0, size);
    if text.iter().take(HEAD).any(|&byte| byte == 0) {
        return Ok(Err(Patch::Binary));
    }
    Ok(Ok(text))
}

#[cfg(test)]
mod tests;
