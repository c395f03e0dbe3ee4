//! [`Change`]: one thing that a sync would do, or miss.

use super::compare::Differences;
use super::sides::Sides;
use crate::entry::{Kind, Metadata};
use crate::path::ImagePath;
use crate::size::total;

/// What a sync would do about an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// It is made: the target has nothing there, or something of another type.
    Create,
    /// A file is sent, or the value of a symlink or device replaced.
    Update,
    /// Owner, mode, times or attributes are set; no content is touched.
    Metadata,
    /// It becomes another name of an inode that is there.
    Link,
    /// It is removed: the source has nothing there.
    Delete,
    /// A sync by size and mtime would leave it as it is, yet it differs.
    Miss,
}

impl Action {
    /// All of them, in the order in which reports list them.
    pub const ALL: [Self; 6] = [
        Self::Create,
        Self::Update,
        Self::Metadata,
        Self::Link,
        Self::Delete,
        Self::Miss,
    ];

    /// The action as a word for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Update => "updated",
            Self::Metadata => "metadata",
            Self::Link => "linked",
            Self::Delete => "deleted",
            Self::Miss => "missed",
        }
    }
}

/// One difference between two trees.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// Where.
    pub path: ImagePath,
    /// What would be done.
    pub action: Action,
    /// The source's kind; for a deletion the target's.
    pub kind: Kind,
    /// In what the two differ; nothing where one is missing.
    pub differences: Differences,
    /// Content that would be sent, or for a deletion removed, in bytes.
    pub bytes: u64,
    /// For a link: the name that it would be linked to, unless it is already.
    pub leader: Option<ImagePath>,
    /// What both sides have, where both have something of one type.
    pub detail: Option<Box<Detail>>,
    /// Whether the target has something of another type there.
    pub replaces: bool,
    /// All that both sides have, where that was asked for
    /// ([`Options::sides`](super::Options::sides)).
    pub sides: Option<Box<Sides>>,
    /// Whether rsync prints a line about it.
    pub(crate) listed: bool,
}

/// Both sides of an entry that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The metadata that the source has and the target would get.
    pub source: Metadata,
    /// The target's metadata.
    pub target: Metadata,
    /// The target's kind, with its size, link target or number.
    pub target_kind: Kind,
}

/// Changes in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// How many of each [`Action`], in the order of [`Action::ALL`].
    counts: [u64; 6],
    /// Content that would be sent, in bytes.
    pub bytes_sent: u64,
    /// Content that would be removed, in bytes; each name counts.
    pub bytes_deleted: u64,
    /// Entries that are equal.
    pub unchanged: u64,
    /// Names that were not compared because something is mounted there.
    pub mounts: u64,
    /// Names that only the target has and that a filter keeps from being
    /// deleted; what lies beneath them is not counted.
    pub protected: u64,
}

impl Totals {
    /// Adds changes up.
    pub(super) fn of(changes: &[Change], unchanged: u64, mounts: u64) -> Self {
        let mut totals = Self {
            unchanged,
            mounts,
            ..Self::default()
        };
        for change in changes {
            totals.add(change);
        }
        totals
    }

    /// Adds a change.
    pub fn add(&mut self, change: &Change) {
        self.counts[change.action as usize] += 1;
        match change.action {
            Action::Delete => self.bytes_deleted = total([self.bytes_deleted, change.bytes]),
            Action::Miss => {}
            _ => self.bytes_sent = total([self.bytes_sent, change.bytes]),
        }
    }

    /// How many changes there are of one sort.
    pub fn count(&self, action: Action) -> u64 {
        self.counts[action as usize]
    }

    /// Content that would be sent or removed, in bytes.
    pub fn bytes(&self) -> u64 {
        total([self.bytes_sent, self.bytes_deleted])
    }

    /// How many changes there are.
    pub fn changes(&self) -> u64 {
        self.counts.iter().sum()
    }
}
