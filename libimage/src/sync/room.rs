//! Whether there is room for what a plan writes, and how much is missing.

use rustix::io::Errno;

use super::Outcome;
use super::error::{SyncError, Unfinished};
use super::ready::Ready;
use super::site::Site;
use crate::entry::Entry;
use crate::import::{NoRoom, What};
use crate::plan::{Deed, Step};
use crate::writer::{Room, WriteError};

/// Refuses a plan for which there is certainly no room.
///
/// A file is written aside before the former one goes, and deletions come last.
/// What goes is taken for as large as it says.
pub(super) fn check(ready: &Ready<'_>, site: &Site) -> Result<(), SyncError> {
    let room = site.room()?;
    let refuse = |what, needed, free| {
        Err(SyncError::NoRoom(NoRoom {
            path: site.path().to_owned(),
            what,
            needed,
            free,
            exact: false,
        }))
    };
    let (bytes, inodes) = needed(ready.steps().map(|(_, step)| step), &room);
    if bytes > room.bytes {
        return refuse(What::Bytes, bytes, room.bytes);
    }
    match room.inodes {
        Some(free) if inodes > free => refuse(What::Inodes, inodes, free),
        _ => Ok(()),
    }
}

/// The most bytes and inodes that are in use at once, beyond what is now.
fn needed<'s>(steps: impl Iterator<Item = &'s Step>, room: &Room) -> (u64, u64) {
    let blocks = |size: u64| i128::from(size.div_ceil(room.block)) * i128::from(room.block);
    let (mut now, mut most, mut inodes) = (0_i128, 0_i128, 0_u64);
    for step in steps.filter(|step| matches!(step.deed, Deed::Create | Deed::Update)) {
        now += blocks(step.bytes());
        most = most.max(now);
        let target = step.target.as_ref();
        let alone = target.filter(|target| target.link.is_none());
        now -= blocks(alone.and_then(Entry::file_size).unwrap_or(0));
        inodes += u64::from(step.deed == Deed::Create);
    }
    (u64::try_from(most.max(0)).unwrap_or(u64::MAX), inodes)
}

/// The bytes and inodes of all that a plan makes, where nothing goes before.
pub(super) fn anew(ready: &Ready<'_>, room: &Room) -> (u64, u64) {
    let steps = ready.steps().map(|(_, step)| step);
    let made = steps.filter(|step| matches!(step.deed, Deed::Create | Deed::Update));
    made.fold((0, 0), |(bytes, inodes), step| {
        let blocks = step.bytes().div_ceil(room.block);
        (bytes + blocks * room.block, inodes + 1)
    })
}

/// What stopped a sync in the middle, with how much more room it would take.
pub(super) fn explain(
    error: SyncError,
    ready: &Ready<'_>,
    site: &Site,
    outcome: &Outcome,
) -> SyncError {
    SyncError::Unfinished(stopped(error, ready, site, outcome))
}

/// The same of a sync on a clone of the target.
pub(super) fn explain_aside(
    error: SyncError,
    ready: &Ready<'_>,
    site: &Site,
    outcome: &Outcome,
) -> SyncError {
    SyncError::Untouched(stopped(error, ready, site, outcome))
}

fn stopped(error: SyncError, ready: &Ready<'_>, site: &Site, outcome: &Outcome) -> Box<Unfinished> {
    let is_full = match &error {
        SyncError::Write(WriteError::Sys(error)) => {
            error.is(Errno::NOSPC) || error.is(Errno::DQUOT)
        }
        _ => false,
    };
    let missing = is_full.then(|| site.room().ok()).flatten().map(|room| {
        let left = ready.bytes().saturating_sub(outcome.bytes);
        left.saturating_sub(room.bytes).max(room.block)
    });
    Box::new(Unfinished {
        path: site.path().to_owned(),
        source: error,
        missing,
    })
}
