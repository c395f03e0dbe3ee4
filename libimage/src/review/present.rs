//! [`Present`]: what the target has where something changes.

use std::collections::HashMap;

use super::finder::Finder;
use crate::diff::{Action, Change};
use crate::entry::Kind;
use crate::tree::{Tree, TreeError};

/// What the target has at the path of each change.
pub(super) struct Present<'a> {
    changes: &'a [Change],
    /// What is of another type than the source's, by the number of the change,
    /// which does not tell.
    replaced: HashMap<usize, Kind>,
}

impl<'a> Present<'a> {
    pub(super) fn find(target: &dyn Tree, changes: &'a [Change]) -> Result<Self, TreeError> {
        let mut finder = Finder::new(target);
        let mut replaced = HashMap::new();
        for (number, change) in changes.iter().enumerate() {
            if change.replaces
                && let Some(kind) = finder.kind(&change.path)?
            {
                replaced.insert(number, kind);
            }
        }
        Ok(Self { changes, replaced })
    }

    /// What the target has there; nothing where it has nothing.
    pub(super) fn kind(&self, change: usize) -> Option<&Kind> {
        let number = change;
        let change = &self.changes[number];
        match (&change.detail, change.action) {
            _ if change.replaces => self.replaced.get(&number),
            (Some(detail), _) => Some(&detail.target_kind),
            (None, Action::Delete) => Some(&change.kind),
            (None, _) => None,
        }
    }
}
