//! Whether there is room for a clone, asked before its first byte is copied.

use super::list::List;
use super::{CloneError, Partial};
use crate::path::ImagePath;
use crate::size::total;
use crate::tree::{LiveTree, RecordId, Records, TreeError, Way};
use crate::writer::{Known, Needs, NoRoom, Reflink, Staging};

/// Refuses a clone for which there is certainly no room. Blocks that are shared
/// take none.
pub(super) fn check(
    source: &LiveTree,
    list: &List,
    staging: &Staging<'_>,
    reflink: Reflink,
    partial: &Partial<'_>,
) -> Result<(), CloneError> {
    let destination = staging.destination();
    let room = destination.room()?;
    let besides = partial.besides;
    let inodes = list.counts.inodes() + besides.inodes;
    // As much as it is without holes, and a block lost for each.
    let most = list.bytes.saturating_add(besides.bytes);
    let most = most.saturating_add(inodes * room.block);
    let shares = match reflink {
        // Nothing of the source needs a look then.
        _ if most <= room.bytes => true,
        Reflink::Always => true,
        Reflink::Auto => shares_blocks(source, list, staging)?,
        Reflink::Never => false,
    };
    let stored = if shares {
        0
    } else {
        stored(source, list, room.block)?
    };
    let needs = Needs {
        bytes: stored + besides.bytes + list.counts.directories * room.block,
        inodes,
    };
    Ok(NoRoom::check(
        destination.path(),
        &room,
        needs,
        Known::Exactly,
    )?)
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
    let directory = Way::new(source).to(&parent(&list.records, id))?;
    let Some(file) = directory.regular(list.records.name(id))? else {
        return Ok(false);
    };
    Ok(staging.shares_blocks_of(&file)?)
}

/// The path of the directory that an entry is in.
pub(super) fn parent(records: &Records, id: RecordId) -> ImagePath {
    records.path(records.parent(id))
}

/// The bytes that the files will take: as many as on the source's disk, holes left
/// out; but no more than their lengths in blocks of this size, for the source may
/// keep larger blocks for them, or some in reserve behind their ends.
pub(super) fn stored(source: &LiveTree, list: &List, block: u64) -> Result<u64, TreeError> {
    let mut way = Way::new(source);
    let mut stored = 0;
    for id in files(list) {
        let directory = way.to(&parent(&list.records, id))?;
        let entry = list.records.entry(id);
        let allocated = directory.allocated(&entry)?.unwrap_or(0);
        let size = entry.file_size().unwrap_or(0);
        let most = size.div_ceil(block).saturating_mul(block);
        stored = total([stored, allocated.min(most)]);
    }
    Ok(stored)
}
