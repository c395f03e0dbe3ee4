//! [`Room`]: what a file system has left.

use std::os::fd::AsFd as _;

use super::Dir;
use crate::error::SysError;
use crate::sys;

/// What a file system has left for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes.
    pub bytes: u64,
    /// Inodes; nothing where there may be any number.
    pub inodes: Option<u64>,
    /// The unit in which files take room, in bytes.
    pub block: u64,
}

impl Dir {
    /// What the file system of this directory has left.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system does not tell.
    pub fn room(&self) -> Result<Room, SysError> {
        let failed = |errno| SysError::new("ask for free space in", self.shown(b""), errno);
        let free = sys::stat::free(self.handle().as_fd()).map_err(failed)?;
        Ok(Room {
            bytes: free.bytes,
            inodes: free.inodes,
            block: free.block,
        })
    }
}
