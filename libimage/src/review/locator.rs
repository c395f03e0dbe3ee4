//! [`Locator`]: which change a path in a package database means.

use std::collections::{HashMap, HashSet};

use crate::diff::Change;
use crate::inspect::Diversions;
use crate::tree::{Tree, TreeError, resolve};

/// As many directories are remembered; usual databases name some 50,000.
const MOST_PARENTS: usize = 200_000;

/// Finds changes by the paths that packages have. Those may lead through
/// symlinks (`bin/su` where `bin` is one to `usr/bin`) or be diverted.
///
/// What is kept is an index of the changes, not of the packages' files.
pub(super) struct Locator<'a> {
    tree: &'a dyn Tree,
    diversions: Diversions,
    changes: &'a [Change],
    /// Changes on this side, by their paths.
    sorted: Vec<u32>,
    /// Their last components: what has another one is no change's path.
    names: HashSet<&'a [u8]>,
    /// Directories as packages name them, and where they lead; nothing for
    /// those that lead to themselves or nowhere.
    parents: HashMap<Box<[u8]>, Option<Box<[u8]>>>,
}

fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&[], path),
    }
}

impl<'a> Locator<'a> {
    /// Over the changes for which `is_here` holds.
    pub(super) fn new(
        tree: &'a dyn Tree,
        diversions: Diversions,
        changes: &'a [Change],
        is_here: impl Fn(&Change) -> bool,
    ) -> Self {
        let here = |index: &u32| is_here(&changes[*index as usize]);
        let count = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        let mut sorted: Vec<u32> = (0..count).filter(here).collect();
        let path = |index: u32| changes[index as usize].path.as_bytes();
        sorted.sort_unstable_by_key(|&index| path(index));
        Self {
            names: sorted.iter().map(|&index| split(path(index)).1).collect(),
            tree,
            diversions,
            changes,
            sorted,
            parents: HashMap::new(),
        }
    }

    /// Whether there is nothing to find.
    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The number of the change that a path of a package is about.
    pub(super) fn find(&mut self, path: &[u8], package: &str) -> Result<Option<usize>, TreeError> {
        let path = self.diversions.apply(path, package);
        let (parent, name) = split(path);
        if !self.names.contains(name) {
            return Ok(None);
        }
        if let found @ Some(_) = self.search(path) {
            return Ok(found);
        }
        if !self.parents.contains_key(parent) {
            let led = self.lead(parent)?;
            if self.parents.len() == MOST_PARENTS {
                self.parents.clear();
            }
            self.parents.insert(parent.into(), led);
        }
        let led = self.parents[parent].as_ref();
        Ok(led.and_then(|led| self.search(&join(led, name))))
    }

    /// Where a directory leads, if that is elsewhere.
    fn lead(&self, directory: &[u8]) -> Result<Option<Box<[u8]>>, TreeError> {
        match resolve(self.tree, directory) {
            Ok(Some(found)) if found.path.as_bytes() != directory => {
                Ok(Some(found.path.as_bytes().into()))
            }
            Ok(_) | Err(TreeError::Unresolved { .. } | TreeError::NotListed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn search(&self, path: &[u8]) -> Option<usize> {
        let place = self
            .sorted
            .binary_search_by_key(&path, |&index| self.changes[index as usize].path.as_bytes());
        place.ok().map(|place| self.sorted[place] as usize)
    }
}

fn join(parent: &[u8], name: &[u8]) -> Vec<u8> {
    match parent {
        [] => name.to_vec(),
        _ => [parent, b"/", name].concat(),
    }
}
