//! [`Site`]: a tree that is to be changed in place, and what stands beside it.
//!
//! ```text
//! P/NAME                   the tree
//! P/.imgtool/NAME.lock     held while a command works on it
//! P/.imgtool/NAME.journal  the plan that is being carried out
//! P/.imgtool/NAME.sync/    new entries until they take their places
//! P/.imgtool/NAME.source/  an archive that is the source, unpacked
//! P/NAME/.imgtool.sync/    the same, where the tree is a file system of its own
//! ```

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;

use super::error::SyncError;
use super::journal;
use crate::error::{SysError, show};
use crate::monitor::{Monitor, Silent, Warning};
use crate::path::ImagePath;
use crate::plan::Plan;
use crate::root::{Dir, Identity, Mounts, Root};
use crate::sys;
use crate::tree::{LiveTree, TreeError, Want};
use crate::writer::{Aside, Destination, Lock, Room, Sidecar, WriteError, remove_tree, sweep};

/// The name of the private directory in a tree that is a file system of its own.
const INSIDE: &[u8] = b".imgtool.sync";

/// A tree that is to be changed in place; no other command of imgtool changes it
/// meanwhile.
pub struct Site {
    destination: Destination,
    private: Arc<Dir>,
    root: Root,
    /// Where new entries are made: a directory and a name in it.
    place: (Arc<Dir>, Vec<u8>),
    is_unfinished: bool,
    _lock: Lock,
}

impl Site {
    /// Takes the lock of the tree at `path`, and removes or finishes what a
    /// command that was cut off has left beside it, which the monitor is told of.
    ///
    /// # Errors
    ///
    /// A [`SyncError`] if it is no directory, or another command works on it.
    pub fn open(path: &Path, monitor: &dyn Monitor) -> Result<Self, SyncError> {
        let canonical = sys::host::canonical(path)
            .map_err(|error| SysError::new("open directory", path, error))?;
        let destination = Destination::new(&canonical)?;
        let root = Root::open(&canonical, Mounts::Stay)?;
        let lock = destination.lock()?;
        let private = destination.private()?;
        sweep(&destination, &private, monitor)?;
        let place = place(&destination, &private, &root)?;
        let is_unfinished = private.stat(&journal::name(&destination))?.is_some();
        let site = Self {
            destination,
            private,
            root,
            place,
            is_unfinished,
            _lock: lock,
        };
        if is_unfinished {
            monitor.warn(Warning {
                path: ImagePath::root(),
                message: format!(
                    "an earlier sync of {} was cut off; this one finishes what there is to do",
                    show(site.path())
                ),
            });
        }
        site.clear()?;
        let (private, name) = site.unpacked();
        remove_tree(private, &name, monitor)?;
        Ok(site)
    }

    /// Where an archive is unpacked.
    pub(super) fn unpacked(&self) -> (&Arc<Dir>, Vec<u8>) {
        (&self.private, self.destination.private_name(".source"))
    }

    /// The tree, to be compared.
    pub fn tree(&self, want: Want) -> LiveTree {
        LiveTree::new(self.root.clone(), want, show(self.path()).to_string())
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        self.destination.path()
    }

    /// Whether an earlier run was cut off.
    pub fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }

    /// Whether that run carried out this very plan.
    pub(super) fn resumes(&self, plan: &Plan) -> Result<bool, SyncError> {
        if !self.is_unfinished {
            return Ok(false);
        }
        Ok(journal::read(&self.private, &self.destination)?.as_ref() == Some(plan))
    }

    /// Finds out whether another tree can be swapped in for this one.
    ///
    /// # Errors
    ///
    /// [`SyncError::Mounted`] if something is mounted on it or in it; a
    /// [`WriteError`](crate::writer::WriteError) if it is not there any more.
    pub fn check_swap(&self) -> Result<(), SyncError> {
        let stands = match self.destination.check(true) {
            Err(WriteError::Mounted { path, mounts }) => {
                return Err(SyncError::Mounted { path, mounts });
            }
            answer => answer?,
        };
        let own = self.root.top().identity(b"")?;
        if stands.is_none() || stands != own {
            let path = self.path().display().to_string();
            return Err(TreeError::Changed { path }.into());
        }
        Ok(())
    }

    pub(super) fn destination(&self) -> &Destination {
        &self.destination
    }

    pub(super) fn root(&self) -> &Root {
        &self.root
    }

    pub(super) fn room(&self) -> Result<Room, SysError> {
        self.root.top().room()
    }

    /// The record of where the tree came from, if it has one, for a directory that
    /// takes its place.
    pub(super) fn origin_for(&self, place: Identity) -> Result<Option<Vec<u8>>, SyncError> {
        let name = self.destination.private_name(Sidecar::Origin.suffix());
        let mut file = match self.private.file(&name) {
            Ok(file) => file,
            Err(error) if error.is(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = Vec::new();
        let failed = |error| SysError::new("read", self.private.shown(&name), error);
        file.read_to_end(&mut bytes).map_err(failed)?;
        // One that cannot be read is nothing that anybody could use.
        let Ok(mut origin) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
            return Ok(None);
        };
        if let Some(root) = origin.get_mut("root") {
            *root = place.to_string().into();
        }
        Ok(Some(format!("{origin}\n").into_bytes()))
    }

    /// Writes the journal and makes the private directory.
    pub(super) fn begin(&self, plan: &Plan) -> Result<Aside, SyncError> {
        journal::write(&self.private, &self.destination, plan)?;
        // Equal sizes and times would hide that it is not the tree's any more.
        let manifest = Sidecar::Manifest.suffix();
        journal::unlink(&self.private, &self.destination.private_name(manifest))?;
        let (dir, name) = &self.place;
        self.undated(|| dir.create_directory(name))?;
        let aside = dir.directory(name)?;
        // What is made in it would take over its ACL.
        aside.remove_acls()?;
        Ok(Aside::new(Arc::new(aside)))
    }

    /// Makes all changes durable, then removes what stands beside the tree.
    pub(super) fn settle(&self) -> Result<(), SyncError> {
        self.root.top().sync_file_system()?;
        self.finish()
    }

    /// Removes what stands beside the tree.
    pub(super) fn finish(&self) -> Result<(), SyncError> {
        self.clear()?;
        journal::remove(&self.private, &self.destination)?;
        Ok(())
    }

    /// Removes the private directory, if there is one.
    pub(super) fn clear(&self) -> Result<(), SyncError> {
        let (dir, name) = &self.place;
        if dir.stat(name)?.is_some() {
            let mut removed = Ok(());
            self.undated(|| {
                removed = remove_tree(dir, name, &Silent);
                Ok(())
            })?;
            removed?;
        }
        Ok(())
    }

    /// Changes names in the tree's own directory without changing its time.
    fn undated(&self, change: impl FnOnce() -> Result<(), SysError>) -> Result<(), SysError> {
        let top = self.root.top();
        let before = top.mtime(b"")?;
        change()?;
        if top.mtime(b"")? != before {
            top.set_own_mtime(before)?;
        }
        Ok(())
    }
}

/// Where new entries are made: beside the tree, if that is the same file system.
fn place(
    destination: &Destination,
    private: &Arc<Dir>,
    root: &Root,
) -> Result<(Arc<Dir>, Vec<u8>), SysError> {
    let stat = root.top().stat(b"")?;
    let is_mount = stat.and_then(|stat| stat.mount_root) == Some(true);
    let device = |dir: &Dir| Ok::<_, SysError>(dir.stat(b"")?.map(|stat| stat.device));
    if is_mount || device(private)? != device(root.top())? {
        return Ok((root.top().clone(), INSIDE.to_vec()));
    }
    Ok((private.clone(), destination.private_name(".sync")))
}
