//! [`Dir`]: one directory beneath a [`Root`](super::Root), by handle.

mod change;

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::io::Errno;

pub(super) use self::change::XattrTurn;
use super::file::{Owner, RegularFile};
use super::{Mounts, Origin};
use crate::entry::{Timestamp, Xattrs};
use crate::error::SysError;
use crate::path::ImagePath;
use crate::sys::{
    self,
    stat::{FileSystem, Stat},
    xattr,
};

/// Which inode something is: a number that is given to others later, and the
/// moment when this one was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    inode: u64,
    birth: Timestamp,
}

impl Identity {
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            inode: stat.inode,
            birth: Timestamp {
                seconds: stat.birth_seconds,
                nanoseconds: stat.birth_nanoseconds,
            },
        }
    }
}

/// Shows the inode number and its time of birth, separated by a colon.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.inode, self.birth)
    }
}

/// A directory of a tree, open.
///
/// Every call takes one name and stays in this directory: a name that is a
/// symlink is looked at as a symlink.
pub struct Dir {
    handle: OwnedFd,
    path: ImagePath,
    origin: Arc<Origin>,
    listing: Mutex<()>,
}

impl Dir {
    pub(super) fn new(handle: OwnedFd, path: ImagePath, origin: Arc<Origin>) -> Self {
        Self {
            handle,
            path,
            origin,
            listing: Mutex::new(()),
        }
    }

    pub(super) fn handle(&self) -> &OwnedFd {
        &self.handle
    }

    /// Where it is beneath its root.
    pub fn path(&self) -> &ImagePath {
        &self.path
    }

    /// The path of one of its entries (of itself, for an empty name) as the
    /// user would write it.
    pub fn shown(&self, name: &[u8]) -> PathBuf {
        let mut shown = self.origin.shown.clone();
        for part in [self.path.as_bytes(), name] {
            if !part.is_empty() {
                shown.push(std::ffi::OsStr::from_bytes(part));
            }
        }
        shown
    }

    fn error(&self, action: &'static str, name: &[u8]) -> impl FnOnce(Errno) -> SysError {
        let path = move || self.shown(name);
        move |errno| SysError::new(action, path(), errno)
    }

    pub(super) fn descend(&self, path: &[u8]) -> Result<Self, SysError> {
        let handle = sys::open::directory(
            self.origin.resolver,
            self.handle.as_fd(),
            path,
            self.origin.mounts == Mounts::Cross,
        )
        .map_err(self.error("open directory", path))?;
        let joined = path
            .split(|&byte| byte == b'/')
            .fold(self.path.clone(), |path, name| path.join(name));
        Ok(Self::new(handle, joined, self.origin.clone()))
    }

    /// A directory in this one.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `ELOOP` or `ENOTDIR` if it is none, `EXDEV` if
    /// something is mounted there.
    pub fn directory(&self, name: &[u8]) -> Result<Self, SysError> {
        self.descend(name)
    }

    /// Its names, in the file system's order, with types where known.
    pub(crate) fn names(&self) -> Result<Vec<sys::dirents::Dirent>, SysError> {
        // The handle has one position, which two readers would share.
        let _alone = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        rustix::fs::seek(&self.handle, rustix::fs::SeekFrom::Start(0))
            .and_then(|_| sys::dirents::read(self.handle.as_fd()))
            .map_err(self.error("read directory", b""))
    }

    /// What stands at a name, or nothing; an empty name is the directory itself.
    pub(crate) fn stat(&self, name: &[u8]) -> Result<Option<Stat>, SysError> {
        let answer = if name.is_empty() {
            sys::stat::of(self.handle.as_fd())
        } else {
            sys::stat::at(self.handle.as_fd(), name)
        };
        match answer {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error("look at", name)(errno)),
        }
    }

    /// Whether something is mounted exactly at an entry, a file over a file
    /// for one, and mounts are a border.
    pub(crate) fn is_mount(&self, stat: &Stat) -> Result<bool, SysError> {
        if self.origin.mounts == Mounts::Cross {
            return Ok(false);
        }
        match stat.mount_root {
            Some(mounted) => Ok(mounted),
            // Before Linux 5.8 only another device tells.
            None => Ok(self.stat(b"")?.is_some_and(|own| own.device != stat.device)),
        }
    }

    /// When an entry was last changed; of the directory itself for an empty name.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `ENOENT` if nothing stands there.
    pub fn mtime(&self, name: &[u8]) -> Result<Timestamp, SysError> {
        let stat = self
            .stat(name)?
            .ok_or_else(|| self.error("look at", name)(Errno::NOENT))?;
        Ok(Timestamp {
            seconds: stat.mtime_seconds,
            nanoseconds: stat.mtime_nanoseconds,
        })
    }

    /// Which file system it is on.
    pub(crate) fn file_system(&self) -> Result<FileSystem, SysError> {
        sys::stat::file_system(self.handle.as_fd()).map_err(self.error("look at", b""))
    }

    /// Which inode stands at a name, or which one the directory itself is.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system does not tell.
    pub fn identity(&self, name: &[u8]) -> Result<Option<Identity>, SysError> {
        Ok(self.stat(name)?.map(|stat| Identity::of(&stat)))
    }

    /// Who owns the directory.
    pub(crate) fn owner(&self) -> Result<Owner, SysError> {
        let stat = sys::stat::of(self.handle.as_fd()).map_err(self.error("look at", b""))?;
        Ok(Owner {
            uid: stat.uid,
            gid: stat.gid,
        })
    }

    /// The target of a symlink.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `EINVAL` if it is none.
    pub fn read_link(&self, name: &[u8]) -> Result<Box<[u8]>, SysError> {
        rustix::fs::readlinkat(self.handle.as_fd(), name, Vec::new())
            .map(|target| target.into_bytes().into())
            .map_err(self.error("read symlink", name))
    }

    /// The extended attributes of an entry, or of the directory itself for an
    /// empty name.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if they cannot be read.
    pub fn xattrs(&self, name: &[u8]) -> Result<Xattrs, SysError> {
        let method = self.origin.xattrs;
        let fd = self.handle.as_fd();
        let mut names = Vec::new();
        xattr::list(method, fd, name, &mut names)
            .map_err(self.error("list extended attributes of", name))?;
        if names.is_empty() {
            return Ok(Xattrs::NONE);
        }
        let mut pairs = Vec::new();
        let mut value = Vec::new();
        for attribute in names
            .split(|&byte| byte == 0)
            .filter(|name| !name.is_empty())
        {
            match xattr::get(method, fd, name, attribute, &mut value) {
                Ok(()) => pairs.push((attribute.into(), value.as_slice().into())),
                // Removed between the two calls.
                Err(Errno::NODATA) => {}
                Err(errno) => {
                    return Err(self.error("read an extended attribute of", name)(errno));
                }
            }
        }
        Ok(Xattrs::new(pairs))
    }

    /// A regular file in this directory, for reading.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `ELOOP` for a symlink, `EINVAL` for every other kind
    /// that is no regular file, `EXDEV` if something is mounted there.
    pub fn file(&self, name: &[u8]) -> Result<RegularFile, SysError> {
        let cross_mounts = self.origin.mounts == Mounts::Cross;
        sys::open::regular_file(self.handle.as_fd(), name, cross_mounts)
            .map(|(handle, stat)| RegularFile::new(handle, stat, self.shown(name)))
            .map_err(self.error("open", name))
    }

    /// A directory in this one as the top of a root of its own.
    pub(crate) fn rooted(&self, name: &[u8]) -> Result<Self, SysError> {
        let below = self.descend(name)?;
        let origin = Origin {
            shown: self.shown(name),
            ..*self.origin
        };
        Ok(Self::new(below.handle, ImagePath::root(), Arc::new(origin)))
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}
