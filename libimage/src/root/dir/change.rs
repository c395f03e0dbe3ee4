//! What changes a directory and what is in it.

use std::os::fd::AsFd as _;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::Dir;
use crate::entry::{ACCESS_ACL, DEFAULT_ACL, DeviceNumber, Kind, Metadata, Timestamp, Xattrs};
use crate::error::SysError;
use crate::escape::Escaped;
use crate::root::file::{NewFile, Owner};
use crate::sys::aside::Aside;
use crate::sys::{self, xattr};

/// When an extended attribute is set; see [`Dir::set_metadata`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::root) enum XattrTurn {
    BeforeMode,
    AfterMode,
}

impl XattrTurn {
    fn takes(self, attribute: &[u8]) -> bool {
        attribute.starts_with(b"user.") == (self == Self::BeforeMode)
    }
}

impl Dir {
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

    /// As [`Dir::set_metadata`], for the directory itself. Its owner is left alone
    /// where that is known to be right.
    ///
    /// # Errors
    ///
    /// A [`SysError`] naming what could not be set.
    pub(crate) fn set_own_metadata(
        &self,
        metadata: &Metadata,
        owner: Option<Owner>,
    ) -> Result<(), SysError> {
        use rustix::fs::fchmod;
        Owner::give(&self.handle, metadata, owner).map_err(self.error("set owner of", b""))?;
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
        // Whoever else uses it notices nothing, where nothing has to be done.
        if self
            .stat(b"")?
            .is_some_and(|stat| stat.mode & 0o700 == 0o700)
        {
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

    /// Sets the mtime of an entry alone.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be set.
    pub fn set_mtime(&self, name: &[u8], mtime: Timestamp) -> Result<(), SysError> {
        sys::write::mtime(self.handle.as_fd(), name, mtime)
            .map_err(self.error("set mtime of", name))
    }

    pub(in crate::root) fn set_xattrs(
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

    /// A file that shall be called `name`, and that its owner alone may read.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if none can be made.
    pub(crate) fn aside(&self, name: &[u8]) -> Result<Aside, SysError> {
        let handle = self.handle.try_clone();
        let handle = handle.map_err(|error| SysError::new("write", self.shown(name), error))?;
        Aside::create(handle, name, sys::host::OWNER).map_err(self.error("write", name))
    }

    /// Whether nobody writes to a hidden file any more.
    pub(crate) fn is_abandoned(&self, hidden: &[u8]) -> bool {
        sys::aside::is_abandoned(&self.handle, hidden)
    }

    /// Removes a hidden file if nobody writes to it any more.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `ENOENT` if it is gone.
    pub(crate) fn remove_abandoned(&self, hidden: &[u8]) -> Result<(), SysError> {
        sys::aside::remove_abandoned(&self.handle, hidden).map_err(self.error("remove", hidden))
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
