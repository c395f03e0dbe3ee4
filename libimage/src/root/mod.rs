//! [`Root`]: all access to a tree goes through a handle of its directory.
//!
//! # What it protects against
//!
//! The content of a tree is not trusted, and other processes may change it
//! while it is read: an image is unpacked from a tarball of unknown origin, a
//! node's users own parts of its file system. So whatever symlinks the tree
//! holds, and whenever a directory is swapped for one,
//!
//! - nothing outside the root directory is looked at, opened or changed: every
//!   call starts at a directory handle and resolves beneath it, with no symlink
//!   followed on the way;
//! - no device, fifo or socket is opened: regular files are identified by a
//!   handle that opens nothing before they are opened;
//! - no other file system is entered, unless [`Mounts::Cross`] asks for it.
//!
//! Where the kernel has `openat2(2)` it enforces the first point itself;
//! elsewhere each component is opened on its own. Both answer alike.
//!
//! It does not protect against a change of content between two reads, nor
//! against someone who may write to the root's parent: the path of the root
//! itself is the user's word and is followed as any path.

mod copy;
mod dir;
mod file;
mod room;

pub use dir::{Dir, Identity};
pub(crate) use file::Owner;
pub use file::{NewFile, RegularFile};
pub use room::Room;

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::SysError;
use crate::path::ImagePath;
use crate::sys::{self, open::Resolver};

/// Whether file systems mounted beneath the root are entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mounts {
    /// A mount point is a border.
    #[default]
    Stay,
    /// Mounted file systems are part of the tree.
    Cross,
}

/// A tree's directory; see the [module's documentation](self).
#[derive(Clone)]
pub struct Root {
    dir: Arc<Dir>,
}

/// What every [`Dir`] of one root shares.
struct Origin {
    /// The root's path as the user gave it, for messages.
    shown: PathBuf,
    resolver: Resolver,
    xattrs: sys::xattr::Method,
    mounts: Mounts,
}

/// Longest path handed to the kernel at once; `PATH_MAX` is 4096 with its NUL.
const PIECE: usize = 4000;

impl Root {
    /// Opens the directory `path` as a root.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be opened or is no directory.
    pub fn open(path: &Path, mounts: Mounts) -> Result<Self, SysError> {
        Self::open_with(path, mounts, Resolver::best(), sys::xattr::Method::best())
    }

    fn open_with(
        path: &Path,
        mounts: Mounts,
        resolver: Resolver,
        xattrs: sys::xattr::Method,
    ) -> Result<Self, SysError> {
        let handle = sys::open::named_directory(path.as_os_str().as_bytes())
            .map_err(|errno| SysError::new("open directory", path, errno))?;
        Ok(Self {
            dir: Arc::new(Dir::new(
                handle,
                ImagePath::root(),
                Arc::new(Origin {
                    shown: path.to_owned(),
                    resolver,
                    xattrs,
                    mounts,
                }),
            )),
        })
    }

    /// The directory of the root itself.
    pub fn top(&self) -> &Arc<Dir> {
        &self.dir
    }

    /// The directory at `path`, none of whose components may be a symlink.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `ENOENT`, `ENOTDIR` or `ELOOP` where a component is
    /// missing or no directory, `EXDEV` where it is a mount point.
    pub fn directory(&self, path: &ImagePath) -> Result<Arc<Dir>, SysError> {
        if path.is_root() {
            return Ok(self.dir.clone());
        }
        let bytes = path.as_bytes();
        let mut directory = self.dir.clone();
        let mut start = 0;
        while start < bytes.len() {
            let end = if bytes.len() - start <= PIECE {
                bytes.len()
            } else {
                // A component has at most 255 bytes, so a border is near.
                bytes[start..start + PIECE]
                    .iter()
                    .rposition(|&byte| byte == b'/')
                    .map_or(bytes.len(), |offset| start + offset)
            };
            directory = Arc::new(directory.descend(&bytes[start..end])?);
            start = end + 1;
        }
        Ok(directory)
    }
}

#[cfg(test)]
mod tests;
