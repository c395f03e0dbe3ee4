//! [`Shelf`]: backups in a directory.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use super::store::{Draft, State, Store, Stored};
use crate::backup::{BackupError, Inside};
use crate::error::SysError;
use crate::root::{Dir, Mounts, Root};
use crate::sys::aside::{self, Aside, HIDDEN_BYTES};
use crate::sys::host;
use crate::tree::ReadAt;

/// A directory in which backups are kept, each in a file of its own.
///
/// Nothing but regular files is read, and no symlink is followed.
pub struct Shelf {
    dir: Arc<Dir>,
    path: PathBuf,
    /// Whether it was made for the backup that shall be in it.
    is_new: bool,
}

/// What a name may have on Linux (`limits.h`, `NAME_MAX`).
const LONGEST_NAME: usize = 255;

impl Shelf {
    /// Opens a directory.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it is none or cannot be opened.
    pub fn open(path: &Path) -> Result<Self, SysError> {
        let root = Root::open(path, Mounts::Cross)?;
        let failed = |error| SysError::new("open directory", path, error);
        Ok(Self {
            dir: root.top().clone(),
            path: host::canonical(path).map_err(failed)?,
            is_new: false,
        })
    }

    /// What `path` names as the place of backups of `tree`: a directory, or one
    /// that shall be, which is told by a `/` at the end; its parent must exist.
    /// Nothing if it names a file.
    ///
    /// # Errors
    ///
    /// A [`BackupError`] if it cannot be opened or made, or would be in the tree.
    pub fn named(path: &Path, tree: &Path) -> Result<Option<Self>, BackupError> {
        match host::is_directory(path) {
            Ok(true) => return Ok(Some(Self::open(path).map_err(BackupError::Write)?)),
            Ok(false) => return Ok(None),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Ok(None),
            Err(_) => {}
        }
        if !path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Ok(None);
        }
        if is_beneath(host::parent(path), tree)? {
            return Err(Inside { path: path.into() }.into());
        }
        let failed = |error| SysError::new("make directory", path, error);
        host::create_private_directory(path).map_err(|error| BackupError::Write(failed(error)))?;
        let opened = Self::open(path).map(|shelf| Self {
            is_new: true,
            ..shelf
        });
        Ok(Some(opened.map_err(BackupError::Write)?))
    }

    /// Removes the directory again if it was made here and nothing is in it.
    pub fn undo(self) {
        if self.is_new {
            host::remove_directory(&self.path);
        }
    }
}

/// Whether a directory is another one or stands somewhere beneath it.
pub(super) fn is_beneath(path: &Path, tree: &Path) -> Result<bool, SysError> {
    let real = |path| host::canonical(path).map_err(|error| SysError::new("open", path, error));
    Ok(host::within(&real(path)?, &real(tree)?).is_some())
}

impl Store for Shelf {
    fn path(&self, name: &[u8]) -> PathBuf {
        self.dir.shown(name)
    }

    fn place(&self) -> Option<&Path> {
        Some(&self.path)
    }

    fn list(&self) -> Result<Vec<Stored>, SysError> {
        let mut all = Vec::new();
        for entry in self.dir.names()? {
            // What is gone by now was not there.
            let Some(stat) = self.dir.stat(&entry.name)? else {
                continue;
            };
            let hidden = entry.name;
            let (name, state) = match aside::intended(&hidden) {
                None => (hidden, State::Whole),
                Some(name) if self.dir.is_abandoned(&hidden) => {
                    (name.into(), State::Abandoned { hidden })
                }
                Some(name) => (name.into(), State::Unfinished { hidden }),
            };
            all.push(Stored {
                name,
                bytes: stat.size,
                state,
            });
        }
        Ok(all)
    }

    fn open(&self, name: &[u8]) -> Result<Arc<dyn ReadAt>, SysError> {
        Ok(Arc::new(self.dir.file(name)?))
    }

    fn create(&self, name: &[u8]) -> Result<Box<dyn Draft>, SysError> {
        if name.len() + HIDDEN_BYTES > LONGEST_NAME {
            return Err(SysError::new("write", self.path(name), Errno::NAMETOOLONG));
        }
        let aside = self.dir.aside(name)?;
        let dir = self.dir.clone();
        Ok(Box::new(File { aside, dir }))
    }

    fn remove(&self, names: &[&[u8]]) -> Result<(), SysError> {
        if names.is_empty() {
            return Ok(());
        }
        self.dir.sync_file_system()?;
        for name in names {
            // Some time has passed since it was looked at.
            let removed = if aside::intended(name).is_some() {
                self.dir.remove_abandoned(name)
            } else {
                self.dir.unlink(name)
            };
            match removed {
                Err(error) if error.is(Errno::NOENT) => {}
                answer => answer?,
            }
        }
        self.dir.sync()
    }
}

/// A file in the making.
struct File {
    aside: Aside,
    dir: Arc<Dir>,
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.aside.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.aside.flush()
    }
}

impl Draft for File {
    fn publish(&mut self, name: &[u8]) -> Result<bool, SysError> {
        match self.aside.publish(name, true) {
            Ok(()) => Ok(true),
            Err(Errno::EXIST) => Ok(false),
            Err(errno) => Err(SysError::new("write", self.dir.shown(name), errno)),
        }
    }
}
