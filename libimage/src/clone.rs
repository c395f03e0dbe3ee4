//! [`clone`]: a tree becomes a second one, whole, sharing its blocks where the
//! file system can.
//!
//! First the source is listed, so that it is known what there is to do and
//! whether there is room; then its files are copied by several threads; then
//! it is looked at again. What changed meanwhile is an error: what was copied
//! would belong to no one state of it.

mod again;
mod apart;
mod error;
mod list;
mod origin;
mod partial;
mod room;
mod select;
mod transfer;
mod unchanged;
mod verify;

pub use error::{CloneError, Differs, Nested, RefusedEntry};
pub use origin::Origin;
pub(crate) use partial::Partial;
pub(crate) use unchanged::Meanwhile;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::digest::Digest;
use crate::entry::Counts;
use crate::error::SysError;
use crate::filter::Filter;
use crate::monitor::{Monitor, Phase};
use crate::sys;
use crate::tree::{LiveTree, Want};
use crate::writer::{
    Copier, Destination, LeftOut, Privilege, Reflink, Sidecar, Staging, Ways, warn_if_half_synced,
};
use list::List;

/// How a tree is cloned.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag a choice of the user"
)]
pub struct Options {
    /// Whether the files share their blocks.
    pub reflink: Reflink,
    /// Whether both trees are read afterwards and compared by content.
    pub verify: bool,
    /// What of the source takes part.
    pub filter: Arc<Filter>,
    /// Whether a tree that stands at the destination is swapped out.
    pub replace: bool,
    /// Whether it is an error if something must be left out for want of
    /// privilege.
    pub strict: bool,
    /// Whether a tree is refused for which there is no room.
    pub room_check: bool,
    /// Threads that list, copy and read.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reflink: Reflink::default(),
            verify: false,
            filter: Arc::default(),
            replace: false,
            strict: false,
            room_check: true,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What a clone has of its source.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Extent {
    /// Its entries.
    pub counts: Counts,
    /// The lengths of its files, each inode once.
    pub bytes: u64,
    /// How they were copied.
    pub ways: Ways,
    /// What was left out for want of privilege.
    pub left_out: LeftOut,
    /// Entries that the filter left out; what is in directories among them
    /// does not count.
    pub filtered: u64,
    /// Names where something is mounted: there is an empty directory, or nothing.
    pub mounts: u64,
}

/// What cloning did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Where the clone stands.
    pub path: PathBuf,
    /// What there is of it.
    pub extent: Extent,
    /// Its digest, where both trees were read.
    pub digest: Option<Digest>,
    /// Whether a former tree was replaced.
    pub replaced: bool,
    /// Where the former tree still is, if it could not be removed whole.
    pub left_behind: Option<PathBuf>,
}

/// Clones the tree at `source` as that at `destination`.
///
/// # Errors
///
/// A [`CloneError`]; the destination is as it was then, and nothing is left
/// beside it, but for [`WriteError::NotFinished`](crate::writer::WriteError::NotFinished),
/// which says so.
pub fn clone(
    source: &Path,
    destination: &Destination,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, CloneError> {
    let canonical = sys::host::canonical(source)
        .map_err(|error| SysError::new("open directory", source, error))?;
    apart::check(&canonical, destination)?;
    let tree = LiveTree::open(source, Want::All)?;
    destination.check(options.replace)?;
    warn_if_half_synced(&canonical, monitor);
    let copier = Copier::new(options.reflink);
    let mut staging = Staging::begin(destination, monitor)?;
    staging.check_rename(options.replace)?;
    let whole = Partial::default();
    let staged = stage(&tree, &mut staging, &copier, &whole, options, monitor)?;
    staged.check(&tree, None, options.threads, monitor)?;
    let digest = if options.verify {
        Some(verify::verify(
            &tree,
            staged.list,
            &staging,
            options,
            monitor,
        )?)
    } else {
        None
    };
    let origin = Origin::new(&canonical, &staged.extent, digest, &staging)?;
    staging.sidecar(Sidecar::Origin, |out| origin.write(out))?;
    let published = staging.publish(options.replace, monitor)?;
    Ok(Outcome {
        path: destination.path().to_owned(),
        extent: staged.extent,
        digest,
        replaced: published.replaced,
        left_behind: published.left_behind,
    })
}

/// A copy that is not published yet.
pub(crate) struct Staged {
    /// What was copied; digests of contents are not known.
    list: List,
    pub(crate) extent: Extent,
}

impl Staged {
    /// Looks whether the source is still what was copied, owners and attributes
    /// included: if it is to go, by the clock of its file system as well.
    ///
    /// # Errors
    ///
    /// A [`CloneError`] if it is not; then the copy belongs to no one state of it.
    pub(crate) fn check(
        &self,
        source: &LiveTree,
        meanwhile: Option<Meanwhile>,
        threads: usize,
        monitor: &dyn Monitor,
    ) -> Result<(), CloneError> {
        unchanged::check(source, &self.list, meanwhile, threads, monitor)
    }
}

/// Copies `source` to `staging`. Whoever publishes that sees with
/// [`Staged::check`] that the source did not change, and decides about records.
///
/// # Errors
///
/// A [`CloneError`]; whatever is in `staging` then is no tree.
pub(crate) fn stage<'d>(
    source: &'d LiveTree,
    staging: &mut Staging<'d>,
    copier: &'d Copier,
    partial: &Partial<'_>,
    options: &Options,
    monitor: &'d dyn Monitor,
) -> Result<Staged, CloneError> {
    let privilege = Privilege::of_this_process();
    let mut list = List::of(source, partial.without, options, privilege, monitor)?;
    list.left_out.warn(monitor);
    if options.room_check {
        room::check(source, &list, staging, options.reflink, partial)?;
    }
    monitor.begin(Phase::Copy, Some(list.bytes));
    transfer::transfer(source, &mut list, staging, copier, options, monitor)?;
    let extent = Extent {
        counts: list.counts,
        bytes: list.bytes,
        ways: copier.ways(),
        left_out: list.left_out,
        filtered: list.filtered,
        mounts: list.mounts,
    };
    Ok(Staged { list, extent })
}
