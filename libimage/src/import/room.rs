//! Whether there is room for a tree, asked before its first byte is written.

use super::ImportError;
use crate::archive::{Limits, Scanned};
use crate::monitor::Monitor;
use crate::source::Layers;
use crate::writer::{Destination, Known, Needs, NoRoom, Room};

/// Refuses a tree for which there is certainly no room.
///
/// What a compressed archive will take is known roughly at best; a plain one
/// is looked through, from header to header, where it might not fit.
pub(super) fn check(
    layers: &Layers,
    destination: &Destination,
    limits: &Limits,
    monitor: &dyn Monitor,
) -> Result<(), ImportError> {
    let room = destination.room()?;
    let path = destination.path();
    let least = layers.least();
    if !is_tight(least, &room) {
        return Ok(());
    }
    let Some(Scanned { tree, stored }) = layers.scan(room.block, limits, monitor)? else {
        let needs = Needs {
            bytes: least,
            inodes: 0,
        };
        return Ok(NoRoom::check(path, &room, needs, Known::AtLeast)?);
    };
    let counts = tree.records().counts();
    let needs = Needs {
        bytes: stored + counts.directories * room.block,
        inodes: counts.inodes(),
    };
    Ok(NoRoom::check(path, &room, needs, Known::Exactly)?)
}

/// Bytes for which a file system has an inode, as `mke2fs` makes it. Files of
/// images are larger on average.
const BYTES_PER_INODE: u64 = 16 * 1024;

/// Whether a tree of so many bytes might not fit; half as much again is on the
/// safe side for what is lost in blocks.
fn is_tight(bytes: u64, room: &Room) -> bool {
    bytes.saturating_add(bytes / 2) > room.bytes
        || room
            .inodes
            .is_some_and(|free| bytes / BYTES_PER_INODE > free)
}
