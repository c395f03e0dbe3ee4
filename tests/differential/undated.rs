//! Directories whose time is that at which a program made them.

use std::time::{SystemTime, UNIX_EPOCH};

use fixtures::snapshot::{EntryKind, Snapshot};

/// An hour, in which every program has long ended. What is dated later is dated.
const ALL_IT_TAKES: i64 = 3600;

/// When something was begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beginning(i64);

impl Beginning {
    /// This second.
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = since.expect("it is past 1970").as_secs();
        Self(i64::try_from(seconds).expect("it is not long past"))
    }

    /// Gives the directories of `tree` that have not been dated since the times
    /// which they have in another tree.
    pub(crate) fn date(self, tree: &mut Snapshot, other: &Snapshot) {
        let since = self.0..self.0 + ALL_IT_TAKES;
        for (path, entry) in &mut tree.entries {
            if entry.kind == EntryKind::Dir
                && since.contains(&entry.mtime.secs)
                && let Some(other) = other.get(path)
            {
                entry.mtime = other.mtime;
            }
        }
    }
}
