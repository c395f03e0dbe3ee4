//! [`Staging`]: the private place where a tree is written.
//!
//! ```text
//! P/NAME                        the tree, once published
//! P/.imgtool/NAME.lock          held while a command works on it
//! P/.imgtool/NAME.staged/tree   the tree while it is written; then the former one
//! P/.imgtool/NAME.staged/…      its records until they get their names, and
//!                               which directory it is
//! P/.imgtool/NAME.manifest      the records of the tree that stands there
//! P/.imgtool/NAME.origin.json
//! ```

mod publish;

pub use publish::Published;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::io::Errno;

use super::aside::Aside;
use super::destination::{Destination, Lock};
use super::error::WriteError;
use super::recovery::sweep;
use super::remove::remove_tree;
use super::room::{Needs, NoRoom};
use crate::entry::{Metadata, Timestamp};
use crate::error::SysError;
use crate::manifest::{BuildError, Summary};
use crate::monitor::{Monitor, Silent};
use crate::root::{Dir, Identity, Owner, RegularFile, Room};

/// A file that is kept beside a tree in the private directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sidecar {
    /// The tree's manifest.
    Manifest,
    /// Where the tree came from.
    Origin,
}

impl Sidecar {
    pub(super) fn staged_name(self) -> &'static [u8] {
        match self {
            Self::Manifest => b"manifest",
            Self::Origin => b"origin.json",
        }
    }

    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Manifest => ".manifest",
            Self::Origin => ".origin.json",
        }
    }
}

pub(super) const SIDECARS: [Sidecar; 2] = [Sidecar::Manifest, Sidecar::Origin];
pub(super) const STAGED: &str = ".staged";
/// Where entries are made that are to get a place in the staged tree.
const ASIDE: &[u8] = b"aside";
/// What is made to find something out, and goes at once.
const TRIAL: &[u8] = b"trial";
pub(super) const TREE: &[u8] = b"tree";
pub(super) const NOTE: &[u8] = b"note";
const OWNER_WRITES: u16 = 0o200;

/// A tree being written aside. Dropped without being published, it is removed.
pub struct Staging<'a> {
    destination: &'a Destination,
    /// The private directory beside the tree.
    private: Arc<Dir>,
    /// The directory in it that is this tree's own.
    place: Arc<Dir>,
    top: Arc<Dir>,
    /// How much room there was when nothing was written yet.
    room: Room,
    /// Who owns what is made in the staged tree: as its own directory when that
    /// was made, whose group all beneath take over where it hands that on.
    owner: Owner,
    /// The top's own mode, where that is set after publishing only.
    mode: Option<u16>,
    published: bool,
    /// Nothing where whoever stages holds it.
    _lock: Option<Lock>,
}

impl<'a> Staging<'a> {
    /// Takes the lock, finishes or removes what a dead process left, and
    /// begins anew.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if the place is locked or cannot be prepared.
    pub fn begin(destination: &'a Destination, monitor: &dyn Monitor) -> Result<Self, WriteError> {
        let lock = destination.lock()?;
        Self::prepare(destination, Some(lock), monitor)
    }

    /// The same for whoever holds the lock until this is dropped.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if the place cannot be prepared.
    pub(crate) fn begin_locked(
        destination: &'a Destination,
        monitor: &dyn Monitor,
    ) -> Result<Self, WriteError> {
        Self::prepare(destination, None, monitor)
    }

    fn prepare(
        destination: &'a Destination,
        lock: Option<Lock>,
        monitor: &dyn Monitor,
    ) -> Result<Self, WriteError> {
        let private = destination.private()?;
        let name = destination.private_name(STAGED);
        sweep(destination, &private, monitor)?;
        private.create_directory(&name)?;
        let prepare = || {
            let place = Arc::new(private.directory(&name)?);
            place.create_directory(TREE)?;
            let top = Arc::new(place.rooted(TREE)?);
            // What is made in a directory takes over its default ACL, and the
            // staged tree shall have none but its own.
            top.remove_acls()?;
            let room = top.room()?;
            let owner = top.owner()?;
            Ok((place, top, room, owner))
        };
        let (place, top, room, owner) = prepare().inspect_err(|_: &SysError| {
            let _ = remove_tree(&private, &name, &Silent);
        })?;
        Ok(Self {
            destination,
            private,
            place,
            top,
            room,
            owner,
            mode: None,
            published: false,
            _lock: lock,
        })
    }

    /// Finds out whether the tree can get its name in one step, with `replace`
    /// by a swap: better now than when all is written.
    ///
    /// # Errors
    ///
    /// [`WriteError::NoAtomicRename`] if the file system cannot do that.
    pub fn check_rename(&self, replace: bool) -> Result<(), WriteError> {
        const ONE: &[u8] = b"one";
        const TWO: &[u8] = b"two";
        self.place.create_directory(ONE)?;
        let answer = if replace {
            self.place.create_directory(TWO)?;
            self.place.exchange(ONE, &self.place, TWO)
        } else {
            self.place.rename_new(ONE, &self.place, TWO)
        };
        match answer {
            Err(error) if error.is(Errno::INVAL) => {
                return Err(WriteError::NoAtomicRename {
                    path: self.destination.path().to_owned(),
                });
            }
            answer => answer?,
        }
        if replace {
            self.place.remove_directory(ONE)?;
        }
        Ok(self.place.remove_directory(TWO)?)
    }

    /// The staged tree's own directory, as the top of a root.
    pub fn top(&self) -> &Arc<Dir> {
        &self.top
    }

    pub(super) fn owner(&self) -> Owner {
        self.owner
    }

    /// The mode that the tree's own directory gets once it was moved, where that has
    /// to wait.
    pub(crate) fn mode(&self) -> Option<u16> {
        self.mode
    }

    /// Where the tree shall stand.
    pub fn destination(&self) -> &'a Destination {
        self.destination
    }

    /// Whether what is written here can share the blocks of a file.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if that could not be tried.
    pub(crate) fn shares_blocks_of(&self, file: &RegularFile) -> Result<bool, WriteError> {
        let shares = self.place.create_file(TRIAL)?.reflink(file).is_ok();
        self.place.unlink(TRIAL)?;
        Ok(shares)
    }

    /// What time it is by the clock of the file system.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if nothing can be made of which it would tell.
    pub(crate) fn now(&self) -> Result<Timestamp, WriteError> {
        drop(self.place.create_file(TRIAL)?);
        let stat = self.place.stat(TRIAL)?;
        self.place.unlink(TRIAL)?;
        Ok(stat.map_or_else(Timestamp::default, |stat| Timestamp {
            seconds: stat.ctime_seconds,
            nanoseconds: stat.ctime_nanoseconds,
        }))
    }

    /// Says how much room is missing, where it was that which an error came from.
    pub(crate) fn explain(
        &self,
        error: SysError,
        needs: impl FnOnce() -> Needs,
    ) -> Result<NoRoom, SysError> {
        match self.top.room() {
            Ok(now) => NoRoom::explain(error, self.destination.path(), &self.room, &now, needs),
            Err(_) => Err(error),
        }
    }

    /// The path of the staged tree, to read it back through a root of its own.
    pub fn path(&self) -> PathBuf {
        self.place.shown(TREE)
    }

    /// Which directory the staged tree is; it stays that when it is published.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if the system does not tell.
    pub fn identity(&self) -> Result<Identity, WriteError> {
        Ok(self.top.identity(b"")?.unwrap_or_default())
    }

    /// Whether the file system keeps times to the nanosecond.
    pub(super) fn keeps_nanoseconds(&self) -> Result<bool, SysError> {
        let odd = Timestamp {
            seconds: 1_000_000_001,
            nanoseconds: 123_456_789,
        };
        let name = self.destination.private_name(STAGED);
        self.private.set_mtime(&name, odd)?;
        Ok(self.private.mtime(&name)? == odd)
    }

    /// Gives the staged tree's own directory its final metadata.
    pub(super) fn set_metadata(&mut self, metadata: &Metadata) -> Result<(), SysError> {
        let mut metadata = metadata.clone();
        self.mode = must_wait(metadata.mode);
        if self.mode.is_some() {
            metadata.mode |= OWNER_WRITES;
        }
        self.place.set_metadata(TREE, &metadata, false)
    }

    /// A place beside the staged tree for entries that are changed in it after
    /// all of it was written; it goes when the tree is published.
    pub(crate) fn aside(&self) -> Result<Aside, SysError> {
        self.place.create_directory(ASIDE)?;
        Ok(Aside::new(Arc::new(self.place.directory(ASIDE)?)))
    }

    /// Sees that the staged tree can be moved, whatever mode its own directory
    /// was given since it was written.
    pub(crate) fn make_movable(&mut self, mode: u16) -> Result<(), SysError> {
        self.mode = must_wait(mode);
        match self.mode {
            Some(mode) => self.place.set_mode(TREE, mode | OWNER_WRITES),
            None => Ok(()),
        }
    }

    /// Writes a file that is published with the tree.
    ///
    /// # Errors
    ///
    /// What `write` answered, or a [`WriteError`] if it cannot be written.
    pub fn sidecar<R, E: From<WriteError>>(
        &self,
        sidecar: Sidecar,
        write: impl FnOnce(&mut dyn Write) -> Result<R, E>,
    ) -> Result<R, E> {
        self.write_aside(sidecar.staged_name(), write)
    }

    /// Writes the manifest that is published with the tree, by `build`.
    ///
    /// # Errors
    ///
    /// What `build` answered; if it could not write, with the path.
    pub fn manifest<E: From<WriteError> + From<BuildError>>(
        &self,
        build: impl FnOnce(&mut dyn Write) -> Result<Summary, BuildError>,
    ) -> Result<Summary, E> {
        let path = || self.place.shown(Sidecar::Manifest.staged_name());
        self.sidecar(Sidecar::Manifest, |out| {
            build(out).map_err(|error| match error {
                BuildError::Write(error) => E::from(WriteError::Sys(SysError {
                    path: path(),
                    ..error
                })),
                error @ BuildError::Tree(_) => error.into(),
            })
        })
    }

    fn write_aside<R, E: From<WriteError>>(
        &self,
        name: &[u8],
        write: impl FnOnce(&mut dyn Write) -> Result<R, E>,
    ) -> Result<R, E> {
        let file = self
            .place
            .create_file(name)
            .map_err(|error| E::from(error.into()))?;
        let mut buffered = std::io::BufWriter::with_capacity(1 << 17, &file);
        let result = write(&mut buffered)?;
        buffered.flush().map_err(|error| {
            E::from(SysError::new("write", self.place.shown(name), error).into())
        })?;
        Ok(result)
    }
}

/// The mode that a directory gets after it was moved only: a directory is moved by
/// changing its `..`, for which it must be writable, unless by root.
fn must_wait(mode: u16) -> Option<u16> {
    let waits = mode & OWNER_WRITES == 0 && !rustix::process::geteuid().is_root();
    waits.then_some(mode)
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        if !self.published {
            // Nobody is left to hear of a failure; the next command on this
            // tree removes what stays behind.
            let name = self.destination.private_name(STAGED);
            let _ = remove_tree(&self.private, &name, &Silent);
        }
    }
}
