//! What differs between two entries of one name, decided without I/O.

use std::fmt;

use super::{ModifyWindow, Options, acl, xattr};
use crate::entry::{Entry, Kind, Respect, Timestamp};

/// One respect in which two entries can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Difference {
    /// A file's content, a symlink's target, a device's number.
    Content = 0,
    /// A file's size.
    Size = 1,
    /// The mtime.
    Time = 2,
    /// The permission bits.
    Mode = 3,
    /// The owner.
    Owner = 4,
    /// The group.
    Group = 5,
    /// An ACL, beyond the mode bits.
    Acl = 6,
    /// An extended attribute that is no ACL.
    Xattr = 7,
}

impl Difference {
    /// All of them, in the order of rsync's itemized letters.
    pub const ALL: [Self; 8] = [
        Self::Content,
        Self::Size,
        Self::Time,
        Self::Mode,
        Self::Owner,
        Self::Group,
        Self::Acl,
        Self::Xattr,
    ];

    /// The respect as a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Size => "size",
            Self::Time => "mtime",
            Self::Mode => "mode",
            Self::Owner => "owner",
            Self::Group => "group",
            Self::Acl => "acl",
            Self::Xattr => "xattr",
        }
    }
}

/// The respects in which two entries differ.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Differences(u8);

impl Differences {
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether they differ in this respect.
    pub fn contains(self, difference: Difference) -> bool {
        self.0 & 1 << difference as u8 != 0
    }

    pub(super) fn set(&mut self, difference: Difference, differs: bool) {
        if differs {
            self.0 |= 1 << difference as u8;
        }
    }

    /// The respects in the order of rsync's itemized letters.
    pub fn iter(self) -> impl Iterator<Item = Difference> {
        Difference::ALL
            .into_iter()
            .filter(move |&difference| self.contains(difference))
    }
}

impl FromIterator<Difference> for Differences {
    fn from_iter<I: IntoIterator<Item = Difference>>(differences: I) -> Self {
        let mut all = Self::NONE;
        differences.into_iter().for_each(|one| all.set(one, true));
        all
    }
}

impl fmt::Debug for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(Difference::word))
            .finish()
    }
}

/// Whether a sync keeps what stands at the target and changes it, rather than
/// removing it first.
///
/// Devices of either sort count as one type, and so do fifos and sockets.
pub(crate) fn same_type(source: &Kind, target: &Kind) -> bool {
    type_letter(source) == type_letter(target)
}

/// The letter of a type in rsync's itemized lines.
pub(super) fn type_letter(kind: &Kind) -> u8 {
    match kind {
        Kind::File { .. } => b'f',
        Kind::Directory => b'd',
        Kind::Symlink { .. } => b'L',
        Kind::CharDevice(_) | Kind::BlockDevice(_) => b'D',
        Kind::Fifo | Kind::Socket => b'S',
        Kind::Mount => unreachable!("what is mounted is not compared"),
    }
}

/// Whether two mtimes count as different.
pub(super) fn times_differ(source: Timestamp, target: Timestamp, window: ModifyWindow) -> bool {
    match window {
        ModifyWindow::Exact => source != target,
        ModifyWindow::Seconds(seconds) => {
            source.seconds.abs_diff(target.seconds) > u64::from(seconds)
        }
    }
}

/// Every respect in which an entry at the target differs from the source's,
/// but for the content of files, which has to be read.
pub(super) fn metadata(source: &Entry, target: &Entry, options: &Options) -> Differences {
    let (one, two) = (&source.metadata, &target.metadata);
    let compared = |respect| !options.ignore.contains(respect);
    let is_symlink = matches!(source.kind, Kind::Symlink { .. });
    let mut found = Differences::NONE;
    found.set(
        Difference::Size,
        source
            .file_size()
            .is_some_and(|size| size != apparent_size(&target.kind)),
    );
    found.set(
        Difference::Time,
        compared(Respect::Time) && times_differ(one.mtime, two.mtime, options.window),
    );
    found.set(
        Difference::Mode,
        compared(Respect::Mode) && !is_symlink && one.mode != two.mode,
    );
    found.set(
        Difference::Owner,
        compared(Respect::Owner) && one.uid != two.uid,
    );
    found.set(
        Difference::Group,
        compared(Respect::Group) && one.gid != two.gid,
    );
    found.set(
        Difference::Acl,
        compared(Respect::Acl) && !is_symlink && acl::differ(&one.xattrs, &two.xattrs),
    );
    found.set(
        Difference::Xattr,
        compared(Respect::Xattr) && xattr::differ(&one.xattrs, &two.xattrs, &options.filter),
    );
    found
}

/// The size that stat(2) shows of what is no directory.
fn apparent_size(kind: &Kind) -> u64 {
    match kind {
        Kind::File { size } => *size,
        Kind::Symlink { target } => target.len() as u64,
        _ => 0,
    }
}

/// Whether what makes up a special entry differs: a symlink's target, a
/// device's number, fifo against socket.
pub(super) fn value_differs(source: &Kind, target: &Kind) -> bool {
    match (source, target) {
        (Kind::File { .. } | Kind::Directory, _) => false,
        (
            Kind::CharDevice(one) | Kind::BlockDevice(one),
            Kind::CharDevice(two) | Kind::BlockDevice(two),
        ) => one != two,
        _ => source != target,
    }
}
