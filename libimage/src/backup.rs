//! [`backup`]: a tree becomes one file, from which it can be had back exactly.
//!
//! ```text
//! walk, cut into frames ─► read, hash, compress ─► write in order
//! (the caller)             (N threads)             (the caller)
//! ```
//!
//! The caller walks the tree and cuts its entries, in the manifest's order, into
//! frames by their sizes. Threads open and read the files of a frame, hash them
//! for the manifest, and compress the frame in one piece. What they give is
//! written in the order of the frames; behind it come manifest, info and index
//! ([`seekable`](crate::seekable)). A file or a directory that changes meanwhile
//! is an error, and so is whatever cannot be read: a backup is all of the tree.

pub(crate) mod agree;
mod error;
mod frame;
mod large;
mod level;
mod listing;
mod lock;
mod mounts;
mod plan;
mod reread;
mod target;
mod threads;
mod unchanged;
pub(crate) mod verify;

pub use agree::Disagreement;
pub use error::{BackupError, Exists, Inside};
pub use level::{Level, LevelError};
pub use target::to_file;
pub use unchanged::{Change, Comparison, Unchanged, compare};
pub use verify::{DamagedFrame, DamagedFrames, Verified, VerifyError, verify, verify_open};

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::entry::{Kind, Timestamp};
use crate::error::{SysError, show};
use crate::escape::Escaped;
use crate::inspect::{Census, Distro, OsRelease, kernels, tell};
use crate::manifest::Summary;
use crate::monitor::{Monitor, Phase, Silent};
use crate::root::{Mounts as Borders, Root};
use crate::seekable::{Info, Sealed, most_listed};
use crate::size::total;
use crate::sys;
use crate::tree::{LiveTree, TreeError, Walked, Want, walk};
use crate::writer::warn_if_half_synced;
use listing::Listing;
use mounts::{Mounts, Seen};
use plan::Planner;

/// How a backup is made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How hard zstd tries.
    pub level: Level,
    /// Threads that read and compress; fewer run where they would take more
    /// memory than a backup may.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: Level::default(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What a backup is.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The tree: its digest, entries and bytes.
    pub tree: Summary,
    /// What is known of the backup.
    pub info: Info,
    /// The file: its digest, its length, its parts.
    pub sealed: Sealed,
    /// Names where something is mounted, of which the backup has an empty
    /// directory or nothing.
    pub mounts: u64,
}

/// Writes a backup of the tree at `path` to `out`.
///
/// The tree is locked meanwhile, where that is possible. Where something is
/// mounted in it, the backup has an empty directory, or nothing where that is
/// no directory, and a warning says so.
///
/// # Errors
///
/// A [`BackupError`]; what was written until then is no backup.
pub fn backup<W: Write>(
    path: &Path,
    out: W,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<(W, Outcome), BackupError> {
    let real = sys::host::canonical(path)
        .map_err(|error| TreeError::from(SysError::new("open", path, error)))?;
    let _lock = lock::take(&real, monitor)?;
    warn_if_half_synced(&real, monitor);
    let root = Root::open(path, Borders::Stay).map_err(TreeError::from)?;
    let label = show(path).to_string();
    let tree = LiveTree::new(root.clone(), Want::All, label.clone());
    monitor.begin(Phase::Backup, None);
    let began = now();
    let mut listing = Listing::default();
    let mut mounts = Mounts::default();
    let done = threads::run(&tree, options, out, monitor, |frames| {
        let mut planner = Planner::new(frames);
        let mut take = |path, entry, found: Option<Found>| {
            let is_mount = found.is_none();
            let (large, touched) = match found {
                Some(Found::Large(source)) => (Some(source), None),
                Some(Found::Directory(touched)) => (None, touched),
                Some(Found::Other) | None => (None, None),
            };
            planner.push(listing.add(path, entry, is_mount, touched)?, large)
        };
        walk(
            &tree,
            1,
            |directory, entry| match entry.kind {
                Kind::Mount => Ok(Seen::Mount {
                    is_directory: directory.is_mounted_directory(&entry.name)?,
                }),
                Kind::File { size } if size > plan::FRAME => {
                    let source = large::Source::open(directory, entry)?;
                    Ok(Seen::Entry(Found::Large(source)))
                }
                Kind::Directory => {
                    let touched = directory.changed(entry)?;
                    Ok(Seen::Entry(Found::Directory(touched)))
                }
                _ => Ok(Seen::Entry(Found::Other)),
            },
            |walked| mounts.pass(walked, &mut take),
            monitor,
        )?;
        mounts.end(&mut take)?;
        planner.finish()
    });
    let done = done?;
    let listing = listing.complete(done.digests);
    let names = LiveTree::new(root.clone(), Want::NoXattrs, label);
    listing.check_directories(&names, monitor)?;
    let kept = listing.kept();
    let (manifest, summary) = listing.manifest(monitor)?;
    let info = Info {
        root: Some(unchanged::which(&root)?),
        ..info(&real, &tree, &done.census, &summary, began, options)?
    };
    let (out, sealed) = done
        .writer
        .finish(&manifest, &info)
        .map_err(BackupError::written)?;
    check_readable(path, kept, &sealed, &summary)?;
    let outcome = Outcome {
        tree: summary,
        info,
        sealed,
        mounts: mounts.count(),
    };
    Ok((out, outcome))
}

/// What is found out about an entry besides what is listed.
enum Found {
    /// A file of several frames, open.
    Large(large::Source),
    /// When anything was last done to a directory, before it was read.
    Directory(Option<Timestamp>),
    /// Nothing.
    Other,
}

/// Refuses a tree of which so little is left that whoever reads the backup would take
/// it for one that lies. Megabytes of attributes that are all alike but for a byte may
/// come to that.
fn check_readable(
    path: &Path,
    (names, attributes): (u64, u64),
    sealed: &Sealed,
    summary: &Summary,
) -> Result<(), TreeError> {
    let most = most_listed(sealed.bytes, summary.counts.entries());
    if names <= most.names && attributes <= most.attributes {
        return Ok(());
    }
    let reason = "its names and extended attributes are too long for a backup so short";
    let error = io::Error::new(io::ErrorKind::FileTooLarge, reason);
    Err(SysError::new("back up", path, error).into())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or_else(
        |_| Timestamp::default(),
        |since| Timestamp {
            seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            nanoseconds: since.subsec_nanos(),
        },
    )
}

/// About how long the tar of a tree is: holes take no room in it, nor do further
/// names of an inode.
fn raw_size(tree: &LiveTree) -> Result<u64, TreeError> {
    let mut sum = 0;
    let mut seen = HashSet::new();
    walk(
        tree,
        1,
        |directory, entry| match entry.kind {
            Kind::File { size } => {
                let allocated = directory.allocated(entry)?;
                Ok(size.min(allocated.unwrap_or(size)))
            }
            _ => Ok(0),
        },
        |Walked {
             entry, seen: size, ..
         }| {
            let is_first = entry.link.is_none_or(|group| seen.insert(group));
            let stored = if is_first { size } else { 0 };
            sum = total([sum, stored, 3 * 512]);
            Ok::<(), TreeError>(())
        },
        &Silent,
    )?;
    Ok(sum)
}

/// Puts together what is known of a backup.
fn info(
    path: &Path,
    tree: &LiveTree,
    census: &Census,
    summary: &Summary,
    began: Timestamp,
    options: &Options,
) -> Result<Info, TreeError> {
    let kind = tell(tree, &kernels(tree, &Silent)?, &Silent)?.kind;
    let distro = OsRelease::find(tree, &Silent)?.as_ref().map(Distro::of);
    let name = path.file_name().unwrap_or(path.as_os_str());
    let text = |bytes: &std::ffi::OsStr| Escaped(bytes.as_encoded_bytes()).to_string();
    Ok(Info {
        name: text(name),
        source: text(path.as_os_str()),
        began,
        tree: summary.digest,
        entries: summary.counts.entries(),
        bytes: summary.bytes,
        arch: census.majority(kind).map(|arch| arch.to_string()),
        kind: kind.map(|kind| kind.to_string()),
        distro: distro.map(|distro| distro.tag()),
        level: options.level.number(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        root: None,
    })
}
