//! Whether two trees are apart from each other.

use std::path::Path;

use super::{CloneError, Nested};
use crate::sys::host::within;
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
    // Nothing is there yet, as a rule.
    if let Some(path) = within(destination.path(), source) {
        let is_same = path.as_os_str().is_empty();
        return refuse(if is_same {
            "is the same tree as"
        } else {
            "is in"
        });
    }
    if within(source, destination.path()).is_some() {
        return refuse("holds");
    }
    Ok(())
}
