//! [`Store`]: where backups are kept.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::SysError;
use crate::tree::ReadAt;

/// Where backups are kept, each under a name of its own: a directory
/// ([`Shelf`](super::Shelf)), or anything else that can do these few things.
///
/// A name is listed as [`State::Whole`] from the moment when all of it is there and
/// durable, and not before.
pub trait Store: Sync {
    /// What the user calls something of this name that is in it.
    fn path(&self, name: &[u8]) -> PathBuf;

    /// The directory of this machine that it is, if it is one: what is backed up
    /// must not be around it.
    fn place(&self) -> Option<&Path> {
        None
    }

    /// All that is in it, in any order.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be listed.
    fn list(&self) -> Result<Vec<Stored>, SysError>;

    /// Something that is in it, to be read in any order.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it is not there or cannot be read, `EINVAL` or `ELOOP` if it
    /// is no file.
    fn open(&self, name: &[u8]) -> Result<Arc<dyn ReadAt>, SysError>;

    /// Begins something that shall get about this name.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if nothing can be written, or the name cannot be given.
    fn create(&self, name: &[u8]) -> Result<Box<dyn Draft>, SysError>;

    /// Removes names for good; those that are gone already are no error. What
    /// stays is durable before the first one goes.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system fails; some of the names may be gone then.
    fn remove(&self, names: &[&[u8]]) -> Result<(), SysError>;
}

/// Something that is being written into a [`Store`]. Dropped, it leaves nothing.
pub trait Draft: Write {
    /// Makes what was written durable and gives it a name; `false` if that is
    /// taken, after which another one may be tried.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system fails; the name is as it was then.
    fn publish(&mut self, name: &[u8]) -> Result<bool, SysError>;
}

/// Something in a [`Store`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name; of what is not whole, the one that it should have got.
    pub name: Box<[u8]>,
    /// Its length.
    pub bytes: u64,
    /// What it is.
    pub state: State,
}

/// What something in a [`Store`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// All of what was written under this name.
    Whole,
    /// It is being written, or nobody can tell whether it still is.
    Unfinished {
        /// Its name until then.
        hidden: Box<[u8]>,
    },
    /// What somebody has written of it who is dead.
    Abandoned {
        /// Its name, by which it can be removed.
        hidden: Box<[u8]>,
    },
}
