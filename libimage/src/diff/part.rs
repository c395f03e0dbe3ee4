//! [`Scopes`]: what of two directories takes part in a comparison.

use std::collections::HashSet;
use std::io::{self, Read as _};
use std::sync::Arc;

use super::error::DiffError;
use super::found::Found;
use super::pair::Pair;
use crate::entry::{Entry, Kind};
use crate::filter::{Filter, Scope, Side};
use crate::path::ImagePath;
use crate::tree::{Directory, Tree, resolve};

/// Bytes of a file of rules in a directory; real ones have a few lines.
const MOST_RULES: u64 = 1 << 20;

/// The rules of a comparison, and the trees in which there may be more.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) filter: &'a Filter,
    /// By which what the filter leaves out is sent where it is new.
    pub(super) new_files: Option<&'a Filter>,
    pub(super) source: &'a dyn Tree,
    pub(super) target: &'a dyn Tree,
}

/// The rules that hold in a directory, on the sides that have it.
#[derive(Clone)]
pub(super) struct Scopes<'a> {
    rules: Rules<'a>,
    sender: Option<Arc<Scope<'a>>>,
    receiver: Option<Arc<Scope<'a>>>,
    new_files: Option<Arc<Scope<'a>>>,
    zone: Zone,
}

/// What is done in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// All that there is to do.
    Sync,
    /// What the target lacks is made, and nothing else: the filter leaves the
    /// directory out.
    NewFiles,
}

/// What takes part of a directory.
pub(super) struct Parts {
    pub(super) sources: Vec<Entry>,
    pub(super) targets: Vec<Entry>,
    /// What is sent if the target has nothing of that name.
    pub(super) new: Vec<Entry>,
    /// What the target has by those names.
    pub(super) old: Vec<Entry>,
}

impl<'a> Scopes<'a> {
    /// Those at the top.
    pub(super) fn top(rules: Rules<'a>) -> Result<Self, DiffError> {
        fn scope<'f>(
            filter: &'f Filter,
            side: Side,
            tree: &dyn Tree,
        ) -> Result<Arc<Scope<'f>>, DiffError> {
            let scope = filter.scope(side, &mut |path| read(tree, path))?;
            Ok(Arc::new(scope))
        }
        let new_files = rules
            .new_files
            .map(|filter| scope(filter, Side::Sender, rules.source));
        Ok(Self {
            sender: Some(scope(rules.filter, Side::Sender, rules.source)?),
            receiver: Some(scope(rules.filter, Side::Receiver, rules.target)?),
            new_files: new_files.transpose()?,
            zone: Zone::Sync,
            rules,
        })
    }

    /// Those in a directory of this one.
    pub(super) fn enter<T>(
        &self,
        path: &ImagePath,
        sides: &Pair<T>,
        zone: Zone,
    ) -> Result<Self, DiffError> {
        let enter = |scope: &Option<Arc<Scope<'a>>>, filter: Option<&Filter>, tree: &dyn Tree| {
            let Some(scope) = scope else {
                return Ok(None);
            };
            if !filter.is_some_and(Filter::reads_directories) {
                return Ok(Some(scope.clone()));
            }
            let scope = scope.enter(path, &mut |path| read(tree, path))?;
            Ok::<_, DiffError>(Some(Arc::new(scope)))
        };
        let Rules {
            filter,
            new_files,
            source,
            target,
        } = self.rules;
        let mut inner = Self {
            rules: self.rules,
            sender: None,
            receiver: None,
            new_files: None,
            zone,
        };
        if !matches!(sides, Pair::Target(_)) {
            inner.sender = enter(&self.sender, Some(filter), source)?;
            inner.new_files = enter(&self.new_files, new_files, source)?;
        }
        if !matches!(sides, Pair::Source(_)) {
            inner.receiver = enter(&self.receiver, Some(filter), target)?;
        }
        Ok(inner)
    }

    /// Tells what takes part of two listings.
    pub(super) fn apply(
        &self,
        path: &ImagePath,
        directories: &Pair<Arc<dyn Directory>>,
        listings: (Vec<Entry>, Vec<Entry>),
        found: &mut Found,
    ) -> Parts {
        let (all, mut targets) = listings;
        let excludes = |scope: &Option<Arc<Scope<'_>>>, side, entry: &Entry| {
            scope.as_ref().is_some_and(|scope| {
                let path = path.join(&entry.name);
                let is_directory = entry.is_directory();
                scope.decide(side, &path, is_directory).is_excluded()
            })
        };
        let is_new = |entry: &Entry| {
            self.new_files.is_some() && !excludes(&self.new_files, Side::Sender, entry)
        };
        if self.zone == Zone::NewFiles {
            return Parts {
                sources: Vec::new(),
                targets: Vec::new(),
                new: all.into_iter().filter(is_new).collect(),
                old: targets,
            };
        }
        let (sources, rest): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|entry| !excludes(&self.sender, Side::Sender, entry));
        let new: Vec<_> = rest.into_iter().filter(is_new).collect();
        // A directory that only the target has goes itself.
        let side = match directories {
            Pair::Target(_) => Side::Removal,
            Pair::Source(_) | Pair::Both(..) => Side::Receiver,
        };
        let sent: HashSet<&[u8]> = sources.iter().map(|entry| &*entry.name).collect();
        let new_names: HashSet<&[u8]> = new.iter().map(|entry| &*entry.name).collect();
        targets.retain(|entry| {
            let stays = !sent.contains(&*entry.name) && excludes(&self.receiver, side, entry);
            if stays {
                found.protect(path.join(&entry.name), side == Side::Removal);
            }
            !stays || new_names.contains(&*entry.name)
        });
        let (old, targets) = targets
            .into_iter()
            .partition(|entry| new_names.contains(&*entry.name));
        Parts {
            sources,
            targets,
            new,
            old,
        }
    }
}

/// A file of rules in a tree, which may be a symlink within it; a directory is
/// one without rules.
pub(crate) fn read(tree: &dyn Tree, path: &ImagePath) -> io::Result<Option<Vec<u8>>> {
    let found = match resolve(tree, path.as_bytes()) {
        Ok(Some(found)) if matches!(found.entry.kind, Kind::File { .. }) => found,
        Ok(Some(found)) if found.entry.is_directory() => return Ok(Some(Vec::new())),
        Ok(_) => return Ok(None),
        Err(error) => return Err(io::Error::other(error.to_string())),
    };
    let mut rules = Vec::new();
    let file = found.parent.open(&found.entry.name);
    file.map_err(|error| io::Error::other(error.to_string()))?
        .take(MOST_RULES + 1)
        .read_to_end(&mut rules)?;
    if rules.len() as u64 > MOST_RULES {
        return Err(io::Error::other("it is too large for a file of rules"));
    }
    Ok(Some(rules))
}
