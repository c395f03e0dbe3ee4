//! [`walk`]: every entry of a tree in canonical order, read on several threads.

use std::sync::Arc;

use super::ordered::{Node, traverse};
use super::{Directory, Tree, TreeError};
use crate::entry::{Entry, Kind};
use crate::monitor::{self, Monitor, Warning};
use crate::path::ImagePath;
use crate::size::total;

/// One entry of a walk.
#[derive(Debug)]
pub struct Walked<T> {
    /// Where it is; the root comes first.
    pub path: ImagePath,
    /// What is recorded about it.
    pub entry: Entry,
    /// What the visit of it answered.
    pub seen: T,
}

/// Entries visited as one piece of work.
const BATCH_ENTRIES: usize = 256;

/// Content visited as one piece of work, in bytes; files larger than this are
/// a piece each, so that one directory of large files keeps all threads busy.
const BATCH_BYTES: u64 = 4 << 20;

/// Walks `tree` on `threads` threads.
///
/// `visit` is called once an entry, on any thread, with the directory that
/// holds it (for the root: the root itself), and may read its content there; a
/// directory is visited before it is read.
/// `consume` then gets every entry on the calling thread: depth first, a
/// directory before its entries, in canonical order, with what `visit`
/// answered. Where something is mounted, that is said in a warning and comes as
/// an entry of kind [`Kind::Mount`].
///
/// Memory is bounded by the largest directory, not by the tree.
///
/// # Errors
///
/// The first [`TreeError`], or whatever error `consume` answers with.
pub fn walk<T, E>(
    tree: &dyn Tree,
    threads: usize,
    visit: impl Fn(&dyn Directory, &Entry) -> Result<T, TreeError> + Sync,
    consume: impl FnMut(Walked<T>) -> Result<(), E>,
    monitor: &dyn Monitor,
) -> Result<(), E>
where
    T: Send,
    E: From<TreeError>,
{
    traverse_with(tree, threads, &visit, None, All, consume, monitor)
}

/// Which entries of a directory take part in a walk.
pub(crate) trait Select: Send + Sized {
    /// Why it cannot tell.
    type Error: From<TreeError> + Send;

    /// Whether an entry of `directory`, which this is the one of, takes part,
    /// with all beneath it.
    fn takes(&self, directory: &ImagePath, entry: &Entry) -> bool;

    /// Which entries take part of a directory in this one.
    ///
    /// # Errors
    ///
    /// Any error ends the walk.
    fn enter(&self, path: &ImagePath) -> Result<Self, Self::Error>;
}

/// All take part.
#[derive(Clone, Copy)]
struct All;

impl Select for All {
    type Error = TreeError;

    fn takes(&self, _: &ImagePath, _: &Entry) -> bool {
        true
    }

    fn enter(&self, _: &ImagePath) -> Result<Self, TreeError> {
        Ok(Self)
    }
}

/// As [`walk`], but only what `select` takes, which is that of the root, is
/// visited, entered and heard of.
pub(crate) fn walk_selected<T, E, S>(
    tree: &dyn Tree,
    threads: usize,
    select: S,
    visit: impl Fn(&dyn Directory, &Entry) -> Result<T, TreeError> + Sync,
    consume: impl FnMut(Walked<T>) -> Result<(), E>,
    monitor: &dyn Monitor,
) -> Result<(), E>
where
    T: Send,
    S: Select,
    E: From<S::Error> + From<TreeError>,
{
    traverse_with(tree, threads, &visit, None, select, consume, monitor)
}

/// As [`walk`], but of a directory that `is_closed` picks by its path, or that
/// the tree itself does not know from inside, it is not looked at what is in it;
/// and nothing is said of mounts, which come as
/// entries. Something that is mounted while the tree is read is an error, since
/// its directory would seem to be empty.
pub(crate) fn walk_within<T, E>(
    tree: &dyn Tree,
    threads: usize,
    is_closed: &(dyn Fn(&ImagePath) -> bool + Sync),
    visit: impl Fn(&dyn Directory, &Entry) -> Result<T, TreeError> + Sync,
    consume: impl FnMut(Walked<T>) -> Result<(), E>,
    monitor: &dyn Monitor,
) -> Result<(), E>
where
    T: Send,
    E: From<TreeError>,
{
    traverse_with(
        tree,
        threads,
        &visit,
        Some(is_closed),
        All,
        consume,
        monitor,
    )
}

fn traverse_with<T, E, V, S>(
    tree: &dyn Tree,
    threads: usize,
    visit: &V,
    is_closed: Option<IsClosed<'_>>,
    select: S,
    mut consume: impl FnMut(Walked<T>) -> Result<(), E>,
    monitor: &dyn Monitor,
) -> Result<(), E>
where
    T: Send,
    V: Fn(&dyn Directory, &Entry) -> Result<T, TreeError> + Sync,
    S: Select,
    E: From<S::Error> + From<TreeError>,
{
    let (entry, directory) = tree.root()?;
    let context = Context {
        visit,
        is_closed,
        monitor,
    };
    let root = Step::Root {
        context: &context,
        entry,
        directory,
        select,
    };
    traverse(root, threads, |batch: Vec<Walked<T>>| {
        batch.into_iter().try_for_each(&mut consume)
    })
}

/// Of which directories it is not looked at what is in them.
type IsClosed<'a> = &'a (dyn Fn(&ImagePath) -> bool + Sync);

struct Context<'a, V> {
    visit: &'a V,
    /// For a listing.
    is_closed: Option<IsClosed<'a>>,
    monitor: &'a dyn Monitor,
}

enum Step<'a, V, S> {
    Root {
        context: &'a Context<'a, V>,
        entry: Entry,
        directory: Arc<dyn Directory>,
        select: S,
    },
    Directory {
        context: &'a Context<'a, V>,
        parent: Arc<dyn Directory>,
        entry: Entry,
        /// What takes part of it.
        select: S,
    },
    Batch {
        context: &'a Context<'a, V>,
        parent: Arc<dyn Directory>,
        entries: Vec<Entry>,
    },
}

impl<T, V, S> Node for Step<'_, V, S>
where
    T: Send,
    V: Fn(&dyn Directory, &Entry) -> Result<T, TreeError> + Sync,
    S: Select,
{
    type Output = Vec<Walked<T>>;
    type Error = S::Error;

    fn expand(self) -> Result<(Self::Output, Vec<Self>), S::Error> {
        match self {
            Self::Root {
                context,
                entry,
                directory,
                select,
            } => {
                let seen = (context.visit)(&*directory, &entry)?;
                let root = Walked {
                    path: ImagePath::root(),
                    entry,
                    seen,
                };
                Ok((vec![root], children(context, &directory, &select)?))
            }
            Self::Directory {
                context,
                parent,
                entry,
                select,
            } => {
                let path = parent.path().join(&entry.name);
                let seen = (context.visit)(&*parent, &entry)?;
                let is_closed = context
                    .is_closed
                    .is_some_and(|is_closed| is_closed(&path) || parent.is_closed(&entry.name));
                let below = if is_closed {
                    Vec::new()
                } else if let Some(directory) = parent.directory(&entry.name)? {
                    children(context, &directory, &select)?
                } else if context.is_closed.is_some() {
                    return Err(S::Error::from(TreeError::Changed {
                        path: path.to_string(),
                    }));
                } else {
                    // Mounted since its directory was read.
                    warn_of_mount(context.monitor, path.clone());
                    Vec::new()
                };
                context.monitor.advance(1, 0);
                Ok((vec![Walked { path, entry, seen }], below))
            }
            Self::Batch {
                context,
                parent,
                entries,
            } => {
                let mut walked = Vec::with_capacity(entries.len());
                for entry in entries {
                    monitor::check(context.monitor).map_err(TreeError::from)?;
                    let seen = (context.visit)(&*parent, &entry)?;
                    let path = parent.path().join(&entry.name);
                    walked.push(Walked { path, entry, seen });
                }
                context.monitor.advance(walked.len() as u64, 0);
                Ok((walked, Vec::new()))
            }
        }
    }
}

fn warn_of_mount(monitor: &dyn Monitor, path: ImagePath) {
    monitor.warn(Warning {
        path,
        message: "something is mounted here; it is not entered".to_owned(),
    });
}

/// The steps beneath a directory: batches of what is no directory, then the
/// directories, which is canonical order.
fn children<'a, V, S: Select>(
    context: &'a Context<'a, V>,
    directory: &Arc<dyn Directory>,
    select: &S,
) -> Result<Vec<Step<'a, V, S>>, S::Error> {
    let mut steps = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = 0_u64;
    let flush = |batch: &mut Vec<Entry>, steps: &mut Vec<Step<'a, V, S>>| {
        if !batch.is_empty() {
            steps.push(Step::Batch {
                context,
                parent: directory.clone(),
                entries: std::mem::take(batch),
            });
        }
    };
    for entry in directory.entries(context.monitor)? {
        if !select.takes(directory.path(), &entry) {
            continue;
        }
        if entry.is_directory() {
            flush(&mut batch, &mut steps);
            steps.push(Step::Directory {
                context,
                parent: directory.clone(),
                select: select.enter(&directory.path().join(&entry.name))?,
                entry,
            });
            continue;
        }
        if entry.kind == Kind::Mount && context.is_closed.is_none() {
            warn_of_mount(context.monitor, directory.path().join(&entry.name));
        }
        let size = entry.file_size().unwrap_or(0);
        if batch.len() >= BATCH_ENTRIES || total([bytes, size]) > BATCH_BYTES {
            flush(&mut batch, &mut steps);
            bytes = 0;
        }
        bytes = total([bytes, size]);
        batch.push(entry);
    }
    flush(&mut batch, &mut steps);
    Ok(steps)
}
