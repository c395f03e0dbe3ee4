//! A file's content on its way from one tree into another.

use std::cell::RefCell;
use std::io::Read;

use super::error::SyncError;
use crate::entry::{Entry, Timestamp};
use crate::error::SysError;
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::root::RegularFile;
use crate::tree::{Directory, Tree, TreeError};
use crate::writer::{Copier, Filling};

/// Bytes that are read at once.
const BUFFER: usize = 256 * 1024;

thread_local! {
    /// Kept for the next file.
    static SPACE: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER]);
}

/// Hands the content of a file to `filling`, by the best way there is where the
/// tree stands on a disk, and its holes as holes. One that is not as `entry` says,
/// or becomes so while it is read, is an error.
pub(super) fn pour(
    directory: &dyn Directory,
    entry: &Entry,
    filling: &mut Filling<'_>,
    copier: &Copier,
    monitor: &dyn Monitor,
) -> Result<(), SyncError> {
    let path = directory.path().join(&entry.name);
    // Nobody has to see what was not compared.
    if entry.content.is_none()
        && let Some(file) = directory.regular(&entry.name)?
    {
        if !is_as(&file, entry) {
            return Err(changed(&path).into());
        }
        return Ok(filling.copy(&file, copier, monitor)?);
    }
    SPACE.with_borrow_mut(|space| {
        if let Some(file) = directory.regular(&entry.name)? {
            let is_whole = is_as(&file, entry) && copy(&file, filling, space, monitor)?;
            if !is_whole || !file.is_unchanged()? {
                return Err(changed(&path).into());
            }
            return Ok(());
        }
        let mut content = directory.open(&entry.name)?;
        let size = entry.file_size().unwrap_or(0);
        stream(&mut content, size, &path, filling, space, monitor)
    })
}

fn changed(path: &ImagePath) -> TreeError {
    TreeError::Changed {
        path: path.to_string(),
    }
}

fn is_as(file: &RegularFile, entry: &Entry) -> bool {
    let opened = file.opened();
    let mtime = Timestamp {
        seconds: opened.mtime_seconds,
        nanoseconds: opened.mtime_nanoseconds,
    };
    Some(opened.size) == entry.file_size() && mtime == entry.metadata.mtime
}

/// Copies data as it is and holes as holes; false if the file ends early.
fn copy(
    file: &RegularFile,
    filling: &mut Filling<'_>,
    space: &mut [u8],
    monitor: &dyn Monitor,
) -> Result<bool, SyncError> {
    let size = file.opened().size;
    let is_sparse = file.opened().blocks * 512 < size;
    let mut offset = 0;
    while offset < size {
        let region = if is_sparse {
            file.next_data(offset)?
        } else {
            Some((offset, size))
        };
        let Some((start, end)) = region.filter(|&(start, _)| start < size) else {
            break;
        };
        filling.hole(start - offset);
        offset = start;
        while offset < end.min(size) {
            monitor::check(monitor)?;
            let left = end.min(size) - offset;
            let wanted = usize::try_from(left).map_or(BUFFER, |left| left.min(BUFFER));
            let got = file.read_some(&mut space[..wanted])?;
            if got == 0 {
                return Ok(false);
            }
            filling.data(&space[..got])?;
            monitor.advance(0, got as u64);
            offset += got as u64;
        }
    }
    filling.hole(size - offset);
    Ok(true)
}

/// Copies so many bytes of what has no place of its own, and sees that it ends.
fn stream(
    content: &mut dyn Read,
    size: u64,
    path: &ImagePath,
    filling: &mut Filling<'_>,
    space: &mut [u8],
    monitor: &dyn Monitor,
) -> Result<(), SyncError> {
    let mut left = size;
    loop {
        monitor::check(monitor)?;
        let failed = |error| SyncError::from(SysError::new("read", path.to_string(), error));
        let got = match content.read(space) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            answer => answer.map_err(failed)?,
        };
        if got == 0 && left == 0 {
            return Ok(());
        }
        if got == 0 || got as u64 > left {
            return Err(changed(path).into());
        }
        filling.data(&space[..got])?;
        monitor.advance(0, got as u64);
        left -= got as u64;
    }
}

/// The directory of a tree at a path; nothing if it is none, or something is
/// mounted on the way.
pub(super) fn descend(
    tree: &dyn Tree,
    path: &ImagePath,
) -> Result<Option<std::sync::Arc<dyn Directory>>, TreeError> {
    let (_, mut at) = tree.root()?;
    for name in path.components() {
        let is_directory = at.lookup(name)?.is_some_and(|entry| entry.is_directory());
        let below = if is_directory {
            at.directory(name)?
        } else {
            None
        };
        match below {
            Some(below) => at = below,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}
