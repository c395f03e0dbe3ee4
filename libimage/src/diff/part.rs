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
    pub(super) source: &'a dyn Tree,
    pub(super) target: &'a dyn Tree,
}

/// The rules that hold in a directory, on the sides that have it.
#[derive(Clone)]
pub(super) struct Scopes<'a> {
    rules: Rules<'a>,
    sender: Option<Arc<Scope<'a>>>,
    receiver: Option<Arc<Scope<'a>>>,
}

impl<'a> Scopes<'a> {
    /// Those at the top.
    pub(super) fn top(rules: Rules<'a>) -> Result<Self, DiffError> {
        let scope = |tree| rules.filter.scope(&mut |path: &ImagePath| read(tree, path));
        Ok(Self {
            rules,
            sender: Some(Arc::new(scope(rules.source)?)),
            receiver: Some(Arc::new(scope(rules.target)?)),
        })
    }

    /// Those in a directory of this one.
    pub(super) fn enter<T>(&self, path: &ImagePath, sides: &Pair<T>) -> Result<Self, DiffError> {
        if !self.rules.filter.reads_directories() {
            return Ok(self.clone());
        }
        let enter = |scope: &Option<Arc<Scope<'a>>>, tree: &dyn Tree| {
            let scope = scope.as_ref().expect("a child is where its parent is");
            let scope = scope.enter(path, &mut |path: &ImagePath| read(tree, path))?;
            Ok::<_, DiffError>(Some(Arc::new(scope)))
        };
        let (mut sender, mut receiver) = (None, None);
        if !matches!(sides, Pair::Target(_)) {
            sender = enter(&self.sender, self.rules.source)?;
        }
        if !matches!(sides, Pair::Source(_)) {
            receiver = enter(&self.receiver, self.rules.target)?;
        }
        Ok(Self {
            rules: self.rules,
            sender,
            receiver,
        })
    }

    /// Leaves of two listings what takes part: what is sent of the source, and
    /// of the target what is sent or may be deleted.
    pub(super) fn apply(
        &self,
        path: &ImagePath,
        directories: &Pair<Arc<dyn Directory>>,
        listings: (Vec<Entry>, Vec<Entry>),
        found: &mut Found,
    ) -> (Vec<Entry>, Vec<Entry>) {
        let (mut sources, mut targets) = listings;
        let excludes = |scope: &Option<Arc<Scope<'_>>>, side, entry: &Entry| {
            scope.as_ref().is_some_and(|scope| {
                let path = path.join(&entry.name);
                scope
                    .decide(side, &path, entry.is_directory())
                    .is_excluded()
            })
        };
        sources.retain(|entry| !excludes(&self.sender, Side::Sender, entry));
        // A directory that only the target has goes itself.
        let side = match directories {
            Pair::Target(_) => Side::Removal,
            Pair::Source(_) | Pair::Both(..) => Side::Receiver,
        };
        let sent: HashSet<&[u8]> = sources.iter().map(|entry| &*entry.name).collect();
        targets.retain(|entry| {
            let stays = !sent.contains(&*entry.name) && excludes(&self.receiver, side, entry);
            if stays {
                found.protect(path.join(&entry.name), side == Side::Removal);
            }
            !stays
        });
        (sources, targets)
    }
}

/// A file of rules in a tree, which may be a symlink within it.
fn read(tree: &dyn Tree, path: &ImagePath) -> io::Result<Option<Vec<u8>>> {
    let found = match resolve(tree, path.as_bytes()) {
        Ok(Some(found)) if matches!(found.entry.kind, Kind::File { .. }) => found,
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
