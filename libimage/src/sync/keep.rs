//! [`Backup`]: `--backup-dir`, where what is replaced or deleted is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use super::error::SyncError;
use super::site::Site;
use crate::error::SysError;
use crate::path::ImagePath;
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
    pub(super) fn keep(&self, from: &Dir, name: &[u8], site: &Site) -> Result<(), SyncError> {
        let dir = self.directory(from.path(), site)?;
        match from.link(name, &dir, name) {
            Err(error) if error.is(Errno::EXIST) => {
                dir.unlink(name)?;
                Ok(from.link(name, &dir, name)?)
            }
            answer => Ok(answer?),
        }
    }

    /// The directory for a path, made like the tree's where it is missing.
    fn directory(&self, path: &ImagePath, site: &Site) -> Result<Arc<Dir>, SyncError> {
        match self.root.directory(path) {
            Ok(dir) => return Ok(dir),
            Err(error) if error.is(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let mut dir = self.root.top().clone();
        let mut like = site.root().top().clone();
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
