//! Walking two trees at once.

mod steps;

use std::sync::Arc;

use self::steps::Steps;
use super::Options;
use super::error::DiffError;
use super::found::Found;
use super::pair::{Pair, join};
use super::part::{Rules, Scopes, Zone};
use crate::digest::Algorithm;
use crate::entry::Entry;
use crate::monitor::{self, Monitor, Warning};
use crate::path::ImagePath;
use crate::tree::{Directory, Node, Tree, TreeError, traverse};

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
    /// The bytes of the path of the directory that it is about.
    fn path(&self) -> &[u8] {
        match self {
            Self::Directories { path, .. }
            | Self::Below { path, .. }
            | Self::Contents { path, .. } => path.as_bytes(),
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
                        found.create(path.clone(), entry, Some(*target), context.options);
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
                    let (mut source, mut target) = match todo {
                        Todo::Compare(entries) => *entries,
                        Todo::Done(done) => {
                            found.append(done);
                            continue;
                        }
                    };
                    monitor::check(context.monitor)?;
                    let path = path.join(&source.name);
                    // As one of them is recorded, if one is.
                    let recorded = source.content.or(target.content);
                    let algorithm = recorded.map_or(Algorithm::Blake3, |one| one.algorithm());
                    let digest = |directory: &dyn Directory, entry| {
                        directory.digest(entry, algorithm, context.monitor)
                    };
                    let digests = (digest(&*parents.0, &source)?, digest(&*parents.1, &target)?);
                    let same = digests.0 == digests.1;
                    if context.options.sides {
                        source.content = Some(digests.0);
                        target.content = Some(digests.1);
                    }
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
            found.mount(path.clone(), matches!(entries, Pair::Target(_)));
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
        let mut steps = Steps::new(self, path, directories, scopes);
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
