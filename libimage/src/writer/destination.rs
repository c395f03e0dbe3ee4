//! [`Destination`]: where a tree shall stand, and the lock on that place.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, FlockOperation, flock};
use rustix::io::Errno;

use super::error::WriteError;
use crate::error::{SysError, show};
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::root::{Dir, Identity, Mounts, Room, Root};
use crate::sys;

/// The private directory beside the trees of one parent.
pub(super) const PRIVATE: &[u8] = b".imgtool";

/// How often another command may come between two calls here.
const RACES: usize = 1000;

/// A name of 255 bytes leaves no room for the longest suffix of what is kept
/// about it, `.staged-1000`.
const LONGEST_NAME: usize = 240;

/// What the journal of a sync is called, behind the tree's name.
pub(crate) const JOURNAL: &str = ".journal";

/// Where the manifest of a published tree stands, if the path has a name.
pub(crate) fn manifest_beside(tree: &Path) -> Option<PathBuf> {
    beside(tree, ".manifest")
}

fn beside(tree: &Path, suffix: &str) -> Option<PathBuf> {
    let tree = sys::host::canonical(tree).ok()?;
    let mut name = tree.file_name()?.to_owned();
    name.push(suffix);
    Some(tree.parent()?.join(OsStr::from_bytes(PRIVATE)).join(name))
}

/// Warns of a tree that is half of what it was and half of what it shall be, since a
/// sync of it was cut off or goes on.
pub fn warn_if_half_synced(tree: &Path, monitor: &dyn Monitor) {
    if beside(tree, JOURNAL).is_some_and(|journal| sys::host::exists(&journal)) {
        monitor.warn(Warning {
            path: ImagePath::root(),
            message: format!(
                "{} is between old and new: a sync of it was cut off, which the same sync -w \
                 finishes, or goes on",
                show(tree)
            ),
        });
    }
}

/// A name in a directory where a tree stands or shall stand.
pub struct Destination {
    /// The directory that holds the tree.
    pub(crate) parent: Arc<Dir>,
    /// The tree's name there.
    pub(crate) name: Box<[u8]>,
    /// The whole path, the parent's symlinks resolved.
    path: PathBuf,
}

impl Destination {
    /// Takes the path of a tree that may exist or not; its parent must.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if the path has no name of its own or its parent is
    /// missing or cannot be opened.
    pub fn new(path: &Path) -> Result<Self, WriteError> {
        let bad = || WriteError::BadDestination {
            path: path.to_owned(),
        };
        let Some(Component::Normal(name)) = path.components().next_back() else {
            return Err(bad());
        };
        if name.as_bytes() == PRIVATE || name.len() > LONGEST_NAME {
            return Err(bad());
        }
        let parent = sys::host::parent(path);
        let canonical = sys::host::canonical(parent).map_err(|error| match error.kind() {
            ErrorKind::NotFound => WriteError::NoParent {
                path: path.to_owned(),
                parent: parent.to_owned(),
            },
            _ => SysError::new("open directory", parent, error).into(),
        })?;
        let root = Root::open(&canonical, Mounts::Stay)?;
        Ok(Self {
            parent: root.top().clone(),
            name: name.as_bytes().into(),
            path: canonical.join(name),
        })
    }

    /// The whole path of the tree, the parent's symlinks resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a tree may take this place now; which directory stands there.
    ///
    /// A free name may always be taken, an empty directory too; anything else
    /// only if it is to be replaced, is a directory, and nothing is mounted
    /// at it or beneath it.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] that says what stands in the way.
    pub fn check(&self, replace: bool) -> Result<Option<Identity>, WriteError> {
        let Some(stat) = self.parent.stat(&self.name)? else {
            return Ok(None);
        };
        if stat.file_type != FileType::Directory {
            return Err(self.not_a_directory());
        }
        let mounts = sys::host::mounts_at_or_beneath(&self.path)
            .map_err(|error| SysError::new("read", "/proc/self/mountinfo", error))?;
        if !mounts.is_empty() {
            return Err(WriteError::Mounted {
                path: self.path.clone(),
                mounts,
            });
        }
        if !replace && !self.parent.directory(&self.name)?.names()?.is_empty() {
            return Err(self.exists());
        }
        Ok(Some(Identity::of(&stat)))
    }

    /// The directory that holds the tree or shall hold it.
    pub fn parent(&self) -> &Path {
        self.path.parent().expect("a tree has a name of its own")
    }

    /// How much room there is for a tree.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if the system does not tell.
    pub fn room(&self) -> Result<Room, WriteError> {
        Ok(self.parent.room()?)
    }

    pub(super) fn exists(&self) -> WriteError {
        WriteError::Exists {
            path: self.path.clone(),
        }
    }

    pub(crate) fn not_a_directory(&self) -> WriteError {
        WriteError::NotADirectory {
            path: self.path.clone(),
        }
    }

    /// A name in the private directory that belongs to this tree.
    pub(crate) fn private_name(&self, suffix: &str) -> Vec<u8> {
        [&*self.name, suffix.as_bytes()].concat()
    }

    /// Opens the private directory beside the tree, made if it is missing.
    pub(crate) fn private(&self) -> Result<Arc<Dir>, WriteError> {
        match self.parent.create_directory(PRIVATE) {
            Ok(()) => {}
            Err(error) if error.is(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let not_private = |reason| WriteError::NotPrivate {
            path: self.parent.shown(PRIVATE),
            reason,
        };
        let dir = self.parent.directory(PRIVATE)?;
        let stat = dir.stat(b"")?.ok_or_else(|| not_private("vanished"))?;
        if stat.uid != sys::identity::owner().0 {
            return Err(not_private("belongs to somebody else"));
        }
        if stat.mode & 0o077 != 0 {
            return Err(not_private("may be used by others than its owner"));
        }
        // It may have taken over a default ACL, which would go on to all in it.
        dir.remove_acls()?;
        Ok(Arc::new(dir))
    }

    /// Keeps every other command of imgtool away from this tree until the
    /// lock is dropped. A lock that a dead process left behind is no lock.
    ///
    /// # Errors
    ///
    /// [`WriteError::Locked`] if another process holds it.
    pub fn lock(&self) -> Result<Lock, WriteError> {
        for _ in 0..RACES {
            match self.try_lock() {
                // Another command, done with another tree, removed the private
                // directory or the lock between two calls here.
                Ok(None) => {}
                Err(WriteError::Sys(error)) if error.is(Errno::NOENT) => {}
                Ok(Some(lock)) => return Ok(lock),
                Err(error) => return Err(error),
            }
        }
        // Nobody loses that often: the parent itself is gone.
        self.try_lock()?.ok_or_else(|| WriteError::Locked {
            path: self.path.clone(),
            holder: "many processes in turn".to_owned(),
        })
    }

    fn try_lock(&self) -> Result<Option<Lock>, WriteError> {
        let private = self.private().inspect_err(|error| {
            if matches!(error, WriteError::Sys(_)) {
                let _ = self.parent.remove_directory(PRIVATE);
            }
        })?;
        let name = self.private_name(".lock");
        let failed = |action, errno: Errno| {
            WriteError::from(SysError::new(action, private.shown(&name), errno))
        };
        let handle = sys::write::lock_file(private.as_fd(), &name).map_err(|errno| {
            // As it was, if it was made for nothing.
            let _ = self.parent.remove_directory(PRIVATE);
            failed("create", errno)
        })?;
        match flock(&handle, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(WriteError::Locked {
                    path: self.path.clone(),
                    holder: sys::write::lock_holder(&handle),
                });
            }
            Err(errno) => {
                let _ = private.unlink(&name);
                let _ = self.parent.remove_directory(PRIVATE);
                return Err(failed("lock", errno));
            }
        }
        // Who held it before may have removed the file after it was opened here.
        let held = sys::stat::of(handle.as_fd()).map_err(|errno| failed("look at", errno))?;
        let named = private.stat(&name)?.map(|stat| stat.inode);
        if named != Some(held.inode) {
            return Ok(None);
        }
        let lock = Lock {
            parent: self.parent.clone(),
            private: private.clone(),
            name: name.clone(),
            handle,
        };
        sys::write::sign_lock(&lock.handle).map_err(|errno| failed("write", errno))?;
        Ok(Some(lock))
    }
}

/// Held while a command works on a tree; dropping it lets others in.
pub struct Lock {
    parent: Arc<Dir>,
    private: Arc<Dir>,
    name: Vec<u8>,
    handle: OwnedFd,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is still held. If that fails the file stays behind,
        // which hinders nobody. The private directory goes with it if nothing
        // is kept there, as after a refused first import.
        let _ = self.private.unlink(&self.name);
        let _ = self.parent.remove_directory(PRIVATE);
    }
}
