//! [`Packages`]: what the review says of packages, as data of the page.

use std::collections::{BTreeSet, HashMap};

use libimage::inspect::FileRole;
use libimage::review::{Content, PackageChange, PackageFile, Review, Version};
use serde::Serialize;

use super::columns::{Column, Name};

/// What the review says of packages, their names numbered.
pub(super) struct Packages<'a> {
    review: &'a Review,
    names: Vec<&'a str>,
    numbers: HashMap<&'a str, usize>,
}

/// What becomes of one package.
#[derive(Serialize)]
pub(super) struct Transition<'a> {
    /// As in the column of changes; 0 for what belongs to none.
    package: usize,
    change: &'static str,
    from: Option<[Name<'a>; 2]>,
    to: Option<[Name<'a>; 2]>,
    changes: u64,
    bytes: u64,
}

/// A changed file that is not as its package shipped it.
#[derive(Serialize)]
pub(super) struct File {
    /// The number of its change.
    change: usize,
    configuration: bool,
    /// On which side it is not.
    source: bool,
    target: bool,
}

impl<'a> Packages<'a> {
    /// Of a review of so many changes.
    pub(super) fn of(review: &'a Review, changes: usize) -> Self {
        let owners = (0..changes).filter_map(|change| review.package(change));
        let names = review.packages.iter().map(|package| &*package.name);
        let names: Vec<_> = names
            .chain(owners)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let numbers = names.iter().zip(1..).map(|(name, number)| (*name, number));
        Self {
            review,
            numbers: numbers.collect(),
            names,
        }
    }

    /// The package of a change; 0 for none.
    pub(super) fn of_change(&self, change: usize) -> usize {
        let name = self.review.package(change);
        name.map_or(0, |name| self.numbers[name])
    }

    pub(super) fn names(&self) -> impl Serialize {
        Column(|| self.names.iter().map(|name| Name(name.as_bytes())))
    }

    pub(super) fn transitions(&self) -> impl Serialize {
        let none = Transition {
            package: 0,
            change: "none",
            from: None,
            to: None,
            changes: self.review.unpackaged.changes(),
            bytes: self.review.unpackaged.bytes(),
        };
        let none = (none.changes > 0).then_some(none);
        let all = self.review.packages.iter();
        let all: Vec<_> = all
            .map(|package| self.transition(package))
            .chain(none)
            .collect();
        all
    }

    fn transition(&self, package: &'a PackageChange) -> Transition<'a> {
        Transition {
            package: self.numbers[&*package.name],
            change: package.transition.word(),
            from: package.from.as_ref().map(version),
            to: package.to.as_ref().map(version),
            changes: package.totals.changes(),
            bytes: package.totals.bytes(),
        }
    }

    pub(super) fn files(&self) -> impl Serialize {
        Column(|| self.review.files.iter().filter_map(file))
    }
}

/// The version and the architecture.
fn version(version: &Version) -> [Name<'_>; 2] {
    let arch = version.arch.as_deref().unwrap_or_default();
    [Name(version.version.as_bytes()), Name(arch.as_bytes())]
}

fn file(file: &PackageFile) -> Option<File> {
    let is_changed = |side| side == Some(Content::Changed);
    let (source, target) = (is_changed(file.source), is_changed(file.target));
    (source || target).then_some(File {
        change: file.change,
        configuration: file.role == FileRole::Configuration,
        source,
        target,
    })
}
