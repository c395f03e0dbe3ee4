//! [`Pair`]: one name on one side or on both.

use std::collections::HashMap;

use crate::entry::Entry;

/// Something on one side or on both.
#[derive(Clone)]
pub(super) enum Pair<T> {
    Source(T),
    Target(T),
    Both(T, T),
}

/// Pairs the entries of two listings by name, in canonical order.
pub(super) fn join(sources: Vec<Entry>, targets: Vec<Entry>) -> Vec<Pair<Entry>> {
    let aligned = sources.len() == targets.len()
        && sources
            .iter()
            .zip(&targets)
            .all(|(source, target)| source.name == target.name);
    if aligned {
        let both = sources.into_iter().zip(targets);
        return both
            .map(|(source, target)| Pair::Both(source, target))
            .collect();
    }
    // An entry may be a directory on one side only and then stands elsewhere
    // in the other's order, so names are looked up.
    let mut by_name: HashMap<Box<[u8]>, Entry> = targets
        .into_iter()
        .map(|target| (target.name.clone(), target))
        .collect();
    let mut pairs: Vec<_> = sources
        .into_iter()
        .map(|source| match by_name.remove(&source.name) {
            Some(target) => Pair::Both(source, target),
            None => Pair::Source(source),
        })
        .collect();
    pairs.extend(by_name.into_values().map(Pair::Target));
    pairs.sort_unstable_by(|one, two| one.first().canonical_cmp(two.first()));
    pairs
}

impl Pair<Entry> {
    /// Whether an entry on either side is so.
    pub(super) fn any(&self, is_so: impl Fn(&Entry) -> bool) -> bool {
        match self {
            Self::Source(entry) | Self::Target(entry) => is_so(entry),
            Self::Both(source, target) => is_so(source) || is_so(target),
        }
    }

    /// The source's entry, or the target's if there is none.
    pub(super) fn first(&self) -> &Entry {
        match self {
            Self::Source(entry) | Self::Target(entry) | Self::Both(entry, _) => entry,
        }
    }
}
