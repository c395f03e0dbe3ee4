//! [`Dir`]: one directory beneath a [`Root`](super::Root), by handle.

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::FileType;
use rustix::io::Errno;

use super::file::{NewFile, RegularFile};
use super::{Mounts, Origin};
use crate::entry::{ACCESS_ACL, DEFAULT_ACL, DeviceNumber, Kind, Metadata, Timestamp, Xattrs};
use crate::error::SysError;
use crate::escape::Escaped;
use crate::path::ImagePath;
use crate::sys::{self, stat::Stat, xattr};

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

/// When an extended attribute is set; see [`Dir::set_metadata`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum XattrTurn {
    BeforeMode,
    AfterMode,
}

impl XattrTurn {
    fn takes(self, attribute: &[u8]) -> bool {
        attribute.starts_with(b"user.") == (self == Self::BeforeMode)
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

    /// Which inode stands at a name, or which one the directory itself is.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system does not tell.
    pub fn identity(&self, name: &[u8]) -> Result<Option<Identity>, SysError> {
        Ok(self.stat(name)?.map(|stat| Identity::of(&stat)))
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

    /// Creates a regular file that must not exist yet, for writing.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `EEXIST` if anything stands there.
    pub fn create_file<'dir>(&'dir self, name: &'dir [u8]) -> Result<NewFile<'dir>, SysError> {
        sys::write::file(self.handle.as_fd(), name)
            .map(|handle| NewFile::new(handle, self, name))
            .map_err(self.error("create", name))
    }

    /// Creates a directory that only its owner may use, for the time being.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `EEXIST` if anything stands there.
    pub fn create_directory(&self, name: &[u8]) -> Result<(), SysError> {
        sys::write::directory(self.handle.as_fd(), name)
            .map_err(self.error("create directory", name))
    }

    /// Creates a symlink, fifo, socket or device node.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `EEXIST` if anything stands there, `EPERM` for device
    /// nodes without privilege.
    pub fn create_special(&self, name: &[u8], kind: &Kind) -> Result<(), SysError> {
        const NO_NUMBER: DeviceNumber = DeviceNumber { major: 0, minor: 0 };
        let fd = self.handle.as_fd();
        match kind {
            Kind::Symlink { target } => sys::write::symlink(fd, name, target),
            Kind::CharDevice(number) => {
                sys::write::node(fd, name, FileType::CharacterDevice, *number)
            }
            Kind::BlockDevice(number) => sys::write::node(fd, name, FileType::BlockDevice, *number),
            Kind::Fifo => sys::write::node(fd, name, FileType::Fifo, NO_NUMBER),
            Kind::Socket => sys::write::node(fd, name, FileType::Socket, NO_NUMBER),
            Kind::File { .. } | Kind::Directory | Kind::Mount => Err(Errno::INVAL),
        }
        .map_err(self.error("create", name))
    }

    /// Gives an entry another name, here or in another directory.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `EEXIST` if anything stands at the new name.
    pub fn link(&self, name: &[u8], to: &Self, new_name: &[u8]) -> Result<(), SysError> {
        sys::write::link(self.handle.as_fd(), name, to.handle.as_fd(), new_name)
            .map_err(to.error("create hard link", new_name))
    }

    /// Gives an entry its final owner, mode, attributes and times, in the
    /// order in which none undoes or prevents another.
    ///
    /// `chown(2)` clears set-uid bits and capabilities, so the owner comes
    /// first. `user.*` attributes need write permission, which the final mode
    /// may take away, so they come before it. An ACL rewrites the group bits
    /// of the mode to what was meant, so the other attributes come after it.
    /// Each of these may touch times, so they come last.
    ///
    /// # Errors
    ///
    /// A [`SysError`] naming what could not be set.
    pub fn set_metadata(
        &self,
        name: &[u8],
        metadata: &Metadata,
        is_symlink: bool,
    ) -> Result<(), SysError> {
        sys::write::owner(self.handle.as_fd(), name, metadata.uid, metadata.gid)
            .map_err(self.error("set owner of", name))?;
        self.set_xattrs(name, &metadata.xattrs, XattrTurn::BeforeMode)?;
        if !is_symlink {
            self.set_mode(name, metadata.mode)?;
        }
        self.set_xattrs(name, &metadata.xattrs, XattrTurn::AfterMode)?;
        self.set_mtime(name, metadata.mtime)
    }

    /// Removes one extended attribute of an entry, or of the directory itself
    /// for an empty name; that there is none is no error.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be removed.
    pub fn remove_xattr(&self, name: &[u8], attribute: &[u8]) -> Result<(), SysError> {
        match xattr::remove(self.origin.xattrs, self.handle.as_fd(), name, attribute) {
            Err(errno) if errno != Errno::NODATA => {
                let action = format!("remove the attribute `{}` of", Escaped(attribute));
                Err(SysError::new(action, self.shown(name), errno))
            }
            _ => Ok(()),
        }
    }

    /// As [`Dir::set_metadata`], for the directory itself.
    ///
    /// # Errors
    ///
    /// A [`SysError`] naming what could not be set.
    pub(crate) fn set_own_metadata(&self, metadata: &Metadata) -> Result<(), SysError> {
        use rustix::fs::{Gid, Uid, fchmod, fchown};
        let (uid, gid) = (Uid::from_raw(metadata.uid), Gid::from_raw(metadata.gid));
        fchown(&self.handle, Some(uid), Some(gid)).map_err(self.error("set owner of", b""))?;
        self.set_xattrs(b"", &metadata.xattrs, XattrTurn::BeforeMode)?;
        let mode = sys::write::bits(metadata.mode);
        fchmod(&self.handle, mode).map_err(self.error("set mode of", b""))?;
        self.set_xattrs(b"", &metadata.xattrs, XattrTurn::AfterMode)?;
        self.set_own_mtime(metadata.mtime)
    }

    /// Sets the mtime of the directory itself.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be set.
    pub(crate) fn set_own_mtime(&self, mtime: Timestamp) -> Result<(), SysError> {
        rustix::fs::futimens(&self.handle, &sys::write::timestamps(mtime))
            .map_err(self.error("set mtime of", b""))
    }

    /// Sets the permission bits of an entry that is no symlink.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `ELOOP` for a symlink.
    pub fn set_mode(&self, name: &[u8], mode: u16) -> Result<(), SysError> {
        sys::write::mode(self.handle.as_fd(), name, mode).map_err(self.error("set mode of", name))
    }

    /// Makes sure that its owner may remove what is in it; needed only where
    /// the process is not root.
    pub(crate) fn make_writable(&self) -> Result<(), SysError> {
        if rustix::process::geteuid().is_root() {
            return Ok(());
        }
        rustix::fs::fchmod(&self.handle, sys::write::bits(0o700))
            .map_err(self.error("set mode of", b""))
    }

    /// Removes the directory's own ACLs, which it may have taken over from the
    /// directory that it was made in (acl(5), "Object Creation and Default ACLs").
    pub(crate) fn remove_acls(&self) -> Result<(), SysError> {
        for attribute in [ACCESS_ACL, DEFAULT_ACL] {
            match rustix::fs::fremovexattr(&self.handle, attribute) {
                Ok(()) | Err(Errno::NODATA | Errno::OPNOTSUPP) => {}
                Err(errno) => return Err(self.error("remove the ACL of", b"")(errno)),
            }
        }
        Ok(())
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

    /// Sets the mtime of an entry alone.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be set.
    pub fn set_mtime(&self, name: &[u8], mtime: Timestamp) -> Result<(), SysError> {
        sys::write::mtime(self.handle.as_fd(), name, mtime)
            .map_err(self.error("set mtime of", name))
    }

    pub(super) fn set_xattrs(
        &self,
        name: &[u8],
        xattrs: &Xattrs,
        turn: XattrTurn,
    ) -> Result<(), SysError> {
        let fd = self.handle.as_fd();
        for (attribute, value) in xattrs.iter().filter(|(name, _)| turn.takes(name)) {
            xattr::set(self.origin.xattrs, fd, name, attribute, value).map_err(|errno| {
                let action = format!("set the attribute `{}` of", Escaped(attribute));
                SysError::new(action, self.shown(name), errno)
            })?;
        }
        Ok(())
    }

    /// Removes a name that is no directory.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be removed.
    pub fn unlink(&self, name: &[u8]) -> Result<(), SysError> {
        sys::write::unlink(self.handle.as_fd(), name).map_err(self.error("remove", name))
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `ENOTEMPTY` if it is not empty, `EBUSY` if something
    /// is mounted there.
    pub fn remove_directory(&self, name: &[u8]) -> Result<(), SysError> {
        sys::write::remove_directory(self.handle.as_fd(), name)
            .map_err(self.error("remove directory", name))
    }

    /// Renames an entry to a name that must be free.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `EEXIST` if anything stands at the new name.
    pub fn rename_new(&self, name: &[u8], to: &Self, new_name: &[u8]) -> Result<(), SysError> {
        sys::write::rename_new(self.handle.as_fd(), name, to.handle.as_fd(), new_name)
            .map_err(to.error("rename a new entry to", new_name))
    }

    /// Renames an entry, replacing a file at the new name.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be renamed.
    pub fn rename_over(&self, name: &[u8], to: &Self, new_name: &[u8]) -> Result<(), SysError> {
        sys::write::rename_over(self.handle.as_fd(), name, to.handle.as_fd(), new_name)
            .map_err(to.error("replace", new_name))
    }

    /// Swaps two entries in one step.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `ENOENT` if one is missing, `EINVAL` where the file
    /// system cannot do it.
    pub fn exchange(&self, name: &[u8], to: &Self, new_name: &[u8]) -> Result<(), SysError> {
        sys::write::exchange(self.handle.as_fd(), name, to.handle.as_fd(), new_name)
            .map_err(to.error("swap in", new_name))
    }

    /// Makes the directory's own changes durable.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system cannot.
    pub fn sync(&self) -> Result<(), SysError> {
        rustix::fs::fsync(&self.handle).map_err(self.error("sync", b""))
    }

    /// Makes everything on this directory's file system durable.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system cannot.
    pub fn sync_file_system(&self) -> Result<(), SysError> {
        rustix::fs::syncfs(&self.handle).map_err(self.error("sync the file system of", b""))
    }
}

impl AsFd for Dir {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}
