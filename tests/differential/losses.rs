//! What an archive does not hold of the tree that it was made from.
//!
//! A loss is the writer's or the format's: an import can only give what is in
//! the archive. Each is named, says why, and is checked to take something of
//! the specimen; what is in no writer's list has to come through unchanged.

pub(crate) mod bsdtar;
pub(crate) mod formats;
pub(crate) mod programs;
mod take;

pub(crate) use take::undescribed;

use fixtures::snapshot::Snapshot;

/// Something that gets lost.
pub(crate) struct Loss {
    /// What it is.
    pub(crate) what: &'static str,
    /// Why the archive cannot hold it, or why its writer does not write it.
    pub(crate) why: &'static str,
    /// Takes it out of a tree.
    pub(crate) take: fn(&mut Snapshot),
}

/// A tree as an archive with these losses holds it.
///
/// # Panics
///
/// When a loss changes nothing: then it is none, or the tree has nothing to lose.
pub(crate) fn remainder(tree: &Snapshot, losses: &[Loss]) -> Snapshot {
    let mut rest = tree.clone();
    for Loss { what, why, take } in losses {
        let before = rest.clone();
        take(&mut rest);
        assert_ne!(before, rest, "nothing of it is there: {what} ({why})");
    }
    rest
}
