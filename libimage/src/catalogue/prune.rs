//! [`plan`]: which backups in a store go; [`carry_out`]: they go.
//!
//! There is no lock, since none is needed: a prune removes nothing but what it has
//! seen beside a newer good backup of the same directory, which no prune removes. A
//! backup that comes meanwhile makes that only truer, and is not seen before it is
//! whole and durable.

use std::collections::HashSet;

use jiff::Timestamp;

use super::decide::{Candidate, Known, decide};
use super::list::{Catalogue, Kept, ListOptions, list, read};
use super::make::latest_name;
use super::retention::{Reason, Retention};
use super::store::{State, Store, Stored};
use super::{CatalogueError, Generation};
use crate::backup::{VerifyError, verify_open};
use crate::error::{ErrorKind, ImageError as _};
use crate::monitor::{Cancelled, Monitor, Phase};

/// How backups are pruned.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PruneOptions {
    /// Which are kept.
    pub retention: Retention,
    /// The names of the trees; all of them if there are none.
    pub trees: Vec<Box<[u8]>>,
    /// Whether those that stay are read to their ends first; one that is not whole
    /// then counts as damaged, and the others are judged without it.
    pub verify: bool,
    /// Threads to read with; one if that is zero.
    pub threads: usize,
}

/// What a prune does, or would do.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pruning {
    /// Those of each tree, by the names of the trees.
    pub trees: Vec<Judged>,
    /// How many other names there are.
    pub others: u64,
    /// Backups that were begun and are not whole. What dead processes left goes
    /// too.
    pub unfinished: Vec<Stored>,
}

/// The backups of one tree, judged.
#[derive(Debug)]
#[non_exhaustive]
pub struct Judged {
    /// What the tree is called.
    pub tree: Box<[u8]>,
    /// The oldest first, each with the reasons for which it stays; without one, it
    /// goes.
    pub backups: Vec<(Kept, Vec<Reason>)>,
}

impl Pruning {
    /// The backups that go.
    pub fn removed(&self) -> impl Iterator<Item = &Kept> {
        let all = self.trees.iter().flat_map(|judged| &judged.backups);
        all.filter(|(_, reasons)| reasons.is_empty())
            .map(|(kept, _)| kept)
    }

    /// Files that dead processes left, by the names that they have now.
    pub fn abandoned(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.unfinished
            .iter()
            .filter_map(|stored| match &stored.state {
                State::Abandoned { hidden } => Some((&**hidden, stored.bytes)),
                _ => None,
            })
    }
}

/// Decides which backups go.
///
/// Good is a backup whose footer, index, info and manifest are there and proven,
/// with [`PruneOptions::verify`] all of it. Nothing else is ever removed, nor the
/// newest good one of a directory, nor what is of the future by the clock of now.
///
/// # Errors
///
/// A [`CatalogueError`] if the store cannot be listed.
pub fn plan(
    store: &dyn Store,
    options: &PruneOptions,
    monitor: &dyn Monitor,
) -> Result<Pruning, CatalogueError> {
    let mut listing = ListOptions::default();
    listing.trees.clone_from(&options.trees);
    listing.changes = false;
    let Catalogue {
        trees,
        others,
        unfinished,
    } = list(store, &listing, monitor)?;
    let mut judged = Vec::new();
    let latest = latest_name(Timestamp::now());
    for generations in trees {
        let mut backups = generations.backups;
        let mut verified = HashSet::new();
        let reasons = loop {
            let reasons = judge(&options.retention, &backups, latest);
            let unproven = (0..backups.len()).rev().find(|&at| {
                let stays = backups[at].state.is_ok() && !reasons[at].is_empty();
                options.verify && stays && !verified.contains(&at)
            });
            let Some(at) = unproven else {
                break reasons;
            };
            if let Some(error) = damage(store, &backups[at].generation, options.threads, monitor)? {
                backups[at].state = Err(error);
            }
            verified.insert(at);
        };
        judged.push(Judged {
            tree: generations.tree,
            backups: backups.into_iter().zip(reasons).collect(),
        });
    }
    Ok(Pruning {
        trees: judged,
        others,
        unfinished,
    })
}

fn judge(retention: &Retention, backups: &[Kept], latest: Timestamp) -> Vec<Vec<Reason>> {
    let candidates: Vec<_> = backups
        .iter()
        .map(|kept| Candidate {
            time: kept.generation.time,
            good: kept.state.as_ref().ok().map(|good| Known {
                source: &good.info.source,
                began: good.info.began,
            }),
        })
        .collect();
    decide(retention, &candidates, latest)
}

/// Reads a backup to its end: what is wrong with it.
fn damage(
    store: &dyn Store,
    generation: &Generation,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Option<VerifyError>, CatalogueError> {
    let verified = read(store, generation)
        .map_err(VerifyError::from)
        .and_then(|(reader, _)| verify_open(reader, threads.max(1), monitor));
    match verified {
        Ok(_) => Ok(None),
        Err(error) if error.kind() == ErrorKind::Interrupted => Err(Cancelled.into()),
        Err(error) => Ok(Some(error)),
    }
}

/// Removes what a plan says. What goes is gone for good when this returns.
///
/// # Errors
///
/// A [`CatalogueError`] if the system fails; some may be gone then, and what is
/// left are whole backups.
pub fn carry_out(
    store: &dyn Store,
    pruning: &Pruning,
    monitor: &dyn Monitor,
) -> Result<(), CatalogueError> {
    monitor.begin(Phase::Remove, None);
    crate::monitor::check(monitor)?;
    let names: Vec<_> = pruning
        .removed()
        .map(|kept| kept.generation.name())
        .collect();
    let names = names.iter().map(Vec::as_slice);
    let all: Vec<_> = names
        .chain(pruning.abandoned().map(|(name, _)| name))
        .collect();
    Ok(store.remove(&all)?)
}
