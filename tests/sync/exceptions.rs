//! Where rsync does not leave what the source has, and a sync does.

use std::collections::BTreeSet;

use fixtures::snapshot::{Entry, EntryKind, Snapshot};
use libimage::diff::ModifyWindow;

/// What is known of the trees besides.
pub(crate) struct Known {
    pub(crate) source: Snapshot,
    pub(crate) before: Snapshot,
    pub(crate) window: ModifyWindow,
}

impl Known {
    /// In what a sync left something else than it should, by what rsync has
    /// left, which is taken for right but for two things.
    ///
    /// A block device where a character device of the same number should be
    /// counts as equal to rsync. And where the target has one inode for what are
    /// two in the source, rsync gives it now the metadata of the one, now of the
    /// other, whenever it comes upon a name that has not its own; libimage makes
    /// them two.
    pub(crate) fn differences(&self, mut rsync: Snapshot, mut ours: Snapshot) -> Vec<String> {
        for name in self.torn(&rsync) {
            let Some(right) = self.right(&name) else {
                continue;
            };
            rsync.entries.insert(name.clone(), right);
            if let Some(entry) = ours.entries.get_mut(&name) {
                entry.leader = None;
            }
        }
        rsync.diff(&ours)
    }

    /// What a name should be, as far as it is an inode of its own.
    fn right(&self, name: &[u8]) -> Option<Entry> {
        let source = self.source.get(name)?;
        let mut right = source.clone();
        right.leader = None;
        if let Some(before) = self.before.get(name)
            && before.kind == source.kind
            && self.is_equal_time(before, source)
        {
            right.mtime = before.mtime;
        }
        Some(right)
    }

    fn is_equal_time(&self, one: &Entry, two: &Entry) -> bool {
        let apart = one.mtime.secs.abs_diff(two.mtime.secs);
        match self.window {
            ModifyWindow::Exact => one.mtime == two.mtime,
            ModifyWindow::Seconds(seconds) => apart <= u64::from(seconds),
        }
    }

    /// The names that are two inodes in the source and were one, with others, in
    /// the target, and devices of one number and another sort.
    fn torn(&self, rsync: &Snapshot) -> BTreeSet<Vec<u8>> {
        let mut torn = BTreeSet::new();
        for (name, entry) in &rsync.entries {
            let Some(source) = self.source.get(name) else {
                continue;
            };
            if is_confused(&source.kind, &entry.kind) {
                torn.insert(name.clone());
            }
            let Some(leader) = &entry.leader else {
                continue;
            };
            let others = rsync.entries.iter();
            let others = others.filter(|(_, other)| other.leader.as_ref() == Some(leader));
            let names: BTreeSet<_> = others.map(|(name, _)| name).collect();
            let is_one = |name: &Vec<u8>| {
                let leader = self.source.get(name).and_then(|entry| entry.leader.clone());
                leader.is_some() && leader == source.leader
            };
            let is_right = |name: &Vec<u8>| {
                let right = self.right(name);
                right.is_none_or(|right| {
                    Entry {
                        leader: None,
                        ..rsync.entries[name].clone()
                    } == right
                })
            };
            if !names.iter().all(|name| is_one(name)) && !names.iter().all(|name| is_right(name)) {
                torn.extend(names.into_iter().cloned());
            }
        }
        torn
    }
}

fn is_confused(one: &EntryKind, two: &EntryKind) -> bool {
    use EntryKind::{BlockDevice, CharDevice};
    matches!(
        (one, two),
        (CharDevice(..), BlockDevice(..)) | (BlockDevice(..), CharDevice(..))
    )
}
