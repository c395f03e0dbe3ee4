//! Whether there is room for what a plan writes, and how much is missing.

use super::Outcome;
use super::error::{SyncError, Unfinished};
use super::ready::Ready;
use super::site::Site;
use crate::entry::Entry;
use crate::plan::{Deed, Step};
use crate::writer::{Known, Needs, NoRoom, Room, WriteError, is_full};

/// Refuses a plan for which there is certainly no room.
///
/// A file is written aside before the former one goes, and deletions come last.
/// What goes is taken for as large as it says.
pub(super) fn check(ready: &Ready<'_>, site: &Site) -> Result<(), SyncError> {
    let room = site.room()?;
    let (bytes, inodes) = needed(ready.steps().map(|(_, step)| step), &room);
    let needs = Needs { bytes, inodes };
    NoRoom::check(site.path(), &room, needs, Known::AtLeast).map_err(SyncError::NoRoom)
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

/// What stopped a sync in the middle, with how much more room it would take.
pub(super) fn explain(
    error: SyncError,
    ready: &Ready<'_>,
    site: &Site,
    outcome: &Outcome,
) -> SyncError {
    let is_full = match &error {
        SyncError::Write(WriteError::Sys(error)) => is_full(error),
        _ => false,
    };
    let missing = is_full.then(|| site.room().ok()).flatten().map(|room| {
        let left = ready.bytes().saturating_sub(outcome.bytes);
        left.saturating_sub(room.bytes).max(room.block)
    });
    SyncError::Unfinished(Box::new(Unfinished {
        path: site.path().to_owned(),
        source: error,
        missing,
    }))
}
