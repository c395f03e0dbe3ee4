//! One tree against many nodes, which are grouped by what differs.
//!
//! Nodes are listed over ssh, some at a time, or come as listings that a
//! launcher had them write: see [`Member`].

mod deadline;
mod member;
mod remembered;
mod signature;

pub use member::{Member, MemberError};

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use self::deadline::Watch;
use self::remembered::remembered;
use self::signature::{Signature, signature};
use crate::archive::Limits;
use crate::diff::{self, Change, DiffError, Totals, diff};
use crate::entry::Respects;
use crate::monitor::{self, Monitor, Phase};
use crate::node;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

/// How nodes are compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How each is compared. Its threads read the source.
    pub diff: diff::Options,
    /// How each is listed.
    pub node: node::Options,
    /// How much each may list, and what an archive in a listing's place may ask
    /// for.
    pub limits: Limits,
    /// How many are compared at once.
    pub at_once: NonZero<usize>,
    /// How long each may take.
    pub time_limit: Option<Duration>,
    /// How many changes are kept, of all groups together; of what is beyond,
    /// only the numbers are.
    pub most_changes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            diff: diff::Options::default(),
            node: node::Options::default(),
            limits: Limits::default(),
            at_once: NonZero::new(8).expect("not zero"),
            time_limit: None,
            most_changes: 1_000_000,
        }
    }
}

/// What became of all of them.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Nodes by what differs, the largest group first. Those to which nothing
    /// would be done are a group, too.
    pub groups: Vec<Group>,
    /// Those that could not be compared, in the order in which they were named.
    pub failed: Vec<Failed>,
    /// What was noticed that stops nothing, each with those it was noticed of, in
    /// the order in which these were named.
    pub warnings: Vec<(String, Vec<String>)>,
}

/// Nodes to which the same would be done.
#[derive(Debug)]
#[non_exhaustive]
pub struct Group {
    /// Their names, in the order in which they were named.
    pub names: Vec<String>,
    /// What would be done to the first of them; to the others the same, though
    /// what they have there may be of another size or time. Nothing if that was
    /// more than is kept.
    pub changes: Option<Vec<Change>>,
    /// The sum for the first of them.
    pub totals: Totals,
    /// What cannot give way on the first of them.
    pub blocked: Vec<ImagePath>,
    /// What could not be compared of the first of them.
    pub unrecorded: Respects,
    /// Whether something is mounted on them that hides what is in it, other than
    /// what each kernel shows.
    pub hides: bool,
}

impl Group {
    /// Whether nothing would be done to them.
    pub fn is_equal(&self) -> bool {
        self.totals.changes() == 0 && self.blocked.is_empty()
    }

    /// The changes that another group has not; nothing if those of one of the
    /// two are not kept.
    pub fn beside(&self, other: &Self) -> Option<Vec<&Change>> {
        let (changes, others) = (self.changes.as_deref()?, other.changes.as_deref()?);
        Some(signature::beside(changes, others))
    }
}

/// A node that could not be compared.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failed {
    /// Its name.
    pub name: String,
    /// Why.
    pub error: MemberError,
}

/// Compares a tree with many nodes: what each would become if it were sent
/// there. One that is not reached, breaks off or takes too long is told of, and
/// stops none of the others.
///
/// Groups are of nodes to which the same would be done: the same actions on the
/// same names, for the same respects. By how much what they have there differs
/// does not count, or else each log file would make a group of its own.
///
/// # Errors
///
/// A [`DiffError`] if the source cannot be read, or if the monitor asks to stop.
pub fn fleet(
    source: &dyn Tree,
    members: &[Member],
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, DiffError> {
    monitor.begin(Phase::Walk, None);
    let source = remembered(source, options.diff.threads, monitor)?;
    monitor.begin(Phase::Compare, None);
    let gathered = Mutex::new(Gathered {
        groups: HashMap::new(),
        failed: Vec::new(),
        warnings: HashMap::new(),
        kept: 0,
    });
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some((number, member)) = take(&next, members) {
            if monitor.cancelled() {
                return;
            }
            let watch = Watch::new(monitor, options.time_limit);
            let compared = compare(&source, member, options, &watch);
            let warnings = watch.warnings(&member.label());
            let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.warn(number, warnings);
            match compared {
                Ok(compared) => gathered.add(number, compared, options.most_changes),
                Err(_) if watch.is_late() => gathered.fail(number, MemberError::TooLong),
                Err(error) => gathered.fail(number, error),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..options.at_once.get().min(members.len()) {
            // Where the system has no more threads, those that run must do.
            if std::thread::Builder::new()
                .spawn_scoped(scope, work)
                .is_err()
            {
                break;
            }
        }
        work();
    });
    monitor::check(monitor).map_err(TreeError::from)?;
    let gathered = gathered
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    Ok(gathered.finish(members))
}

fn take<'m>(next: &AtomicUsize, members: &'m [Member]) -> Option<(usize, &'m Member)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, members.get(number)?))
}

fn compare(
    source: &dyn Tree,
    member: &Member,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Compared, MemberError> {
    monitor::check(monitor).map_err(DiffError::from)?;
    let opened = member.open(options, monitor)?;
    let told = node::Told::new(monitor, opened.node());
    let options = diff::Options {
        // The others have the processors.
        threads: 1,
        ..options.diff.clone()
    };
    let outcome = diff(source, opened.tree(), &options, &told)?;
    let is_hidden = |path| !opened.is_of_kernel(path);
    Ok(Compared {
        hides: outcome.mounts.iter().any(is_hidden),
        outcome,
    })
}

/// What was found of one node.
struct Compared {
    outcome: diff::Outcome,
    /// See [`Group::hides`].
    hides: bool,
}

/// Nodes to which the same would be done.
struct Alike {
    numbers: Vec<usize>,
    /// The first of them by its number, whichever came first.
    first: (usize, Compared),
    /// Whether the changes are.
    is_kept: bool,
}

/// What has been found so far.
struct Gathered {
    groups: HashMap<Signature, Alike>,
    failed: Vec<(usize, MemberError)>,
    /// Of which nodes they are, and where among those of each.
    warnings: HashMap<String, Vec<(usize, usize)>>,
    /// Changes that are kept.
    kept: usize,
}

impl Gathered {
    fn add(&mut self, number: usize, mut found: Compared, most: usize) {
        match self.groups.entry(signature(&found.outcome, found.hides)) {
            Entry::Vacant(group) => {
                let count = found.outcome.changes.len();
                let is_kept = self.kept + count <= most;
                if is_kept {
                    self.kept += count;
                } else {
                    found.outcome.changes = Vec::new();
                }
                group.insert(Alike {
                    numbers: vec![number],
                    first: (number, found),
                    is_kept,
                });
            }
            Entry::Occupied(group) => {
                let alike = group.into_mut();
                alike.numbers.push(number);
                if number < alike.first.0 {
                    if !alike.is_kept {
                        found.outcome.changes = Vec::new();
                    }
                    alike.first = (number, found);
                }
            }
        }
    }

    fn fail(&mut self, number: usize, error: MemberError) {
        self.failed.push((number, error));
    }

    fn warn(&mut self, number: usize, warnings: Vec<String>) {
        for (place, warning) in warnings.into_iter().enumerate() {
            self.warnings
                .entry(warning)
                .or_default()
                .push((number, place));
        }
    }

    fn finish(self, members: &[Member]) -> Outcome {
        let name = |number: usize| members[number].name();
        let mut groups: Vec<_> = self.groups.into_values().collect();
        for alike in &mut groups {
            alike.numbers.sort_unstable();
        }
        groups.sort_by_key(|alike| (Reverse(alike.numbers.len()), alike.numbers[0]));
        let group = |alike: Alike| {
            let (_, Compared { outcome, hides }) = alike.first;
            Group {
                names: alike.numbers.into_iter().map(name).collect(),
                changes: alike.is_kept.then_some(outcome.changes),
                totals: outcome.totals,
                blocked: outcome.blocked,
                unrecorded: outcome.unrecorded,
                hides,
            }
        };
        let mut failed = self.failed;
        failed.sort_by_key(|(number, _)| *number);
        let failed = failed.into_iter().map(|(number, error)| Failed {
            name: name(number),
            error,
        });
        let mut warnings: Vec<_> = self.warnings.into_iter().collect();
        for (_, places) in &mut warnings {
            places.sort_unstable();
            places.dedup_by_key(|(number, _)| *number);
        }
        warnings.sort_by_key(|(_, places)| places[0]);
        let warnings = warnings.into_iter().map(|(warning, places)| {
            let names = places.into_iter().map(|(number, _)| name(number));
            (warning, names.collect())
        });
        Outcome {
            failed: failed.collect(),
            groups: groups.into_iter().map(group).collect(),
            warnings: warnings.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
