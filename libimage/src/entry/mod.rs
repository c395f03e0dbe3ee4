//! [`Entry`]: one name in a tree and everything that is recorded about it.

mod acl;
mod counts;
mod respect;
mod xattr;

pub use acl::{Acl, AclEntry, AclError, AclTag};
pub use counts::Counts;
pub use respect::{Respect, RespectError, Respects};
pub use xattr::{ACCESS_ACL, DEFAULT_ACL, Xattrs};

use std::cmp::Ordering;
use std::fmt;

use crate::digest::ContentDigest;

/// One name in a directory, or the root of a tree (whose name is empty).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name in its directory, one component.
    pub name: Box<[u8]>,
    /// What it is, with what belongs to that kind alone.
    pub kind: Kind,
    /// What every kind has.
    pub metadata: Metadata,
    /// Which other names are the same inode, where the inode has several.
    pub link: Option<LinkGroup>,
    /// The digest of a regular file's content, where it is known already.
    pub content: Option<ContentDigest>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Its length in bytes, holes included.
        size: u64,
    },
    /// A symbolic link.
    Symlink {
        /// The target, as the bytes that were stored.
        target: Box<[u8]>,
    },
    /// A character device.
    CharDevice(DeviceNumber),
    /// A block device.
    BlockDevice(DeviceNumber),
    /// A named pipe.
    Fifo,
    /// The name of a Unix socket.
    Socket,
    /// Something is mounted here. What that is, and what it hides, is no part
    /// of the tree, so nothing can be said about this name.
    Mount,
}

/// The number of a device node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceNumber {
    /// Which driver.
    pub major: u32,
    /// Which of its devices.
    pub minor: u32,
}

/// A moment, as file systems keep it: seconds since 1970 and nanoseconds after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Whole seconds since the epoch, negative before it.
    pub seconds: i64,
    /// Nanoseconds after that second, below one milliard.
    pub nanoseconds: u32,
}

/// What every entry has, whatever its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Permission bits with set-uid, set-gid and sticky: `mode & 0o7777`.
    pub mode: u16,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// When the content last changed.
    pub mtime: Timestamp,
    /// Extended attributes, ACLs and capabilities among them.
    pub xattrs: Xattrs,
}

/// Names one inode that has several names in the same tree.
///
/// The two numbers mean nothing but this: within one tree, entries whose
/// groups are equal are the same inode. A live tree uses device and inode
/// numbers, a recorded one the order of its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkGroup(pub u64, pub u64);

impl Entry {
    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory)
    }

    /// The length of a regular file, and nothing for other kinds.
    pub fn file_size(&self) -> Option<u64> {
        match self.kind {
            Kind::File { size } => Some(size),
            _ => None,
        }
    }

    /// The canonical order of a directory's entries.
    ///
    /// All that is not a directory comes first, then the directories; each
    /// group sorted by the bytes of the names, directories as if a `/`
    /// followed. A depth-first walk in this order visits a tree exactly as
    /// rsync lists it.
    pub fn canonical_cmp(&self, other: &Self) -> Ordering {
        canonical_cmp(
            (&self.name, self.is_directory()),
            (&other.name, other.is_directory()),
        )
    }
}

/// [`Entry::canonical_cmp`] for names that are not entries yet.
pub(crate) fn canonical_cmp(one: (&[u8], bool), two: (&[u8], bool)) -> Ordering {
    match (one.1, two.1) {
        (false, false) => one.0.cmp(two.0),
        (false, true) => Ordering::Less,
        (true, false) => Ordering::Greater,
        (true, true) => one.0.iter().chain(b"/").cmp(two.0.iter().chain(b"/")),
    }
}

impl Kind {
    /// The kind as a word for people.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::File { .. } => "file",
            Self::Symlink { .. } => "symlink",
            Self::CharDevice(_) => "character device",
            Self::BlockDevice(_) => "block device",
            Self::Fifo => "fifo",
            Self::Socket => "socket",
            Self::Mount => "mount",
        }
    }
}

impl Timestamp {
    /// From whole seconds.
    pub fn from_seconds(seconds: i64) -> Self {
        Self {
            seconds,
            nanoseconds: 0,
        }
    }
}

/// Shows `seconds.nanoseconds`, nine digits after the point.
///
/// Before the epoch the seconds are negative and the nanoseconds still count
/// upward, as in `struct timespec`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.seconds, self.nanoseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_sort_last_and_as_if_a_slash_followed() {
        let mut names: Vec<(&[u8], bool)> = vec![
            (b"a", true),
            (b"a.b", true),
            (b"z", false),
            (b"a", false),
            (b"a0", true),
            (b"B", false),
        ];
        names.sort_by(|one, two| canonical_cmp(*one, *two));
        assert_eq!(
            names,
            [
                (&b"B"[..], false),
                (b"a", false),
                (b"z", false),
                (b"a.b", true),
                (b"a", true),
                (b"a0", true),
            ]
        );
    }
}
