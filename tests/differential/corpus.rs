//! The archives that are given to every reader.

use std::ops::Range;

use fixtures::attack;
use fixtures::mutant::mutant;

/// An archive.
pub(crate) struct Case {
    /// What it is called in the tables: an attack's name, or `mutant SEED`.
    pub(crate) name: String,
    /// The archive.
    pub(crate) archive: Vec<u8>,
    /// What was done to it, for a message.
    pub(crate) about: String,
    /// Whether a writer made it and nobody changed it.
    pub(crate) is_honest: bool,
}

/// Hostile and odd archives, each made for one purpose.
pub(crate) fn attacks() -> impl Iterator<Item = Case> {
    attack::all().into_iter().map(|attack| Case {
        name: attack.name.to_owned(),
        archive: attack.archive,
        about: format!("{:?}", attack.expect),
        is_honest: false,
    })
}

/// Random archives, honest and changed ones.
pub(crate) fn mutants(seeds: Range<u64>) -> impl Iterator<Item = Case> {
    seeds.map(mutant).map(|mutant| Case {
        name: format!("mutant {}", mutant.seed),
        about: format!("{:?} of {:?}", mutant.changes, mutant.options),
        archive: mutant.archive,
        is_honest: mutant.changes.is_empty(),
    })
}
