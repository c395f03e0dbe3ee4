//! What the changes of a diff mean to whoever looks after the target.
//!
//! [`review()`] sorts what [`diff`](crate::diff) found: which local data would
//! be lost, which packages come, go and change, which files are not as their
//! package shipped them, and how much changes in which directory. It reads the
//! package databases of both trees and the content of some changed files, and
//! nothing else.
//!
//! What is not known is told as such: a database that cannot be read
//! ([`Side::unread`]), a file whose content cannot ([`Content::Unknown`]).

mod contents;
mod directories;
mod finder;
mod locator;
mod losses;
mod owners;
mod present;
mod regenerated;
mod risk;
mod same;
mod sums;
mod transition;

#[cfg(test)]
mod tests;

pub use contents::{Content, PackageFile};
pub use directories::{DirectorySum, directories};
pub use owners::Side;
pub use regenerated::Regenerated;
pub use risk::{Fate, Reason, Risk, Unchecked};
pub use transition::{PackageChange, Transition, Version};

use crate::diff::{Change, Outcome, Totals};
use crate::monitor::{Monitor, Phase};
use crate::tree::{Tree, TreeError};

use contents::Checks;
use owners::{Names, Owner};
use present::Present;

/// How a diff is reviewed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Which of the changed files are read, to see whether they are as their
    /// package shipped them.
    pub read: Read,
    /// How deep directories are told apart: 2 for `usr/lib`.
    pub depth: usize,
    /// Threads to read files with.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            read: Read::Telling,
            depth: 2,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Which of the changed files that packages own are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Configuration files, what lies in `etc` and `var`, where people and
    /// programs write, and those of packages that both trees have in the same
    /// version: there somebody changed something. That a file of an upgraded
    /// package changes is no news.
    Telling,
    /// All of them.
    All,
}

/// A diff, sorted.
#[derive(Debug)]
#[non_exhaustive]
pub struct Review {
    /// Local data of the target that would be lost, largest first.
    pub at_risk: Vec<Risk>,
    /// What would be lost as well and is made again, by reason.
    pub regenerated: Vec<Regenerated>,
    /// What may be lost as well, for nobody looked.
    pub unchecked: Unchecked,
    /// Packages that differ, or that changes belong to; by name.
    pub packages: Vec<PackageChange>,
    /// Changes to what no package owns.
    pub unpackaged: Totals,
    /// Changed files of packages of which something is known, or was to be, in
    /// the order of the changes.
    pub files: Vec<PackageFile>,
    /// The changes in sum by directory, to the depth that was asked for.
    pub directories: Vec<DirectorySum>,
    /// What is known of the source's packages.
    pub source: Side,
    /// What is known of the target's packages.
    pub target: Side,
    names: Names,
    owners: Vec<Owner>,
}

impl Review {
    /// The package that a change belongs to, by its number in
    /// [`Outcome::changes`]: the source's owner, or where that has none the
    /// target's. Nothing for directories of several packages.
    pub fn package(&self, change: usize) -> Option<&str> {
        self.names.get(*self.owners.get(change)?)
    }
}

/// Reviews what [`diff`](crate::diff::diff) found between two trees.
///
/// # Errors
///
/// A [`TreeError`] if a directory of a package database cannot be read, or if
/// the monitor asks to stop. What else cannot be read is a fact of the review.
pub fn review(
    source: &dyn Tree,
    target: &dyn Tree,
    outcome: &Outcome,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Review, TreeError> {
    monitor.begin(Phase::Walk, None);
    let changes = &*outcome.changes;
    let present = Present::find(target, changes)?;
    let mut names = Names::default();
    let (source_side, source_owners) = owners::of_source(source, changes, &mut names, monitor)?;
    let (target_side, target_owners) =
        owners::of_target(target, changes, &present, &mut names, monitor)?;
    let mut packages = transition::between(&source_side, &target_side);
    let checks = Checks {
        changes,
        names: &names,
        packages: &packages,
        read: options.read,
        threads: options.threads,
    };
    let from_source = checks.run(
        source,
        &source_side,
        &source_owners,
        &|change| contents::of_source(&changes[change]),
        monitor,
    )?;
    let from_target = checks.run(
        target,
        &target_side,
        &target_owners,
        &|change| contents::of_target(&changes[change], present.kind(change)),
        monitor,
    )?;
    let losses = losses::of(
        (source, target),
        (changes, &present),
        (&target_owners, &names),
        &from_target,
        monitor,
    )?;
    let owners: Vec<Owner> = source_owners
        .iter()
        .zip(&target_owners)
        .map(|(source, target)| source.or(*target))
        .collect();
    let unpackaged = sums::add(changes, &owners, &names, &mut packages);
    let (at_risk, regenerated) = risk::fold(&losses);
    Ok(Review {
        at_risk,
        regenerated,
        unchecked: risk::unchecked(&losses),
        unpackaged,
        files: contents::join(from_source, from_target),
        directories: directories(changes, options.depth),
        packages,
        source: source_side,
        target: target_side,
        names,
        owners,
    })
}

/// Whether the target has something at the path of a change.
fn is_on_target(change: &Change) -> bool {
    change.action != crate::diff::Action::Create || change.replaces
}
