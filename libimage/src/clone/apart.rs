//! Whether two trees are apart from each other.

use std::path::Path;

use super::{CloneError, Nested};
use crate::sys::host::inode;
use crate::writer::Destination;

/// Refuses a destination that is the source, is in it, or holds it; by inodes,
/// so that no bind mount hides it.
///
/// `source` is canonical, as the destination's path is.
pub(super) fn check(source: &Path, destination: &Destination) -> Result<(), CloneError> {
    let refuse = |how| {
        Err(CloneError::Nested(Nested {
            source: source.to_owned(),
            destination: destination.path().to_owned(),
            how,
        }))
    };
    let own = inode(source).ok();
    // Nothing is there yet, as a rule.
    let there = inode(destination.path()).ok();
    if own.is_some() && own == there {
        return refuse("is the same tree as");
    }
    if holds(own, destination.path().parent()) {
        return refuse("is in");
    }
    if holds(there, source.parent()) {
        return refuse("holds");
    }
    Ok(())
}

/// Whether a directory is `inner` or one of those above.
fn holds(directory: Option<(u64, u64)>, inner: Option<&Path>) -> bool {
    let mut above = inner.into_iter().flat_map(Path::ancestors);
    directory.is_some() && above.any(|path| inode(path).ok() == directory)
}
