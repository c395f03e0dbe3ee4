//! [`list`]: the backups in a store, tree by tree, and what changed between them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rustix::io::Errno;

use super::store::{State, Store, Stored};
use super::{CatalogueError, Generation};
use crate::backup::VerifyError;
use crate::diff::{self, ModifyWindow, Totals, diff};
use crate::digest::Digest;
use crate::escape::Escaped;
use crate::monitor::{self, Monitor, Phase, Silent};
use crate::seekable::{FormatError, Info, Reader};
use crate::tree::RecordedTree;

/// What is listed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListOptions {
    /// The names of the trees; all of them if there are none.
    pub trees: Vec<Box<[u8]>>,
    /// Whether what changed from one backup to the next is found out.
    pub changes: bool,
    /// Threads to compare with.
    pub threads: usize,
}

impl Default for ListOptions {
    fn default() -> Self {
        Self {
            trees: Vec::new(),
            changes: true,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// The backups in a store.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Catalogue {
    /// Those of each tree, by the names of the trees.
    pub trees: Vec<Generations>,
    /// How many other names there are.
    pub others: u64,
    /// Backups that were begun and are not whole.
    pub unfinished: Vec<Stored>,
}

/// The backups of one tree.
#[derive(Debug)]
#[non_exhaustive]
pub struct Generations {
    /// What the tree is called.
    pub tree: Box<[u8]>,
    /// The oldest first.
    pub backups: Vec<Kept>,
}

/// A file that is called like a backup.
#[derive(Debug)]
#[non_exhaustive]
pub struct Kept {
    /// Of what and of when, by its name.
    pub generation: Generation,
    /// How long the file is.
    pub bytes: u64,
    /// What it is; or what is wrong with it.
    pub state: Result<Good, VerifyError>,
}

/// A backup whose footer, index, info and manifest are read and proven; what its
/// frames hold is not, unless that was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Good {
    /// What is known of it.
    pub info: Info,
    /// Its own digest.
    pub seal: Digest,
    /// What changed since the one before of the same directory.
    pub since: Option<Since>,
}

/// What changed from one backup of a tree to the next.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Since {
    /// The one before.
    pub before: Generation,
    /// What a sync of the newer over the older one would do; nothing if they list
    /// the same.
    pub changes: Option<Totals>,
}

/// Lists the backups in a store. Of each one no more is read than its footer,
/// its index, its info and its manifest.
///
/// # Errors
///
/// A [`CatalogueError`] if the store cannot be listed. A backup that cannot be
/// read is listed as such.
pub fn list(
    store: &dyn Store,
    options: &ListOptions,
    monitor: &dyn Monitor,
) -> Result<Catalogue, CatalogueError> {
    monitor.begin(Phase::Read, None);
    let mut catalogue = Catalogue::default();
    let mut trees: BTreeMap<Box<[u8]>, Vec<(Generation, u64)>> = BTreeMap::new();
    let wanted = |tree: &[u8]| {
        let trees = &options.trees;
        trees.is_empty() || trees.iter().any(|wanted| **wanted == *tree)
    };
    for stored in store.list()? {
        match Generation::parse(&stored.name) {
            None => catalogue.others += 1,
            Some(generation) if !wanted(&generation.tree) => {}
            Some(_) if stored.state != State::Whole => catalogue.unfinished.push(stored),
            Some(generation) => {
                let some = trees.entry(generation.tree.clone()).or_default();
                some.push((generation, stored.bytes));
            }
        }
    }
    catalogue
        .unfinished
        .sort_by(|one, two| one.name.cmp(&two.name));
    for (tree, mut found) in trees {
        found.sort();
        let mut before = HashMap::new();
        let mut backups = Vec::new();
        for (generation, bytes) in found {
            monitor::check(monitor)?;
            let state = if options.changes {
                compared(store, &generation, &mut before, options.threads)?
            } else {
                read(store, &generation)
                    .map(|(reader, _)| good(&reader))
                    .map_err(VerifyError::from)
            };
            monitor.advance(1, 0);
            backups.push(Kept {
                generation,
                bytes,
                state,
            });
        }
        catalogue.trees.push(Generations { tree, backups });
    }
    Ok(catalogue)
}

/// Opens a backup and proves what describes it.
pub(super) fn read(
    store: &dyn Store,
    generation: &Generation,
) -> Result<(Arc<Reader>, RecordedTree), FormatError> {
    let reader = open(store, generation)?;
    let (tree, _) = reader.tree()?;
    Ok((reader, tree))
}

pub(super) fn open(store: &dyn Store, generation: &Generation) -> Result<Arc<Reader>, FormatError> {
    let name = generation.name();
    let label = Escaped(store.path(&name).as_os_str().as_encoded_bytes()).to_string();
    match store.open(&name) {
        Ok(file) => Ok(Arc::new(Reader::of(file, label)?)),
        // A directory, a symlink, a pipe.
        Err(error) if error.is(Errno::INVAL) || error.is(Errno::LOOP) => {
            Err(FormatError::NotABackup { label })
        }
        Err(error) => Err(error.into()),
    }
}

fn good(reader: &Reader) -> Good {
    Good {
        info: reader.info().clone(),
        seal: reader.digest(),
        since: None,
    }
}

/// The last backup of each directory, by its path.
type Before = HashMap<String, (Generation, Digest, RecordedTree)>;

/// Reads a backup and compares it with the one before.
fn compared(
    store: &dyn Store,
    generation: &Generation,
    before: &mut Before,
    threads: usize,
) -> Result<Result<Good, VerifyError>, CatalogueError> {
    let reader = match open(store, generation) {
        Ok(reader) => reader,
        Err(error) => return Ok(Err(error.into())),
    };
    let mut good = good(&reader);
    let (source, digest) = (good.info.source.clone(), good.info.tree);
    let last = before.get(&source);
    if let Some((older, known, _)) = last
        && *known == digest
    {
        // Its manifest is the other's, if it is whole: the digest says so.
        if let Err(error) = reader.manifest() {
            return Ok(Err(error.into()));
        }
        good.since = Some(Since {
            before: older.clone(),
            changes: None,
        });
        if let Some(last) = before.get_mut(&source) {
            last.0 = generation.clone();
        }
        return Ok(Ok(good));
    }
    let tree = match reader.tree() {
        Ok((tree, _)) => tree,
        Err(error) => return Ok(Err(error.into())),
    };
    if let Some((older, _, last)) = last {
        let options = diff::Options {
            checksum: true,
            window: ModifyWindow::Exact,
            threads,
            ..diff::Options::default()
        };
        let found = diff(&tree, last, &options, &Silent)?;
        good.since = Some(Since {
            before: older.clone(),
            changes: Some(found.totals),
        });
    }
    before.insert(source, (generation.clone(), digest, tree));
    Ok(Ok(good))
}
