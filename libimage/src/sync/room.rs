//! Whether there is room for what a plan writes, and how much is missing.

use std::sync::atomic::{AtomicBool, Ordering};

use super::content::descend;
use super::error::{SyncError, Unfinished};
use super::ready::Ready;
use super::site::Site;
use crate::entry::Entry;
use crate::plan::{Deed, Step};
use crate::tree::{Tree, TreeError};
use crate::writer::{self, Known, NoRoom, Room, WriteError, is_full};

/// The most content that may wait aside at once, in bytes, however much room
/// there is.
const MOST_ASIDE: u64 = 256 << 20;

/// Of files of this size on it is asked how much of them is holes, in bytes.
const LARGE: u64 = 16 << 20;

/// What the steps of a plan take.
pub(super) struct Needs<'r> {
    ready: &'r Ready<'r>,
    site: &'r Site,
    /// Content that each step writes, in bytes, without holes.
    sizes: Vec<u64>,
}

impl<'r> Needs<'r> {
    /// What they take with content from this source; what is moved from there
    /// takes nothing.
    pub(super) fn of(
        ready: &'r Ready<'r>,
        source: &dyn Tree,
        site: &'r Site,
    ) -> Result<Self, TreeError> {
        let moves = source.root()?.1.yields()?.is_some();
        let mut sizes = Vec::with_capacity(ready.plan.steps.len());
        for step in &ready.plan.steps {
            let is_alone = step
                .source
                .as_ref()
                .is_some_and(|entry| entry.link.is_none());
            sizes.push(match step.bytes() {
                _ if moves && is_alone => 0,
                large if large >= LARGE => allocated(source, step)?.unwrap_or(large).min(large),
                small => small,
            });
        }
        Ok(Self { ready, site, sizes })
    }

    /// Refuses a plan for which there is certainly no room.
    pub(super) fn check(&self) -> Result<(), SyncError> {
        let room = self.site.room()?;
        let (bytes, inodes) = self.most(&room, |_| true);
        let needs = writer::Needs { bytes, inodes };
        NoRoom::check(self.site.path(), &room, needs, Known::AtLeast).map_err(SyncError::NoRoom)
    }

    /// So much content may wait aside at once: what is free beyond what is needed.
    pub(super) fn aside(&self) -> Result<u64, SyncError> {
        let room = self.site.room()?;
        let (bytes, _) = self.most(&room, |_| true);
        Ok(room.bytes.saturating_sub(bytes).min(MOST_ASIDE))
    }

    /// What stopped a sync in the middle, with how much more room it would take to
    /// do what is not `placed` yet.
    pub(super) fn explain(&self, error: SyncError, placed: &[AtomicBool]) -> SyncError {
        let is_left = |index: usize| !placed[index].load(Ordering::Relaxed);
        SyncError::Unfinished(self.stopped(error, |room| self.most(room, is_left).0))
    }

    /// The same of a sync on a clone of the target, where nothing goes.
    pub(super) fn explain_aside(&self, error: SyncError, placed: &[AtomicBool]) -> SyncError {
        let is_left = |index: usize| !placed[index].load(Ordering::Relaxed);
        SyncError::Untouched(self.stopped(error, |room| self.all(room, is_left).bytes))
    }

    fn stopped(&self, error: SyncError, left: impl Fn(&Room) -> u64) -> Box<Unfinished> {
        let is_full = match &error {
            SyncError::Write(WriteError::Sys(error)) => is_full(error),
            _ => false,
        };
        let missing = is_full
            .then(|| self.site.room().ok())
            .flatten()
            .map(|room| left(&room).saturating_sub(room.bytes));
        Box::new(Unfinished {
            path: self.site.path().to_owned(),
            source: error,
            missing: missing.filter(|&missing| missing > 0),
        })
    }

    /// The bytes and inodes of all that a plan makes, where nothing goes before.
    pub(super) fn anew(&self, room: &Room) -> writer::Needs {
        self.all(room, |_| true)
    }

    fn all(&self, room: &Room, is_wanted: impl Fn(usize) -> bool) -> writer::Needs {
        let made = |step: &Step| matches!(step.deed, Deed::Create | Deed::Update);
        let steps = self.ready.steps();
        let steps = steps.filter(|(index, step)| is_wanted(*index) && made(step));
        let none = writer::Needs::default();
        steps.fold(none, |needs, (index, _)| writer::Needs {
            bytes: needs.bytes + self.sizes[index].div_ceil(room.block) * room.block,
            inodes: needs.inodes + 1,
        })
    }

    /// The most bytes and inodes that some steps use at once, beyond what is used
    /// now. A file is written aside before the former one goes, and deletions come
    /// last. What goes is taken for as large as it says.
    fn most(&self, room: &Room, is_wanted: impl Fn(usize) -> bool) -> (u64, u64) {
        let blocks = |size: u64| i128::from(size.div_ceil(room.block)) * i128::from(room.block);
        let (mut now, mut most, mut inodes) = (0_i128, 0_i128, 0_u64);
        let steps = self.ready.steps().filter(|(index, _)| is_wanted(*index));
        for (index, step) in steps {
            if !matches!(step.deed, Deed::Create | Deed::Update) {
                continue;
            }
            now += blocks(self.sizes[index]);
            most = most.max(now);
            let target = step.target.as_ref();
            let alone = target.filter(|target| target.link.is_none());
            now -= blocks(alone.and_then(Entry::file_size).unwrap_or(0));
            inodes += u64::from(step.deed == Deed::Create);
        }
        (u64::try_from(most.max(0)).unwrap_or(u64::MAX), inodes)
    }
}

/// What a file of the source takes on its disk; nothing if it is on none.
fn allocated(source: &dyn Tree, step: &Step) -> Result<Option<u64>, TreeError> {
    let parent = step.path.parent().unwrap_or_default();
    let directory = descend(source, &parent)?;
    let known = directory.zip(step.source.as_ref());
    known.map_or(Ok(None), |(directory, entry)| directory.allocated(entry))
}
