//! [`compare`]: whether a tree is still what a backup of it says, in about the
//! time of a walk.
//!
//! Every name, kind, size, owner, mode, attribute, mtime and hard link is compared
//! with the backup's manifest. A file that agrees in all of this is read only if
//! something may have been written to it since the backup was begun. That is told
//! by ctimes, which nobody can set:
//!
//! - the file's own: to write to it, or to put back its mtime, sets it;
//! - those of the directories above it, the tree itself included: to rename one into
//!   its place sets its ctime, and none of what is in it; to make a snapshot there
//!   (btrfs) sets that of the directory above alone.
//!
//! Where ctimes prove nothing, all files are read: see [`since_when`].

use std::path::Path;

use super::agree::same;
use super::lock;
use super::mounts::{Mounts, Seen};
use super::reread::contents_agree;
use super::{BackupError, Options, now};
use crate::archive::OTHER_LINKS;
use crate::entry::{Entry, Kind, LinkGroup, Timestamp};
use crate::error::{SysError, show};
use crate::monitor::{Cancelled, Monitor, Phase};
use crate::path::ImagePath;
use crate::root::{Mounts as Borders, Root};
use crate::seekable::Info;
use crate::sys;
use crate::tree::{LiveTree, RecordId, Records, Trail, TreeError, Want, walk};
use std::collections::HashMap;

/// What came of comparing a tree with a backup of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// A backup of it would list the same.
    Unchanged(Unchanged),
    /// It would not, for one thing at least.
    Changed(Change),
}

/// A tree of which a backup would list what another one lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unchanged {
    /// Names where something is mounted, which is in neither.
    pub mounts: u64,
    /// How many files had to be read.
    pub read: u64,
}

/// The first thing found that another backup would have otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The level of zstd, which was this.
    Level(i32),
    /// An entry.
    Entry {
        /// Where it is.
        path: ImagePath,
        /// What is with it.
        what: &'static str,
    },
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Level(level) => write!(f, "the level was {level}"),
            Self::Entry { path, what } => write!(f, "`{path}`: {what}"),
        }
    }
}

/// Compares the tree at `path` with a backup: what its manifest lists and what
/// else is known of it. What the backup's frames hold is not looked at.
///
/// # Errors
///
/// A [`BackupError`] if the tree cannot be read or locked.
pub fn compare(
    path: &Path,
    records: &Records,
    info: &Info,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Comparison, BackupError> {
    if info.level != options.level.number() {
        return Ok(Comparison::Changed(Change::Level(info.level)));
    }
    let real = sys::host::canonical(path)
        .map_err(|error| TreeError::from(SysError::new("open", path, error)))?;
    let _lock = lock::take(&real, monitor)?;
    let root = Root::open(path, Borders::Stay).map_err(TreeError::from)?;
    let kind = root.top().file_system().map_err(TreeError::from)?.kind;
    let began = since_when(kind, &root, info, now())?;
    let may_be_new = |ctime| began.is_none_or(|began| is_fresh(ctime, began));
    let tree = LiveTree::new(root, Want::All, show(path).to_string());
    monitor.begin(Phase::Compare, None);
    compare_with(&tree, records, &may_be_new, options.threads, monitor)
}

/// File systems whose ctimes tell all: they are by this machine's clock, so that
/// they can be compared with the time of a backup, and a directory that is the same
/// one holds what it held unless something beneath it was changed. By their numbers
/// in `statfs(2)`.
///
/// Not overlay: with another lower layer other files stand in the same directories,
/// and their ctimes are as old as they are. Not bcachefs, where a snapshot of a
/// subvolume may stand at the numbers of another. Not tmpfs: who writes to a mapping
/// (`mmap(2)`) leaves no time there, since no page is ever written back.
const TELLING: [i128; 4] = [
    0x9123_683E, // btrfs; its subvolumes have numbers of their own
    0xEF53,      // ext2, ext3, ext4
    0xF2F5_2010, // f2fs
    0x5846_5342, // xfs
];

/// By so many nanoseconds a ctime may be earlier than the change: the kernel stamps
/// by the last tick of its clock, of which there are a hundred a second at least.
const TICK: u32 = 100_000_000;

/// By so many seconds it may be where file systems keep whole ones.
const COARSE: i64 = 2;

/// When the backup was begun, if ctimes tell what changed since; nothing if they
/// prove nothing: on a file system of another kind than [`TELLING`], for a backup of
/// another directory or of a time that is still to come, or if it does not tell of
/// which directory it is.
fn since_when(
    kind: i128,
    root: &Root,
    info: &Info,
    now: Timestamp,
) -> Result<Option<Timestamp>, TreeError> {
    let is_same = info.root.is_some() && info.root == Some(which(root)?);
    let is_past = info.began <= now;
    Ok((TELLING.contains(&kind) && is_same && is_past).then_some(info.began))
}

/// Whether something with this ctime may have been changed since a moment.
fn is_fresh(changed: Timestamp, since: Timestamp) -> bool {
    let Timestamp {
        seconds,
        nanoseconds,
    } = changed;
    let latest = if nanoseconds == 0 {
        Timestamp::from_seconds(seconds.saturating_add(COARSE))
    } else {
        let nanoseconds = nanoseconds + TICK;
        Timestamp {
            seconds: seconds.saturating_add((nanoseconds / NANOS).into()),
            nanoseconds: nanoseconds % NANOS,
        }
    };
    latest >= since
}

const NANOS: u32 = 1_000_000_000;

/// Which directory a tree is: its device, its inode number, when that was made, and
/// the number of its file system. By that alone a subvolume of btrfs differs from a
/// snapshot of it that was put in its place.
pub(super) fn which(root: &Root) -> Result<String, TreeError> {
    let top = root.top();
    let stat = top.stat(b"")?;
    let device = stat.map_or(0, |stat| stat.device);
    let identity = top.identity(b"")?.unwrap_or_default();
    let (major, minor) = (device >> 32, device & 0xffff_ffff);
    let file_system = top.file_system()?.id;
    Ok(format!("{major}:{minor}:{identity}:{file_system:x}"))
}

/// The same where it is known of which ctimes something may be new.
fn compare_with(
    tree: &LiveTree,
    records: &Records,
    may_be_new: &(dyn Fn(Timestamp) -> bool + Sync),
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Comparison, BackupError> {
    let mut check = Check {
        records,
        next: 0,
        leaders: HashMap::new(),
        fresh: Trail::new(false),
        doubtful: Vec::new(),
    };
    let mut mounts = Mounts::default();
    let mut take =
        |path, entry, fresh: Option<bool>| check.take(&path, entry, fresh.unwrap_or_default());
    let walked = walk(
        tree,
        threads,
        |directory, entry| match entry.kind {
            Kind::Mount => Ok(Seen::Mount {
                is_directory: directory.is_mounted_directory(&entry.name)?,
            }),
            Kind::File { .. } | Kind::Directory => {
                let changed = directory.changed(entry)?;
                Ok(Seen::Entry(changed.is_none_or(may_be_new)))
            }
            _ => Ok(Seen::Entry(false)),
        },
        |walked| mounts.pass(walked, &mut take),
        monitor,
    );
    let compared = walked.and_then(|()| mounts.end(&mut take));
    let compared = compared.and_then(|()| check.end());
    match compared {
        Ok(()) => {}
        Err(Stop::Change(change)) => return Ok(Comparison::Changed(change)),
        Err(Stop::Failed(error)) => return Err(error.into()),
    }
    let mut doubtful = check.doubtful;
    doubtful.sort_unstable();
    doubtful.dedup();
    if let Some(change) = contents_agree(tree, records, &doubtful, threads, monitor)? {
        return Ok(Comparison::Changed(change));
    }
    Ok(Comparison::Unchanged(Unchanged {
        mounts: mounts.count(),
        read: doubtful.len() as u64,
    }))
}

const GONE: &str = "it is gone or of another kind";

/// Why no more is compared.
enum Stop {
    Change(Change),
    Failed(TreeError),
}

impl From<TreeError> for Stop {
    fn from(error: TreeError) -> Self {
        match error {
            // The backup, which is due then, fails if that goes on.
            TreeError::Changed { path } => Self::Change(Change::Entry {
                path: ImagePath::new(path.as_bytes()).unwrap_or_default(),
                what: "it changes while it is read",
            }),
            error => Self::Failed(error),
        }
    }
}

impl From<Cancelled> for Stop {
    fn from(cancelled: Cancelled) -> Self {
        Self::Failed(cancelled.into())
    }
}

/// Compares entries, which come in the order of the manifest.
struct Check<'r> {
    records: &'r Records,
    /// The number of the next entry.
    next: u32,
    /// The number of the first name of each inode that has several.
    leaders: HashMap<LinkGroup, u32>,
    /// Of each directory above, whether it or one above it may be another one.
    fresh: Trail<bool>,
    /// Files whose content has to be read, each under its first name.
    doubtful: Vec<RecordId>,
}

impl Check<'_> {
    fn take(&mut self, path: &ImagePath, mut entry: Entry, is_fresh: bool) -> Result<(), Stop> {
        let differs = |path: &ImagePath, what| {
            let path = path.clone();
            Err(Stop::Change(Change::Entry { path, what }))
        };
        let number = self.next;
        let id = RecordId::of(number);
        if number as usize >= self.records.len() {
            return differs(path, "it is new");
        }
        if self.records.path(id) != *path {
            return match self.find(path) {
                None => differs(path, "it is new"),
                Some(other) if self.records.is_directory(other) != entry.is_directory() => {
                    differs(path, "it is of another kind")
                }
                // Its place in the order depends on what it is.
                Some(_) => differs(&self.records.path(id), GONE),
            };
        }
        self.next += 1;
        let expected = self.records.entry(id);
        entry.content = expected.content;
        if let Err(what) = same(&expected, &entry) {
            return differs(path, what);
        }
        let leader = match entry.link {
            Some(group) => *self.leaders.entry(group).or_insert(number),
            None => number,
        };
        // Of a manifest the groups of names are called by the number of the first.
        let listed = expected.link.map_or(number.into(), |group| group.1);
        if u64::from(leader) != listed {
            return differs(path, OTHER_LINKS);
        }
        let above = match path.parent() {
            Some(parent) => *self.fresh.up_to(&parent).expect("parents come first"),
            None => false,
        };
        let is_fresh = is_fresh || above;
        if entry.is_directory() {
            if path.is_root() {
                self.fresh = Trail::new(is_fresh);
            } else {
                self.fresh.down_to(path.clone(), is_fresh);
            }
        } else if is_fresh && entry.file_size().is_some() {
            self.doubtful.push(RecordId::of(leader));
        }
        Ok(())
    }

    /// What the manifest lists beyond the last entry is gone.
    fn end(&self) -> Result<(), Stop> {
        if self.next as usize == self.records.len() {
            return Ok(());
        }
        Err(Stop::Change(Change::Entry {
            path: self.records.path(RecordId::of(self.next)),
            what: GONE,
        }))
    }

    fn find(&self, path: &ImagePath) -> Option<RecordId> {
        let mut names = path.components();
        names.try_fold(Records::ROOT, |at, name| {
            self.records.is_directory(at).then_some(())?;
            self.records.child(at, name)
        })
    }
}

#[cfg(test)]
mod tests;
