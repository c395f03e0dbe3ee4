//! Whether there is room for a tree, asked before its first byte is written.

use std::fmt;
use std::path::PathBuf;

use super::ImportError;
use crate::archive::{Limits, Scanned};
use crate::error::{ErrorKind, ImageError, show};
use crate::monitor::Monitor;
use crate::size::Size;
use crate::source::Layers;
use crate::writer::{Destination, Room};

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
    let refuse = |what, needed, free, exact| {
        Err(ImportError::NoRoom(NoRoom {
            path: destination.path().to_owned(),
            what,
            needed,
            free,
            exact,
        }))
    };
    let least = layers.least();
    if !is_tight(least, &room) {
        return Ok(());
    }
    let Some(Scanned { tree, stored }) = layers.scan(room.block, limits, monitor)? else {
        if least > room.bytes {
            return refuse(What::Bytes, least, room.bytes, false);
        }
        return Ok(());
    };
    let counts = tree.records().counts();
    let needed = stored + counts.directories * room.block;
    if needed > room.bytes {
        return refuse(What::Bytes, needed, room.bytes, true);
    }
    match room.inodes {
        Some(free) if counts.inodes() > free => refuse(What::Inodes, counts.inodes(), free, true),
        _ => Ok(()),
    }
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

/// What there is not enough of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Space.
    Bytes,
    /// Files that a file system can have.
    Inodes,
}

/// There is no room for the tree.
#[derive(Debug)]
pub struct NoRoom {
    /// Where the tree was to stand.
    pub path: PathBuf,
    /// What there is not enough of.
    pub what: What,
    /// How much the tree takes, at least.
    pub needed: u64,
    /// How much there is for whoever runs this.
    pub free: u64,
    /// Whether the tree takes just so much.
    pub exact: bool,
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            what,
            needed,
            free,
            exact,
        } = self;
        let missing = needed - free;
        let least = if *exact { "" } else { "at least " };
        write!(f, "there is no room for {}: it takes {least}", show(path))?;
        match what {
            What::Bytes => write!(
                f,
                "{}, {} are free, {} are missing",
                Size(*needed),
                Size(*free),
                Size(missing)
            ),
            What::Inodes => write!(f, "{needed} inodes, {free} are free, {missing} are missing"),
        }
    }
}

impl std::error::Error for NoRoom {}

impl ImageError for NoRoom {
    fn kind(&self) -> ErrorKind {
        ErrorKind::System
    }

    fn help(&self) -> Option<String> {
        Some(
            "free some space there or choose another place; where the file system compresses \
             what it stores, try all the same with --no-room-check"
                .to_owned(),
        )
    }
}
