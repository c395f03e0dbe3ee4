//! Regular files beneath a [`Root`](super::Root).

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use super::dir::{Dir, XattrTurn};
use crate::entry::Metadata;
use crate::error::SysError;
use crate::sys::{self, stat::Stat};

/// A regular file, open for reading.
pub struct RegularFile {
    pub(super) handle: OwnedFd,
    opened: Stat,
    shown: PathBuf,
}

impl RegularFile {
    pub(super) fn new(handle: OwnedFd, opened: Stat, shown: PathBuf) -> Self {
        Self {
            handle,
            opened,
            shown,
        }
    }

    /// Its path as the user would write it.
    pub(crate) fn shown(&self) -> &Path {
        &self.shown
    }

    /// What it was when it was opened.
    pub(crate) fn opened(&self) -> &Stat {
        &self.opened
    }

    /// Whether nothing was written to it since it was opened.
    pub(crate) fn is_unchanged(&self) -> Result<bool, SysError> {
        let now = sys::stat::of(self.handle.as_fd())
            .map_err(|errno| SysError::new("look at", &self.shown, errno))?;
        // An mtime can be set back after a write, a ctime cannot.
        let moment = |stat: &Stat| {
            (
                stat.size,
                (stat.mtime_seconds, stat.mtime_nanoseconds),
                (stat.ctime_seconds, stat.ctime_nanoseconds),
            )
        };
        Ok(moment(&now) == moment(&self.opened))
    }

    /// The next region that is not a hole, from `offset` on: its start and end.
    /// Nothing if only a hole is left.
    pub(crate) fn next_data(&self, offset: u64) -> Result<Option<(u64, u64)>, SysError> {
        use rustix::fs::{SeekFrom, seek};
        let error = |errno| SysError::new("seek in", &self.shown, errno);
        let start = match seek(&self.handle, SeekFrom::Data(offset)) {
            Ok(start) => start,
            Err(Errno::NXIO) => return Ok(None),
            // A file system that knows no holes has none.
            Err(Errno::INVAL) => offset,
            Err(errno) => return Err(error(errno)),
        };
        let end = match seek(&self.handle, SeekFrom::Hole(start)) {
            Ok(end) => end,
            Err(Errno::INVAL) => self.opened.size,
            Err(errno) => return Err(error(errno)),
        };
        seek(&self.handle, SeekFrom::Start(start)).map_err(error)?;
        Ok(Some((start, end)))
    }

    /// Reads on from the current position; 0 at the end.
    pub(crate) fn read_some(&self, space: &mut [u8]) -> Result<usize, SysError> {
        loop {
            match rustix::io::read(&self.handle, &mut *space) {
                Err(Errno::INTR) => {}
                answer => {
                    return answer.map_err(|errno| SysError::new("read", &self.shown, errno));
                }
            }
        }
    }

    /// Reads at `offset`, whatever the current position is; 0 at the end.
    pub(crate) fn read_some_at(&self, space: &mut [u8], offset: u64) -> Result<usize, SysError> {
        loop {
            match rustix::io::pread(&self.handle, &mut *space, offset) {
                Err(Errno::INTR) => {}
                answer => {
                    return answer.map_err(|errno| SysError::new("read", &self.shown, errno));
                }
            }
        }
    }
}

impl io::Read for RegularFile {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.read_some(space).map_err(|error| error.source)
    }
}

/// Who owns a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Owner {
    /// Gives what is open to the owner that its metadata names, unless it is known to
    /// have that one.
    pub(super) fn give(
        handle: &OwnedFd,
        metadata: &Metadata,
        known: Option<Self>,
    ) -> rustix::io::Result<()> {
        use rustix::fs::{Gid, Uid, fchown};
        let &Metadata { uid, gid, .. } = metadata;
        if known == Some(Self { uid, gid }) {
            return Ok(());
        }
        fchown(handle, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
    }
}

/// A regular file that was just created, open for writing.
pub struct NewFile<'dir> {
    pub(super) handle: OwnedFd,
    directory: &'dir Dir,
    name: &'dir [u8],
}

impl<'dir> NewFile<'dir> {
    pub(super) fn new(handle: OwnedFd, directory: &'dir Dir, name: &'dir [u8]) -> Self {
        Self {
            handle,
            directory,
            name,
        }
    }

    pub(super) fn error(&self, action: &'static str, errno: Errno) -> SysError {
        SysError::new(action, self.directory.shown(self.name), errno)
    }

    /// Writes all the bytes at the current position.
    ///
    /// # Errors
    ///
    /// A [`SysError`], `ENOSPC` among them.
    pub fn write(&self, mut bytes: &[u8]) -> Result<(), SysError> {
        while !bytes.is_empty() {
            match rustix::io::write(&self.handle, bytes) {
                Ok(0) => return Err(self.error("write", Errno::IO)),
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::INTR) => {}
                Err(errno) => return Err(self.error("write", errno)),
            }
        }
        Ok(())
    }

    /// Moves the position to `offset`, leaving a hole behind.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the offset is beyond what the file system can hold.
    pub fn seek(&self, offset: u64) -> Result<(), SysError> {
        rustix::fs::seek(&self.handle, rustix::fs::SeekFrom::Start(offset))
            .map(|_| ())
            .map_err(|errno| self.error("seek in", errno))
    }

    /// Sets the length; a hole fills what was never written.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the file system cannot hold that length.
    pub fn set_length(&self, length: u64) -> Result<(), SysError> {
        rustix::fs::ftruncate(&self.handle, length)
            .map_err(|errno| self.error("set the length of", errno))
    }

    /// Makes its content durable.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system cannot.
    pub(crate) fn sync(&self) -> Result<(), SysError> {
        rustix::fs::fsync(&self.handle).map_err(|errno| self.error("sync", errno))
    }

    /// Gives the file its final metadata and closes it; the order is that of
    /// [`Dir::set_metadata`]. Its owner is left alone where that is known to be
    /// right.
    ///
    /// # Errors
    ///
    /// A [`SysError`] naming what could not be set.
    pub(crate) fn finish(self, metadata: &Metadata, owner: Option<Owner>) -> Result<(), SysError> {
        use rustix::fs::{fchmod, futimens};
        Owner::give(&self.handle, metadata, owner)
            .map_err(|errno| self.error("set owner of", errno))?;
        let (directory, name, xattrs) = (self.directory, self.name, &metadata.xattrs);
        directory.set_xattrs(name, xattrs, XattrTurn::BeforeMode)?;
        fchmod(&self.handle, sys::write::bits(metadata.mode))
            .map_err(|errno| self.error("set mode of", errno))?;
        directory.set_xattrs(name, xattrs, XattrTurn::AfterMode)?;
        futimens(&self.handle, &sys::write::timestamps(metadata.mtime))
            .map_err(|errno| self.error("set mtime of", errno))
    }
}

impl io::Write for &NewFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        NewFile::write(self, bytes)
            .map(|()| bytes.len())
            .map_err(|error| error.source)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
