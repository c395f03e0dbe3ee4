//! [`Aside`]: entries of a tree in use, made aside and then put in place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::content::Filling;
use super::error::WriteError;
use super::workers::fill;
use crate::digest::Digest;
use crate::entry::{Kind, Metadata};
use crate::error::SysError;
use crate::root::{Dir, Identity};

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

    /// A regular file of `size` bytes takes the place of `name`.
    pub(crate) fn file<E: From<WriteError>>(
        &self,
        (size, metadata): (u64, &Metadata),
        (to, name): (&Dir, &[u8]),
        pour: impl FnOnce(&mut Filling<'_>) -> Result<(), E>,
        before: impl FnOnce(&Digest) -> Result<(), E>,
    ) -> Result<(), E> {
        let own = self.name();
        let made = fill(&self.dir, &own, size, metadata, pour)
            .and_then(|seen| before(&seen.expect("content of a sync is read here").0))
            .and_then(|()| self.put(&own, to, name).map_err(E::from));
        made.inspect_err(|_| self.discard(&own))
    }

    /// A symlink, device, fifo or socket takes the place of `name`.
    pub(crate) fn special<E: From<WriteError>>(
        &self,
        (kind, metadata): (&Kind, &Metadata),
        (to, name): (&Dir, &[u8]),
        before: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let own = self.name();
        let is_symlink = matches!(kind, Kind::Symlink { .. });
        let make = || {
            self.dir.create_special(&own, kind)?;
            self.dir.set_metadata(&own, metadata, is_symlink)
        };
        make()
            .map_err(|error| E::from(error.into()))
            .and_then(|()| before())
            .and_then(|()| self.put(&own, to, name).map_err(E::from))
            .inspect_err(|_| self.discard(&own))
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

    fn put(&self, own: &[u8], to: &Dir, name: &[u8]) -> Result<(), WriteError> {
        Ok(self.dir.rename_over(own, to, name)?)
    }

    fn discard(&self, own: &[u8]) {
        // It may never have come to be; what stays is removed with the directory.
        let _ = self.dir.unlink(own);
    }
}
