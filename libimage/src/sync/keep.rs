//! [`Backup`]: `--backup-dir`, where what is replaced or deleted is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::error::SyncError;
use super::ready::Ready;
use super::site::Site;
use crate::error::SysError;
use crate::path::ImagePath;
use crate::plan::Deed;
use crate::root::{Dir, Mounts, Root};
use crate::sys;
use crate::tree::{Want, live_entry};

/// A directory in which what goes from a tree is kept under the same path.
pub(super) struct Backup {
    root: Root,
}

impl Backup {
    /// Opens the directory, which must stand outside the tree and on the same
    /// file system.
    pub(super) fn open(path: &Path, site: &Site) -> Result<Self, SyncError> {
        let refuse = |reason| SyncError::Backup {
            path: PathBuf::from(path),
            reason,
        };
        let failed = |error| SysError::new("open directory", path, error);
        let canonical = sys::host::canonical(path).map_err(failed)?;
        if canonical.starts_with(site.path()) {
            return Err(refuse(
                "it stands in the target, from which the next sync would delete it",
            ));
        }
        let root = Root::open(&canonical, Mounts::Stay)?;
        let device = |root: &Root| Ok::<_, SysError>(root.top().stat(b"")?.map(|stat| stat.device));
        if device(&root)? != device(site.root())? {
            return Err(refuse("it stands on another file system"));
        }
        Ok(Self { root })
    }

    /// Keeps an entry that is about to be replaced or removed: it gets a name
    /// here too, in place of what an earlier run kept under it.
    pub(super) fn keep(&self, from: &Dir, name: &[u8], root: &Root) -> Result<(), SyncError> {
        let dir = self.directory(from.path(), root)?;
        match from.link(name, &dir, name) {
            Err(error) if error.is(Errno::EXIST) => {
                dir.unlink(name)?;
                Ok(from.link(name, &dir, name)?)
            }
            answer => Ok(answer?),
        }
    }

    /// Keeps all that a plan replaces or removes, while the tree stands.
    pub(super) fn keep_all(&self, ready: &Ready<'_>, root: &Root) -> Result<(), SyncError> {
        for (_, step) in ready.steps() {
            let goes = match step.deed {
                Deed::Create | Deed::Update | Deed::Link | Deed::Delete => true,
                Deed::Metadata | Deed::Keep => false,
            };
            let name = step.path.file_name().unwrap_or_default();
            if !goes || step.target.is_none() || step.was_directory() {
                continue;
            }
            let from = match root.directory(&step.path.parent().unwrap_or_default()) {
                Err(error) if error.is(Errno::NOENT) || error.is(Errno::NOTDIR) => continue,
                answer => answer?,
            };
            // An earlier run that was cut off may have come that far.
            let stat = from.stat(name)?;
            if stat.is_some_and(|stat| stat.file_type != FileType::Directory) {
                self.keep(&from, name, root)?;
            }
        }
        Ok(())
    }

    /// The directory for a path, made like the tree's where it is missing.
    fn directory(&self, path: &ImagePath, root: &Root) -> Result<Arc<Dir>, SyncError> {
        match self.root.directory(path) {
            Ok(dir) => return Ok(dir),
            Err(error) if error.is(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let mut dir = self.root.top().clone();
        let mut like = root.top().clone();
        for name in path.components() {
            match dir.create_directory(name) {
                Ok(()) => {
                    if let Some(stat) = like.stat(name)? {
                        let entry = live_entry(&like, name, &stat, Want::All)?;
                        dir.set_metadata(name, &entry.metadata, false)?;
                    }
                }
                Err(error) if error.is(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            dir = Arc::new(dir.directory(name)?);
            like = Arc::new(like.directory(name)?);
        }
        Ok(dir)
    }
}
