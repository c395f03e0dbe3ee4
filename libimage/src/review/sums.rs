//! Changes in sum by package.

use std::collections::HashMap;

use super::owners::{Names, Owner};
use super::transition::{PackageChange, Transition};
use crate::diff::{Action, Change, Totals};

/// Adds each change to its package, and drops packages of which there is
/// nothing to say; answers the sum of the others.
///
/// A package may be there in several versions. Deletions then belong to the
/// first that goes, all else to the first that stays or comes.
pub(super) fn add(
    changes: &[Change],
    owners: &[Owner],
    names: &Names,
    packages: &mut Vec<PackageChange>,
) -> Totals {
    let mut places: HashMap<Box<str>, [usize; 2]> = HashMap::new();
    for (place, package) in packages.iter().enumerate() {
        let places = places.entry(package.name.clone()).or_insert([place; 2]);
        let goes = package.transition == Transition::Removed;
        let [coming, going] = *places;
        if !goes && packages[coming].transition == Transition::Removed {
            places[0] = place;
        }
        if goes && packages[going].transition != Transition::Removed {
            places[1] = place;
        }
    }
    let mut unpackaged = Totals::default();
    for (change, owner) in changes.iter().zip(owners) {
        let Some(name) = names.get(*owner) else {
            unpackaged.add(change);
            continue;
        };
        let known = *places.entry(name.into()).or_insert_with(|| {
            packages.push(PackageChange::unknown(name));
            [packages.len() - 1; 2]
        });
        let place = known[usize::from(change.action == Action::Delete)];
        packages[place].totals.add(change);
    }
    let says_something = |package: &PackageChange| {
        !matches!(package.transition, Transition::Same | Transition::Unknown)
            || package.totals.changes() > 0
    };
    packages.retain(says_something);
    packages.sort_by(|one, two| one.name.cmp(&two.name));
    unpackaged
}
