//! [`Aside`]: entries of a tree in use, made aside and then put in place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::FileType;
use rustix::io::Errno;

use super::content::Filling;
use super::error::WriteError;
use super::workers::fill;
use crate::digest::Digest;
use crate::entry::{Kind, Metadata};
use crate::error::SysError;
use crate::root::{Dir, Identity};
use crate::sys::stat::Stat;

/// A private directory on the file system of a tree, in which its new entries
/// are made. With all their metadata they get their names by a rename, so that
/// under each name there is the old entry or the new one and nothing between.
pub(crate) struct Aside {
    dir: Arc<Dir>,
    next: AtomicU64,
}

impl Aside {
    /// In a directory that is private and empty.
    pub(crate) fn new(dir: Arc<Dir>) -> Self {
        Self {
            dir,
            next: AtomicU64::new(0),
        }
    }

    fn name(&self) -> Vec<u8> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        number.to_string().into_bytes()
    }

    /// Makes a regular file of `size` bytes. It waits by the name that comes back,
    /// with its digest unless its content passed by.
    pub(crate) fn file<E: From<WriteError>>(
        &self,
        size: u64,
        metadata: &Metadata,
        pour: impl FnOnce(&mut Filling<'_>) -> Result<(), E>,
    ) -> Result<(Vec<u8>, Option<Digest>), E> {
        let own = self.name();
        match fill(&self.dir, &own, size, (metadata, None), pour) {
            Ok(seen) => Ok((own, seen.map(|(digest, _)| digest))),
            Err(error) => {
                self.discard(&own);
                Err(error)
            }
        }
    }

    /// Makes a symlink, device, fifo or socket, which waits by the name that
    /// comes back.
    pub(crate) fn special(&self, kind: &Kind, metadata: &Metadata) -> Result<Vec<u8>, WriteError> {
        let own = self.name();
        let is_symlink = matches!(kind, Kind::Symlink { .. });
        self.dir.create_special(&own, kind)?;
        match self.dir.set_metadata(&own, metadata, is_symlink) {
            Ok(()) => Ok(own),
            Err(error) => {
                self.discard(&own);
                Err(error.into())
            }
        }
    }

    /// A regular file that is taken from where it stands, with metadata of its own,
    /// waits by the name that comes back; nothing if it has other names, or
    /// stands where nothing can be moved from.
    pub(crate) fn adopt(&self, from: &Dir, name: &[u8]) -> Result<Option<Vec<u8>>, WriteError> {
        let stat = from.stat(name)?;
        let is_alone = |stat: &Stat| stat.file_type == FileType::RegularFile && stat.links == 1;
        if !stat.as_ref().is_some_and(is_alone) {
            return Ok(None);
        }
        let own = self.name();
        match from.rename_new(name, &self.dir, &own) {
            Ok(()) => Ok(Some(own)),
            Err(error) if error.is(Errno::XDEV) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The directory in which all wait.
    pub(crate) fn dir(&self) -> &Dir {
        &self.dir
    }

    /// Another name of `leader` takes the place of `name`, unless it is one.
    pub(crate) fn link<E: From<WriteError>>(
        &self,
        (from, leader): (&Dir, &[u8]),
        (to, name): (&Dir, &[u8]),
        before: impl FnOnce() -> Result<(), E>,
    ) -> Result<bool, E> {
        let identity =
            |dir: &Dir, name| -> Result<Option<Identity>, SysError> { dir.identity(name) };
        let write = |error: SysError| E::from(error.into());
        let is_one = identity(from, leader).map_err(write)? == identity(to, name).map_err(write)?;
        if is_one {
            return Ok(false);
        }
        let own = self.name();
        from.link(leader, &self.dir, &own)
            .map_err(write)
            .and_then(|()| before())
            .and_then(|()| self.put(&own, to, name).map_err(E::from))
            .inspect_err(|_| self.discard(&own))?;
        Ok(true)
    }

    /// What waits by a name takes the place of another.
    pub(crate) fn put(&self, own: &[u8], to: &Dir, name: &[u8]) -> Result<(), WriteError> {
        Ok(self.dir.rename_over(own, to, name)?)
    }

    fn discard(&self, own: &[u8]) {
        // It may never have come to be; what stays is removed with the directory.
        let _ = self.dir.unlink(own);
    }
}
