//! Reaching files by their usual paths, inside the tree and in small reads.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::entry::Kind;
use crate::error::SysError;
pub(crate) use crate::error::chain;
use crate::escape::Escaped;
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::tree::{Directory, Resolved, Tree, TreeError, resolve};

/// [`resolve`], for which a path that leads in a circle leads nowhere; the
/// monitor is told. Into what a listing leaves out, no path leads.
pub(super) fn follow(
    tree: &dyn Tree,
    path: &[u8],
    monitor: &dyn Monitor,
) -> Result<Option<Resolved>, TreeError> {
    match resolve(tree, path) {
        Err(TreeError::Unresolved { reason, .. }) => {
            // Configurations in the tree may ask for any path.
            let plain = path.strip_prefix(b"/").unwrap_or(path);
            let (path, shown) = match ImagePath::new(plain) {
                Ok(path) => (path, String::new()),
                Err(_) => (ImagePath::root(), format!("`{}` ", Escaped(path))),
            };
            monitor.warn(Warning {
                path,
                message: format!("{shown}cannot be followed: {reason}"),
            });
            Ok(None)
        }
        Err(TreeError::NotListed { .. }) => Ok(None),
        found => found,
    }
}

/// The regular file that a path leads to.
pub(super) fn file(
    tree: &dyn Tree,
    path: &[u8],
    monitor: &dyn Monitor,
) -> Result<Option<Resolved>, TreeError> {
    let found = follow(tree, path, monitor)?;
    Ok(found.filter(|found| matches!(found.entry.kind, Kind::File { .. })))
}

/// The directory that a path leads to.
pub(super) fn directory(
    tree: &dyn Tree,
    path: &[u8],
    monitor: &dyn Monitor,
) -> Result<Option<Resolved>, TreeError> {
    let found = follow(tree, path, monitor)?;
    Ok(found.filter(|found| found.entry.is_directory()))
}

/// The names in the directory that a path leads to; none where there is none.
pub(super) fn names(
    tree: &dyn Tree,
    path: &[u8],
    monitor: &dyn Monitor,
) -> Result<BTreeSet<Box<[u8]>>, TreeError> {
    let Some(found) = directory(tree, path, monitor)? else {
        return Ok(BTreeSet::new());
    };
    let directory = match found.path.file_name() {
        None => Some(found.parent),
        Some(name) => found.parent.directory(name)?,
    };
    let Some(directory) = directory else {
        return Ok(BTreeSet::new());
    };
    let entries = match directory.entries(monitor) {
        Err(TreeError::NotListed { .. }) => Vec::new(),
        entries => entries?,
    };
    Ok(entries.into_iter().map(|entry| entry.name).collect())
}

/// The first `most` bytes of a regular file, or all of a shorter one.
pub(crate) fn read_head(
    directory: &dyn Directory,
    name: &[u8],
    most: usize,
) -> Result<Vec<u8>, TreeError> {
    let mut head = Vec::with_capacity(most.min(4096));
    directory
        .open(name)?
        .take(most as u64)
        .read_to_end(&mut head)
        .map_err(|error| {
            let path = directory.path().join(name);
            SysError::new("read", Path::new(OsStr::from_bytes(path.as_bytes())), error)
        })?;
    Ok(head)
}
