//! What a walk of two trees found.

use std::collections::HashSet;

use super::change::Change;
use super::pair::Pair;
use super::sides::{Equal, Sides};
use super::{Options, judge};
use crate::entry::{Entry, Respect};
use crate::path::ImagePath;

/// What the walk found, in canonical order.
#[derive(Default)]
pub(super) struct Found {
    pub(super) items: Vec<Item>,
    pub(super) unchanged: u64,
    /// Names that were not compared because something is mounted there.
    pub(super) mounts: Vec<ImagePath>,
    /// Names that are equal and may matter for a plan, if one is to be made.
    pub(super) equal: Vec<Equal>,
    /// How many names of the target are protected from deletion.
    pub(super) protected: u64,
    /// Those of them in directories that would be deleted otherwise.
    anchors: Vec<ImagePath>,
}

/// One entry that differs, or that has several names and so cannot be judged alone.
pub(super) enum Item {
    Change(Change),
    Linked(Box<Member>),
}

/// A name of the source whose inode has others, and what the target has there.
pub(super) struct Member {
    pub(super) path: ImagePath,
    pub(super) source: Entry,
    pub(super) target: Option<Entry>,
    pub(super) same_content: Option<bool>,
}

impl Found {
    pub(super) fn append(&mut self, mut other: Self) {
        self.items.append(&mut other.items);
        self.unchanged += other.unchanged;
        self.equal.append(&mut other.equal);
        self.mounts.append(&mut other.mounts);
        self.protected += other.protected;
        self.anchors.append(&mut other.anchors);
    }

    /// Something that is mounted; `in_removal` if the directory that holds it
    /// would be deleted, which it cannot be then.
    pub(super) fn mount(&mut self, path: ImagePath, in_removal: bool) {
        if in_removal {
            self.anchors.push(path.clone());
        }
        self.mounts.push(path);
    }

    /// Something that only the target has and that stays; `in_removal` if the
    /// directory that holds it would be deleted.
    pub(super) fn protect(&mut self, path: ImagePath, in_removal: bool) {
        self.protected += 1;
        if in_removal {
            self.anchors.push(path);
        }
    }

    /// The directories that cannot be deleted because of what is in them.
    pub(super) fn remain(&self) -> HashSet<ImagePath> {
        let mut remain = HashSet::new();
        for path in &self.anchors {
            let mut above = path.parent();
            while let Some(directory) = above {
                above = directory.parent();
                if !remain.insert(directory) {
                    break;
                }
            }
        }
        remain
    }

    /// A directory, as far as it is not about its content.
    pub(super) fn directory(&mut self, entries: Pair<Entry>, path: &ImagePath, options: &Options) {
        match entries {
            Pair::Source(entry) => self.create(path.clone(), entry, None, options),
            Pair::Target(entry) => self.delete(path.clone(), &entry, options),
            Pair::Both(source, target) => self.both(path.clone(), source, target, None, options),
        }
    }

    pub(super) fn create(
        &mut self,
        path: ImagePath,
        source: Entry,
        target: Option<Entry>,
        options: &Options,
    ) {
        if has_names(&source, options) {
            self.items.push(Item::Linked(Box::new(Member {
                path,
                source,
                target,
                same_content: None,
            })));
        } else {
            let sides = options
                .sides
                .then(|| Sides::of(Some(&source), target.as_ref()));
            let change = judge::created(path, source, target.is_some());
            self.items.push(Item::Change(Change { sides, ..change }));
        }
    }

    pub(super) fn delete(&mut self, path: ImagePath, target: &Entry, options: &Options) {
        let sides = options.sides.then(|| Sides::of(None, Some(target)));
        let change = judge::deleted(path, target);
        self.items.push(Item::Change(Change { sides, ..change }));
    }

    pub(super) fn both(
        &mut self,
        path: ImagePath,
        source: Entry,
        target: Entry,
        same_content: Option<bool>,
        options: &Options,
    ) {
        if has_names(&source, options) {
            self.items.push(Item::Linked(Box::new(Member {
                path,
                source,
                target: Some(target),
                same_content,
            })));
            return;
        }
        if let Some(change) = judge::existing(&path, &source, &target, same_content, options) {
            let sides = options.sides.then(|| Sides::both(source, target, None));
            self.items.push(Item::Change(Change { sides, ..change }));
            return;
        }
        self.unchanged += 1;
        if options.sides && Sides::may_matter(&source, &target) {
            let sides = *Sides::both(source, target, None);
            self.equal.push(Equal { path, sides });
        }
    }
}

/// Whether an entry's inode has other names that count.
fn has_names(entry: &Entry, options: &Options) -> bool {
    entry.link.is_some() && !options.ignore.contains(Respect::Links)
}
