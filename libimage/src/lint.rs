//! [`lint`]: whether a tree is fit to be given to nodes.
//!
//! A table of [checks], one a rule of the group
//! [`Preflight`](crate::rules::Group::Preflight) and those of the kernels. One
//! walk gathers what several checks need, in memory that does not grow with
//! the tree; the rest are small reads in known places. A check that cannot
//! look where it must has not passed: it could not be made, and says why.
//!
//! ```
//! use libimage::lint::{Options, Status, lint};
//! use libimage::monitor::Silent;
//! use libimage::tree::{LiveTree, Want};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path();
//! let tree = LiveTree::open(path, Want::All)?;
//! let outcome = lint(&tree, &Options::default(), &Silent)?;
//! for finding in &outcome.findings {
//!     println!("{finding}");
//! }
//! let unknown = outcome.checks.iter().filter(|checked| checked.status.is_open());
//! assert!(unknown.count() > 0, "an empty directory does not tell its kind");
//! # Ok(())
//! # }
//! ```

mod boot;
mod check;
mod cluster;
mod directories;
mod identity;
mod inflated;
mod leftovers;
mod munge;
mod ownership;
mod packages;
mod permissions;
mod readable;
mod repositories;
mod selection;
mod series;
mod shared_links;
mod subject;
mod table;
mod traces;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use check::{Check, Status};
pub use selection::{Selection, Selector, SelectorError};
pub use series::{Series, SeriesError};
pub use shared_links::{Linted, shared_links};
pub use table::checks;

use std::num::NonZeroUsize;

use crate::inspect::reach::chain;
use crate::inspect::{Facts, ImageKind, Tally};
use crate::monitor::Monitor;
use crate::rules::{Demand, Finding, Policy, Rule};
use crate::tree::{Tree, TreeError};
use crate::verify::concerns_one_file;

use check::Gap;
use readable::Readable;
use shared_links::SharedLinks;
use subject::Subject;
use traces::Traces;

/// How to lint.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which component the tree must be; checks of other kinds are not made.
    pub kind: Option<ImageKind>,
    /// The BCM release that the tree is meant for.
    pub series: Option<Series>,
    /// Which checks are made.
    pub selection: Selection,
    /// How bad the user takes what is found.
    pub policy: Policy,
    /// Whether warnings count as errors.
    pub fatal_warnings: bool,
    /// How many threads read; one if nothing is said.
    pub threads: Option<NonZeroUsize>,
}

/// What came of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Of which rule.
    pub rule: &'static Rule,
    /// What came of it.
    pub status: Status,
}

/// What a tree turned out to be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// What was found in it.
    pub facts: Facts,
    /// Which component it was judged as.
    pub kind: Option<ImageKind>,
    /// What breaks a rule, worst first.
    pub findings: Vec<Finding>,
    /// What came of each check, in the order of the table.
    pub checks: Vec<Checked>,
    /// Directories that could not be read, with the reasons.
    pub unreadable: Tally<String>,
    links: SharedLinks,
}

/// Walks `tree` once and makes the checks that were selected.
///
/// Directories that cannot be read are passed over, and leave those checks
/// open that concern all of the tree. Where a check cannot read what it needs,
/// that check is open.
///
/// # Errors
///
/// A [`TreeError`] if the tree's root or what tells its kind cannot be read,
/// if the tree holds no content (a manifest does not), if the system fails as
/// a whole, or if the monitor asks to stop.
pub fn lint(
    tree: &dyn Tree,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, TreeError> {
    let threads = options.threads.map_or(1, NonZeroUsize::get);
    let patterns = options.policy.patterns();
    let readable = Readable::new(tree);
    let (traces, census) = Traces::of(&readable, &patterns, threads, monitor)?;
    let unreadable = readable.unreadable();
    let facts = Facts::of_tree_metadata(tree, census, monitor)?;
    let demand = Demand {
        kind: options.kind,
        ..Demand::default()
    };
    let subject = Subject {
        tree,
        kind: demand.kind_of(&facts),
        demand: &demand,
        facts: &facts,
        traces: &traces,
        patterns: &patterns,
        series: options.series,
        unreadable: &unreadable,
        monitor,
    };
    let mut findings = Vec::new();
    let mut made = Vec::new();
    for check in checks().filter(|check| options.selection.takes(check.rule)) {
        let found = make(&check, &subject).map(|found| options.policy.apply(found));
        let status = match found {
            Ok(found) if found.is_empty() => Status::Passed,
            Ok(found) => {
                let status = Status::Failed {
                    findings: found.len(),
                };
                findings.extend(found);
                status
            }
            Err(Gap::Open(why)) => Status::CouldNotCheck { why },
            Err(Gap::Inapplicable(why)) => Status::NotApplicable { why },
            Err(Gap::Tree(error)) if leaves_one_check_open(&error) => {
                Status::CouldNotCheck { why: chain(&error) }
            }
            Err(Gap::Tree(error)) => return Err(error),
        };
        made.push(Checked {
            rule: check.rule,
            status,
        });
    }
    if options.fatal_warnings {
        findings = findings
            .into_iter()
            .map(Finding::with_fatal_warnings)
            .collect();
    }
    findings.sort_by_key(Finding::severity);
    Ok(Outcome {
        kind: subject.kind,
        facts,
        findings,
        checks: made,
        unreadable: unreadable.all(),
        links: traces.into_shared_links(),
    })
}

/// Makes one check, if it is one for trees of this kind.
fn make(check: &Check, subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    check.concerns(subject.kind)?;
    let found = check.look.at(subject, check.rule)?;
    if found.is_empty() {
        subject.saw_all(check.scope)?;
    }
    Ok(found)
}

/// Whether an error says nothing of the other checks.
fn leaves_one_check_open(error: &TreeError) -> bool {
    matches!(error, TreeError::Unresolved { .. }) || concerns_one_file(error)
}
