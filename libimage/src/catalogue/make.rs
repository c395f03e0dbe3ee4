//! [`back_up`]: a new generation of a tree.

use std::path::Path;

use jiff::{Timestamp, ToSpan as _};

use super::list::open;
use super::shelf::is_beneath;
use super::store::{State, Store};
use super::{CatalogueError, Generation};
use crate::backup::{
    self, BackupError, Change, Comparison, Inside, Options, Outcome, Unchanged, VerifyError,
};
use crate::error::SysError;
use crate::escape::Escaped;
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::seekable::Info;
use crate::sys::host;

/// What became of a tree that was to be backed up.
#[derive(Debug)]
#[non_exhaustive]
pub struct Made {
    /// The new backup, or the one that still says all.
    pub generation: Generation,
    /// Which of the two.
    pub what: Answer,
    /// Newer ones that could not be compared with, for they are not good.
    pub passed_over: Vec<(Generation, VerifyError)>,
}

/// Whether there is a new backup.
#[derive(Debug)]
pub enum Answer {
    /// There is.
    New {
        /// What it is.
        outcome: Box<Outcome>,
        /// What is known of the last one and of what changed since, if that was
        /// asked for.
        since: Option<(Info, Change)>,
    },
    /// Another one lists the same.
    Unchanged {
        /// What is known of that.
        info: Info,
        /// What was seen of the tree.
        unchanged: Unchanged,
    },
}

/// A tree whose path has no last component is called so.
const TOP: &[u8] = b"root";

/// So many backups of a tree are not begun within as many seconds.
const MOST_NAMES: i64 = 1000;

/// The latest time that may stand in the name of a backup that was begun at a moment.
pub(super) fn latest_name(began: Timestamp) -> Timestamp {
    let latest = began.saturating_add(MOST_NAMES.seconds());
    latest.unwrap_or(Timestamp::MAX)
}

/// Adds a backup of the tree at `path` to a store, named by the tree and the time
/// when it was begun: if that second is taken, by the next one that is free.
///
/// If `if_changed`, there is none unless it would differ from the newest good one
/// ([`backup::compare`]).
///
/// # Errors
///
/// A [`CatalogueError`]; the store is as it was then.
pub fn back_up(
    path: &Path,
    store: &dyn Store,
    options: &Options,
    if_changed: bool,
    monitor: &dyn Monitor,
) -> Result<Made, CatalogueError> {
    if let Some(place) = store.place()
        && is_beneath(place, path).map_err(|error| BackupError::Tree(error.into()))?
    {
        let path = place.to_owned();
        return Err(BackupError::from(Inside { path }).into());
    }
    let real = host::canonical(path)
        .map_err(|error| BackupError::Tree(SysError::new("open", path, error).into()))?;
    let tree = real.file_name().map_or(TOP, |name| name.as_encoded_bytes());
    let mut passed_over = Vec::new();
    let mut since = None;
    if if_changed
        && let Some((generation, info, records)) = newest(store, tree, &real, &mut passed_over)?
    {
        match backup::compare(path, records.records(), &info, options, monitor)? {
            Comparison::Unchanged(unchanged) => {
                return Ok(Made {
                    generation,
                    what: Answer::Unchanged { info, unchanged },
                    passed_over,
                });
            }
            Comparison::Changed(change) => since = Some((info, change)),
        }
    }
    let mut generation = Generation {
        tree: tree.into(),
        time: to_the_second(Timestamp::now()),
    };
    let draft = store.create(&generation.name())?;
    let (mut draft, outcome) = backup::backup(path, draft, options, monitor)
        .map_err(|error| error.at(store.path(&generation.name())))?;
    generation.time = Timestamp::from_second(outcome.info.began.seconds).unwrap_or(generation.time);
    let last = latest_name(generation.time);
    while !draft.publish(&generation.name())? {
        if generation.time >= last {
            let taken = SysError::new(
                "write",
                store.path(&generation.name()),
                rustix::io::Errno::EXIST,
            );
            return Err(taken.into());
        }
        generation.time = generation
            .time
            .saturating_add(1.second())
            .unwrap_or(Timestamp::MAX);
    }
    warn_of_later(store, &generation, last, monitor)?;
    Ok(Made {
        generation,
        what: Answer::New {
            outcome: Box::new(outcome),
            since,
        },
        passed_over,
    })
}

/// Warns if there are backups of a later time than the clock can tell: the new one
/// does not count as the newest then.
fn warn_of_later(
    store: &dyn Store,
    new: &Generation,
    last: Timestamp,
    monitor: &dyn Monitor,
) -> Result<(), CatalogueError> {
    let later = of_tree(store, &new.tree)?;
    if let Some(later) = later.last().filter(|later| later.time > last) {
        let path = store.path(&later.name());
        let later = crate::error::show(&path);
        monitor.warn(Warning {
            path: ImagePath::root(),
            message: format!("{later} is of a later time than the new one: is the clock right?"),
        });
    }
    Ok(())
}

fn to_the_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

type Newest = (Generation, Info, crate::tree::RecordedTree);

/// The newest good backup of the tree of this name that stands at `path`, or at
/// another place if there is none of that one; those that are newer and not good are
/// noted. One of the future comes after all others: it was made by a wrong clock, and
/// whatever is made now would never be compared with.
fn newest(
    store: &dyn Store,
    tree: &[u8],
    path: &Path,
    passed_over: &mut Vec<(Generation, VerifyError)>,
) -> Result<Option<Newest>, CatalogueError> {
    let source = Escaped(path.as_os_str().as_encoded_bytes()).to_string();
    let mut elsewhere = None;
    let latest = latest_name(Timestamp::now());
    let is_past = |generation: &Generation| generation.time <= latest;
    let (past, future): (Vec<_>, Vec<_>) = of_tree(store, tree)?.into_iter().partition(is_past);
    for generation in past.into_iter().rev().chain(future.into_iter().rev()) {
        let opened = open(store, &generation).and_then(|reader| {
            let is_here = reader.info().source == source;
            let wanted = is_here || elsewhere.is_none();
            let records = wanted.then(|| reader.tree()).transpose()?;
            Ok((is_here, reader, records))
        });
        match opened {
            Ok((_, _, None)) => {}
            Ok((is_here, reader, Some((records, _)))) => {
                let found = (generation, reader.info().clone(), records);
                if is_here {
                    return Ok(Some(found));
                }
                elsewhere = Some(found);
            }
            Err(error) => passed_over.push((generation, error.into())),
        }
    }
    Ok(elsewhere)
}

/// The backups of a tree by their names, the oldest first.
fn of_tree(store: &dyn Store, tree: &[u8]) -> Result<Vec<Generation>, CatalogueError> {
    let mut generations: Vec<_> = store
        .list()?
        .into_iter()
        .filter(|stored| stored.state == State::Whole)
        .filter_map(|stored| Generation::parse(&stored.name))
        .filter(|generation| *generation.tree == *tree)
        .collect();
    generations.sort();
    Ok(generations)
}
