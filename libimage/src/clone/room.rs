//! Whether there is room for a clone, asked before its first byte is copied.

use super::list::List;
use super::way::Way;
use super::{CloneError, Partial};
use crate::import::{NoRoom, What};
use crate::tree::{LiveTree, RecordId, TreeError};
use crate::writer::{Reflink, Staging};

/// Refuses a clone for which there is certainly no room. Blocks that are shared
/// take none.
pub(super) fn check(
    source: &LiveTree,
    list: &List,
    staging: &Staging<'_>,
    reflink: Reflink,
    besides: &Partial<'_>,
) -> Result<(), CloneError> {
    let destination = staging.destination();
    let room = destination.room()?;
    let refuse = |what, needed, free| {
        Err(CloneError::NoRoom(NoRoom {
            path: destination.path().to_owned(),
            what,
            needed,
            free,
            exact: true,
        }))
    };
    let inodes = list.counts.inodes() + besides.inodes;
    if let Some(free) = room.inodes
        && inodes > free
    {
        return refuse(What::Inodes, inodes, free);
    }
    // As much as it is without holes, and a block lost for each.
    let most = list.bytes.saturating_add(besides.bytes);
    let most = most.saturating_add(inodes * room.block);
    let shares = match reflink {
        _ if most <= room.bytes => return Ok(()),
        Reflink::Always => true,
        Reflink::Auto => shares_blocks(source, list, staging)?,
        Reflink::Never => false,
    };
    let stored = if shares { 0 } else { stored(source, list)? };
    let needed = stored + besides.bytes + list.counts.directories * room.block;
    if needed > room.bytes {
        return refuse(What::Bytes, needed, room.bytes);
    }
    Ok(())
}

/// The files of the list, each inode once.
fn files(list: &List) -> impl Iterator<Item = RecordId> {
    let files = list.records.ids();
    files.filter(|id| {
        let size = list.records.file_size(*id);
        size.is_some_and(|size| size > 0) && !list.leaders.contains_key(id)
    })
}

/// Whether the clone can share blocks with its source: tried with one file.
fn shares_blocks(
    source: &LiveTree,
    list: &List,
    staging: &Staging<'_>,
) -> Result<bool, CloneError> {
    let Some(id) = files(list).next() else {
        return Ok(false);
    };
    let directory = Way::new(source)?.to(&list.records, list.records.parent(id))?;
    let Some(file) = directory.regular(list.records.name(id))? else {
        return Ok(false);
    };
    Ok(staging.shares_blocks_of(&file)?)
}

/// The bytes that the files take on the source's disk.
fn stored(source: &LiveTree, list: &List) -> Result<u64, TreeError> {
    let mut way = Way::new(source)?;
    let mut stored = 0;
    for id in files(list) {
        let directory = way.to(&list.records, list.records.parent(id))?;
        let allocated = directory.allocated(&list.records.entry(id))?;
        stored += allocated.unwrap_or(0);
    }
    Ok(stored)
}
