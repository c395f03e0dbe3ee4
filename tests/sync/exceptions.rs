//! Where rsync does not leave what the source has, and a sync does.

use std::collections::BTreeSet;

use fixtures::snapshot::{Entry, EntryKind, Snapshot};
use libimage::diff::ModifyWindow;

/// What is known of the trees besides.
pub(crate) struct Known {
    pub(crate) source: Snapshot,
    pub(crate) before: Snapshot,
    pub(crate) window: ModifyWindow,
    pub(crate) checksum: bool,
    /// Whether there are rules for attributes.
    pub(crate) rules_for_attributes: bool,
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
    ///
    /// Under rules for attributes rsync removes the ACLs that it has set, where
    /// these leave out `system.*`, and what they keep from being removed is gone
    /// all the same once it has written a file anew; libimage keeps both.
    pub(crate) fn differences(&self, mut rsync: Snapshot, mut ours: Snapshot) -> Vec<String> {
        self.mend(&mut rsync, &mut ours);
        if self.rules_for_attributes {
            for (name, entry) in &mut rsync.entries {
                let Some(ours) = ours.entries.get(name) else {
                    continue;
                };
                let known = [self.source.get(name), self.before.get(name)];
                if known
                    .iter()
                    .flatten()
                    .any(|known| acls(known) == acls(ours))
                {
                    entry.xattrs.retain(|name, _| !name.starts_with(b"system."));
                    entry.xattrs.extend(acls(ours));
                }
                let before = self.before.get(name);
                let anew = before.filter(|before| {
                    entry.kind != EntryKind::Dir && before.kind != EntryKind::Dir && {
                        before.kind != entry.kind
                            || before.mtime != entry.mtime
                            || before.leader.is_some()
                    }
                });
                for (attribute, value) in anew.iter().flat_map(|before| &before.xattrs) {
                    if ours.xattrs.get(attribute) == Some(value) {
                        entry
                            .xattrs
                            .entry(attribute.clone())
                            .or_insert(value.clone());
                    }
                }
            }
        }
        // With an attribute rsync sets a time that counts as equal, unless it is
        // not after 1970.
        for (name, entry) in &mut rsync.entries {
            let sides = (self.source.get(name), self.before.get(name));
            if let (Some(source), Some(before)) = sides
                && plain(source) != plain(before)
                && source.mtime.secs <= 0
                && self.is_equal_time(before, source)
                && let Some(ours) = ours.entries.get(name)
            {
                entry.mtime = ours.mtime;
            }
        }
        // A name that comes to others of an inode, of which the time counts as
        // equal, brings its own, as far as this is seen: always that of a device.
        for (name, entry) in &mut rsync.entries {
            let sides = (self.source.get(name), ours.entries.get(name));
            if let (Some(source), Some(ours)) = sides
                && entry.kind != EntryKind::Dir
                && (size(&entry.kind).is_none() || self.before.get(name).is_none())
                && source.leader.is_some()
                && self.is_equal_time(entry, ours)
            {
                entry.mtime = ours.mtime;
            }
        }
        // In what is left alone something was deleted: when, is nobody's concern.
        for (name, entry) in &mut rsync.entries {
            let Some(ours) = ours.entries.get(name) else {
                continue;
            };
            let known = [self.source.get(name), self.before.get(name)];
            let is_now = |entry: &Entry| {
                let mut known = known.iter().flatten();
                entry.kind == EntryKind::Dir && known.all(|known| known.mtime != entry.mtime)
            };
            if is_now(entry) && is_now(ours) {
                entry.mtime = ours.mtime;
            }
        }
        let mut lines = rsync.diff(&ours);
        for (name, entry) in &rsync.entries {
            if Some(entry) != ours.entries.get(name) {
                let name_shown = name.escape_ascii();
                lines.push(format!(
                    "{name_shown} in the source: {}",
                    shown(self.source.get(name))
                ));
                lines.push(format!(
                    "{name_shown} before: {}",
                    shown(self.before.get(name))
                ));
            }
        }
        lines
    }

    /// Makes names what they should be that rsync made one inode of.
    ///
    /// Of ours each such name must be linked with those that the source links it
    /// with, and with no other that the source has.
    pub(crate) fn mend(&self, rsync: &mut Snapshot, ours: &mut Snapshot) {
        let torn = self.torn(rsync);
        let linked = ours.clone();
        for name in torn {
            let Some(right) = self.right(&name, &rsync.entries[&name]) else {
                continue;
            };
            rsync.entries.insert(name.clone(), right);
            let is_linked = self.source.get(&name).is_none()
                || names_of(&linked, &self.source, &name) == names_of(&self.source, &linked, &name);
            if let Some(entry) = ours.entries.get_mut(&name).filter(|_| is_linked) {
                entry.leader = None;
            }
        }
    }

    /// What a name should be, as far as it is an inode of its own. Content that
    /// nobody looks at is as it is.
    fn right(&self, name: &[u8], rsync: &Entry) -> Option<Entry> {
        let before = self.before.get(name);
        let Some(source) = self.source.get(name) else {
            // What is left alone has no part in what becomes of others.
            let before = before?.clone();
            return Some(Entry {
                leader: None,
                ..before
            });
        };
        let mut right = source.clone();
        right.leader = None;
        let sizes = [&rsync.kind, &source.kind].map(size);
        if !self.checksum && sizes[0] == sizes[1] && sizes[0].is_some() {
            right.kind = rsync.kind.clone();
        }
        let stays = |before: &&Entry| {
            size(&before.kind) == size(&right.kind)
                && std::mem::discriminant(&before.kind) == std::mem::discriminant(&right.kind)
                && self.is_equal_time(before, source)
                && plain(before) == plain(source)
        };
        if let Some(before) = before.filter(stays) {
            right.mtime = before.mtime;
        }
        Some(right)
    }

    pub(crate) fn is_equal_time(&self, one: &Entry, two: &Entry) -> bool {
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
            let source = self.source.get(name);
            if source.is_some_and(|source| is_confused(&source.kind, &entry.kind)) {
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
                leader.is_some() && leader == source.and_then(|entry| entry.leader.clone())
            };
            let is_right = |name: &Vec<u8>| {
                let entry = Entry {
                    leader: None,
                    ..rsync.entries[name].clone()
                };
                let right = self.right(name, &entry);
                right.is_none_or(|right| entry == right)
            };
            if !names.iter().all(|name| is_one(name)) && !names.iter().all(|name| is_right(name)) {
                torn.extend(names.into_iter().cloned());
            }
        }
        torn
    }
}

/// The names of an entry's inode that the other tree has as well.
fn names_of<'s>(tree: &'s Snapshot, other: &Snapshot, name: &[u8]) -> BTreeSet<&'s [u8]> {
    let leader = tree.get(name).and_then(|entry| entry.leader.as_ref());
    let names = tree.entries.iter().filter(|(of, entry)| {
        let is_one = of[..] == *name || leader.is_some() && entry.leader.as_ref() == leader;
        is_one && other.get(of).is_some()
    });
    names.map(|(of, _)| &of[..]).collect()
}

/// An entry for a message.
fn shown(entry: Option<&Entry>) -> String {
    let Some(entry) = entry else {
        return "nothing".to_owned();
    };
    let attributes = entry.xattrs.keys();
    let attributes: Vec<_> = attributes
        .map(|name| name.escape_ascii().to_string())
        .collect();
    let leader = entry.leader.as_ref();
    let leader = leader.map(|leader| leader.escape_ascii().to_string());
    let (seconds, nanos) = (entry.mtime.secs, entry.mtime.nanos);
    format!(
        "{:?} {seconds}.{nanos:09} {attributes:?} {leader:?}",
        entry.kind
    )
}

/// The size, of a file.
fn size(kind: &EntryKind) -> Option<u64> {
    match kind {
        EntryKind::File { size, .. } => Some(*size),
        _ => None,
    }
}

/// The attributes that are no ACLs; where one differs rsync sets the time too.
fn plain(entry: &Entry) -> Vec<(&Vec<u8>, &Vec<u8>)> {
    let attributes = entry.xattrs.iter();
    attributes
        .filter(|(name, _)| !name.starts_with(b"system."))
        .collect()
}

/// The attributes that are ACLs.
fn acls(entry: &Entry) -> Vec<(Vec<u8>, Vec<u8>)> {
    let attributes = entry.xattrs.iter();
    attributes
        .filter(|(name, _)| name.starts_with(b"system."))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn is_confused(one: &EntryKind, two: &EntryKind) -> bool {
    use EntryKind::{BlockDevice, CharDevice};
    matches!(
        (one, two),
        (CharDevice(..), BlockDevice(..)) | (BlockDevice(..), CharDevice(..))
    )
}
