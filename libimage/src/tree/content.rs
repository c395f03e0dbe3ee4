//! Reading the content of a live file to its digest.

use std::cell::RefCell;

use super::TreeError;
use crate::digest::{Digest, Hasher};
use crate::entry::{Entry, Timestamp};
use crate::error::show;
use crate::monitor::{self, Monitor};
use crate::root::{Dir, RegularFile};

/// Bytes read at once: large enough that calls do not count, small enough to
/// stay in a core's second-level cache between the copy and the hash.
const BUFFER: usize = 128 * 1024;

thread_local! {
    static SPACE: RefCell<Box<[u8]>> = RefCell::new(vec![0; BUFFER].into());
}

/// The digest of the file `entry` of `dir`.
///
/// Fails if the file is not, before and after, as long and as old as `entry`
/// says: what was read would belong to no one state of the file.
pub(super) fn digest(dir: &Dir, entry: &Entry, monitor: &dyn Monitor) -> Result<Digest, TreeError> {
    let changed = || TreeError::Changed {
        path: show(&dir.shown(&entry.name)).to_string(),
    };
    let file = dir.file(&entry.name)?;
    let opened = file.opened();
    let size = opened.size;
    let mtime = Timestamp {
        seconds: opened.mtime_seconds,
        nanoseconds: opened.mtime_nanoseconds,
    };
    if Some(size) != entry.file_size() || mtime != entry.metadata.mtime {
        return Err(changed());
    }
    let mut hasher = Hasher::new();
    let whole = if opened.blocks * 512 < size {
        hash_sparse(&file, size, &mut hasher, monitor)?
    } else {
        hash_region(&file, size, &mut hasher, monitor)?
    };
    if !whole || !file.is_unchanged()? {
        return Err(changed());
    }
    Ok(hasher.finish())
}

/// Feeds data regions as they are and holes as zeros; false if it ends early.
fn hash_sparse(
    file: &RegularFile,
    size: u64,
    hasher: &mut Hasher,
    monitor: &dyn Monitor,
) -> Result<bool, TreeError> {
    let mut offset = 0;
    while let Some((start, end)) = file.next_data(offset)? {
        let end = end.min(size);
        if start >= end {
            break;
        }
        hasher.update_zeros(start - offset);
        if !hash_region(file, end - start, hasher, monitor)? {
            return Ok(false);
        }
        offset = end;
    }
    hasher.update_zeros(size - offset);
    Ok(true)
}

/// Feeds `length` bytes from the current position; false if it ends early.
fn hash_region(
    file: &RegularFile,
    mut length: u64,
    hasher: &mut Hasher,
    monitor: &dyn Monitor,
) -> Result<bool, TreeError> {
    SPACE.with_borrow_mut(|space| {
        while length > 0 {
            monitor::check(monitor)?;
            let wanted = usize::try_from(length).map_or(BUFFER, |length| length.min(BUFFER));
            let got = file.read_some(&mut space[..wanted])?;
            if got == 0 {
                return Ok(false);
            }
            hasher.update(&space[..got]);
            monitor.advance(0, got as u64);
            length -= got as u64;
        }
        Ok(true)
    })
}
