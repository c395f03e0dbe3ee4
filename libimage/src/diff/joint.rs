//! Walking two trees at once.

use std::sync::Arc;

use super::error::DiffError;
use super::found::Found;
use super::pair::{Pair, join};
use super::part::{Rules, Scopes, Zone};
use super::{Options, compare};
use crate::entry::{Entry, Kind};
use crate::monitor::{self, Monitor, Warning};
use crate::path::ImagePath;
use crate::tree::{Directory, Node, Tree, TreeError, traverse};

/// Entries compared as one piece of work when content is read.
const BATCH_ENTRIES: usize = 128;

/// Content compared as one piece of work, in bytes of one side.
const BATCH_BYTES: u64 = 4 << 20;

pub(super) fn compare(
    source: &dyn Tree,
    target: &dyn Tree,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Found, DiffError> {
    let context = Context { options, monitor };
    let rules = Rules {
        filter: &options.filter,
        new_files: options.new_files.as_deref(),
        source,
        target,
    };
    let scopes = if options.filter.is_empty() {
        None
    } else {
        Some(Scopes::top(rules)?)
    };
    let (source_entry, source) = source.root()?;
    let (target_entry, target) = target.root()?;
    let root = Step::Directories {
        context,
        entries: Pair::Both(source_entry, target_entry),
        directories: Pair::Both(source, target),
        path: ImagePath::root(),
        scopes,
    };
    let mut found = Found::default();
    traverse(root, options.threads, |some: Found| {
        found.append(some);
        Ok::<(), DiffError>(())
    })?;
    Ok(found)
}

#[derive(Clone, Copy)]
struct Context<'a> {
    options: &'a Options,
    monitor: &'a dyn Monitor,
}

enum Step<'a> {
    /// A directory whose handles are open: the root.
    Directories {
        context: Context<'a>,
        entries: Pair<Entry>,
        directories: Pair<Arc<dyn Directory>>,
        path: ImagePath,
        scopes: Option<Scopes<'a>>,
    },
    /// A directory in directories whose handles are open.
    Below {
        context: Context<'a>,
        parents: Pair<Arc<dyn Directory>>,
        entries: Pair<Entry>,
        path: ImagePath,
        place: Place,
        /// Of the directory that holds it.
        scopes: Option<Scopes<'a>>,
        zone: Zone,
    },
    /// Files of equal size whose content is to be compared.
    Contents {
        context: Context<'a>,
        parents: (Arc<dyn Directory>, Arc<dyn Directory>),
        path: ImagePath,
        entries: Vec<Todo>,
    },
}

/// What a directory has to do with something of another type by its name.
enum Place {
    /// There is none.
    Own,
    /// It takes the place of this, which the target has.
    Takes(Box<Entry>),
    /// It must go for the source's to take its place: its content is listed,
    /// itself is not.
    Gives,
}

/// What is left to do about one entry, or was done about those behind it, so
/// that all come in canonical order.
enum Todo {
    Compare(Box<(Entry, Entry)>),
    Done(Found),
}

impl Step<'_> {
    /// The directory that it is about.
    fn path(&self) -> &ImagePath {
        match self {
            Self::Directories { path, .. }
            | Self::Below { path, .. }
            | Self::Contents { path, .. } => path,
        }
    }
}

impl Node for Step<'_> {
    type Output = Found;
    type Error = DiffError;

    fn expand(self) -> Result<(Found, Vec<Self>), DiffError> {
        let mut found = Found::default();
        let children = match self {
            Self::Directories {
                context,
                entries,
                directories,
                path,
                scopes,
            } => {
                found.directory(entries, &path, context.options);
                context.children(directories, &path, scopes, &mut found)?
            }
            Self::Below {
                context,
                parents,
                entries,
                path,
                place,
                scopes,
                zone,
            } => {
                let opened = context.open(&parents, &entries, &path, &mut found)?;
                let scopes = scopes
                    .map(|scopes| scopes.enter(&path, &entries, zone))
                    .transpose()?;
                match (place, entries) {
                    (Place::Own, entries) => found.directory(entries, &path, context.options),
                    (Place::Takes(target), Pair::Source(entry)) => {
                        found.create(path.clone(), entry, Some(*target));
                    }
                    (Place::Takes(_) | Place::Gives, _) => {}
                }
                match opened {
                    Some(directories) => {
                        context.children(directories, &path, scopes, &mut found)?
                    }
                    None => Vec::new(),
                }
            }
            Self::Contents {
                context,
                parents,
                path,
                entries,
            } => {
                for todo in entries {
                    let (source, target) = match todo {
                        Todo::Compare(entries) => *entries,
                        Todo::Done(done) => {
                            found.append(done);
                            continue;
                        }
                    };
                    monitor::check(context.monitor)?;
                    let path = path.join(&source.name);
                    let same = parents.0.digest(&source, context.monitor)?
                        == parents.1.digest(&target, context.monitor)?;
                    found.both(path, source, target, Some(same), context.options);
                }
                Vec::new()
            }
        };
        Ok((found, children))
    }
}

impl<'a> Context<'a> {
    /// Opens a directory on the sides that have it; nothing if something is
    /// mounted there on either, for then nothing can be said of what is below.
    fn open(
        self,
        parents: &Pair<Arc<dyn Directory>>,
        entries: &Pair<Entry>,
        path: &ImagePath,
        found: &mut Found,
    ) -> Result<Option<Pair<Arc<dyn Directory>>>, TreeError> {
        let opened = match (parents, entries) {
            (Pair::Source(parent) | Pair::Both(parent, _), Pair::Source(entry)) => {
                parent.directory(&entry.name)?.map(Pair::Source)
            }
            (Pair::Target(parent) | Pair::Both(_, parent), Pair::Target(entry)) => {
                parent.directory(&entry.name)?.map(Pair::Target)
            }
            (Pair::Both(source, target), Pair::Both(one, two)) => source
                .directory(&one.name)?
                .zip(target.directory(&two.name)?)
                .map(|(source, target)| Pair::Both(source, target)),
            _ => unreachable!("a child is on no side where its parent is not"),
        };
        if opened.is_none() {
            // Mounted since its directory was read.
            self.warn_of_mount(path.clone());
            found.mounts += 1;
        }
        Ok(opened)
    }

    fn warn_of_mount(self, path: ImagePath) {
        self.monitor.warn(Warning {
            path,
            message: "something is mounted here; it is not compared".to_owned(),
        });
    }

    /// Compares the entries of a directory; what needs more work comes back.
    fn children(
        self,
        directories: Pair<Arc<dyn Directory>>,
        path: &ImagePath,
        scopes: Option<Scopes<'a>>,
        found: &mut Found,
    ) -> Result<Vec<Step<'a>>, DiffError> {
        let list = |directory: &Arc<dyn Directory>| directory.entries(self.monitor);
        let (sources, targets) = match &directories {
            Pair::Source(source) => (list(source)?, Vec::new()),
            Pair::Target(target) => (Vec::new(), list(target)?),
            Pair::Both(source, target) => (list(source)?, list(target)?),
        };
        self.monitor
            .advance((sources.len() + targets.len()) as u64, 0);
        let pairs = match &scopes {
            None => in_zone(join(sources, targets), Zone::Sync),
            Some(scopes) => {
                let parts = scopes.apply(path, &directories, (sources, targets), found);
                let mut pairs = in_zone(join(parts.sources, parts.targets), Zone::Sync);
                if !parts.new.is_empty() {
                    pairs.extend(in_zone(join(parts.new, parts.old), Zone::NewFiles));
                    pairs.sort_by(|(one, _), (two, _)| one.first().canonical_cmp(two.first()));
                }
                pairs
            }
        };
        let mut steps = Steps {
            context: self,
            path,
            directories,
            scopes,
            batch: Vec::new(),
            bytes: 0,
            ready: Vec::new(),
            below: Vec::new(),
        };
        for (pair, zone) in pairs {
            steps.add(pair, zone, found);
        }
        Ok(steps.finish())
    }
}

/// The same pairs with what is done about them.
fn in_zone(pairs: Vec<Pair<Entry>>, zone: Zone) -> Vec<(Pair<Entry>, Zone)> {
    pairs.into_iter().map(|pair| (pair, zone)).collect()
}

/// Sorts the entries of one directory into what is decided at once and what
/// needs a step of its own.
struct Steps<'a, 'p> {
    context: Context<'a>,
    path: &'p ImagePath,
    directories: Pair<Arc<dyn Directory>>,
    scopes: Option<Scopes<'a>>,
    batch: Vec<Todo>,
    bytes: u64,
    ready: Vec<Step<'a>>,
    below: Vec<Step<'a>>,
}

impl<'a> Steps<'a, '_> {
    fn add(&mut self, pair: Pair<Entry>, zone: Zone, found: &mut Found) {
        let path = self.path.join(&pair.first().name);
        let options = self.context.options;
        if pair.any(|entry| entry.kind == Kind::Mount) {
            self.context.warn_of_mount(path);
            found.mounts += 1;
            return;
        }
        if zone == Zone::NewFiles {
            self.add_new(pair, path, found);
            return;
        }
        match pair {
            Pair::Source(entry) if entry.is_directory() => {
                self.descend(Pair::Source(entry), path, Place::Own, zone);
            }
            Pair::Source(entry) => self.sink(found).create(path, entry, None),
            Pair::Target(_) if self.keeps_what_is_extra() => {}
            Pair::Target(entry) if entry.is_directory() => {
                self.descend(Pair::Target(entry), path, Place::Own, zone);
            }
            Pair::Target(entry) => self.sink(found).delete(path, &entry),
            Pair::Both(source, target) if compare::same_type(&source.kind, &target.kind) => {
                if source.is_directory() {
                    self.descend(Pair::Both(source, target), path, Place::Own, zone);
                } else if options.checksum
                    && source.file_size().is_some()
                    && source.file_size() == target.file_size()
                {
                    self.read(source, target);
                } else {
                    self.sink(found).both(path, source, target, None, options);
                }
            }
            Pair::Both(source, target) => {
                if target.is_directory() {
                    self.descend(
                        Pair::Target(target.clone()),
                        path.clone(),
                        Place::Gives,
                        zone,
                    );
                    self.sink(found).create(path, source, Some(target));
                } else if source.is_directory() {
                    self.descend(
                        Pair::Source(source),
                        path,
                        Place::Takes(Box::new(target)),
                        zone,
                    );
                } else {
                    self.sink(found).create(path, source, Some(target));
                }
            }
        }
    }

    /// What is sent only if the target has nothing of that name.
    fn add_new(&mut self, pair: Pair<Entry>, path: ImagePath, found: &mut Found) {
        match pair {
            Pair::Source(entry) if entry.is_directory() => {
                self.descend(Pair::Source(entry), path, Place::Own, Zone::NewFiles);
            }
            Pair::Source(entry) => self.sink(found).create(path, entry, None),
            // What is in it may be new.
            Pair::Both(source, target) if source.is_directory() && target.is_directory() => {
                self.descend(Pair::Both(source, target), path, Place::Own, Zone::NewFiles);
            }
            Pair::Both(..) | Pair::Target(_) => {}
        }
    }

    /// Whether what only the target has stays. Not in a directory that must
    /// itself go.
    fn keeps_what_is_extra(&self) -> bool {
        !self.context.options.delete && matches!(self.directories, Pair::Both(..))
    }

    /// Where the next finding goes: behind the files whose content is still
    /// to be compared, if there are any.
    fn sink<'f>(&'f mut self, found: &'f mut Found) -> &'f mut Found {
        if self.batch.is_empty() {
            return found;
        }
        if !matches!(self.batch.last(), Some(Todo::Done(_))) {
            self.batch.push(Todo::Done(Found::default()));
        }
        match self.batch.last_mut() {
            Some(Todo::Done(done)) => done,
            _ => unreachable!("it was pushed"),
        }
    }

    fn descend(&mut self, entries: Pair<Entry>, path: ImagePath, place: Place, zone: Zone) {
        self.below.push(Step::Below {
            context: self.context,
            parents: self.directories.clone(),
            entries,
            path,
            place,
            scopes: self.scopes.clone(),
            zone,
        });
    }

    fn read(&mut self, source: Entry, target: Entry) {
        let size = source.file_size().unwrap_or(0);
        if self.batch.len() >= BATCH_ENTRIES || self.bytes + size > BATCH_BYTES {
            self.flush();
        }
        self.bytes += size;
        self.batch.push(Todo::Compare(Box::new((source, target))));
    }

    fn flush(&mut self) {
        self.bytes = 0;
        if let Pair::Both(source, target) = &self.directories
            && !self.batch.is_empty()
        {
            self.ready.push(Step::Contents {
                context: self.context,
                parents: (source.clone(), target.clone()),
                path: self.path.clone(),
                entries: std::mem::take(&mut self.batch),
            });
        }
    }

    fn finish(mut self) -> Vec<Step<'a>> {
        self.flush();
        // One that gives way to what is no directory stood among the files.
        self.below.sort_by(|one, two| one.path().cmp(two.path()));
        self.ready.append(&mut self.below);
        self.ready
    }
}
