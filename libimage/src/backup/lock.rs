//! [`take`]: nobody changes a tree by imgtool while a backup of it is made.

use std::path::Path;

use rustix::io::Errno;

use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::writer::{Destination, Lock, WriteError, is_full};

/// Takes the lock of the tree at the real path `tree`.
///
/// It stands beside the tree. Who may not write there makes a backup without
/// it, since a backup changes nothing; a warning says so. The same where the disk
/// of the tree is full, when a backup is wanted most.
pub(super) fn take(tree: &Path, monitor: &dyn Monitor) -> Result<Option<Lock>, WriteError> {
    let lock = Destination::new(tree).and_then(|destination| destination.lock());
    let is_forbidden = |error: &WriteError| match error {
        WriteError::Sys(error) => {
            let forbidden = [Errno::ROFS, Errno::ACCESS, Errno::PERM];
            is_full(error) || forbidden.into_iter().any(|errno| error.is(errno))
        }
        WriteError::NotPrivate { .. } => true,
        _ => false,
    };
    match lock {
        Ok(lock) => Ok(Some(lock)),
        // `/` has nothing beside it.
        Err(WriteError::BadDestination { .. }) => Ok(None),
        Err(error) if is_forbidden(&error) => {
            monitor.warn(Warning {
                path: ImagePath::root(),
                message: "the tree cannot be locked from here: see that nobody changes it"
                    .to_owned(),
            });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
