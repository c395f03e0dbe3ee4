//! Inodes of the target with several names, decided without I/O.
//!
//! To set the metadata of a name is to set it for all names of its inode. Where
//! these are not to become alike, or some of them are not known here, the name
//! gets a copy of its own instead, so that a sync leaves what it was asked for
//! and changes nothing beside it.

use std::collections::HashMap;

use super::{Deed, Step};
use crate::entry::{Entry, Metadata};

/// The inodes of the target that several names of the plan have.
pub(crate) struct Inodes<'r> {
    known: HashMap<u64, Inode<'r>>,
}

struct Inode<'r> {
    /// Names in the plan.
    names: u32,
    /// What its names become that stay names of it.
    become_one: Option<&'r Metadata>,
    are_alike: bool,
}

fn group(step: &Step) -> Option<u64> {
    let link = step.target.as_ref().and_then(|entry: &Entry| entry.link);
    link.map(|group| group.1)
}

impl<'r> Inodes<'r> {
    /// Those of the steps of a plan, each with what its name gets.
    pub(crate) fn of(steps: impl Iterator<Item = (&'r Step, Option<&'r Metadata>)>) -> Self {
        let mut known: HashMap<u64, Inode<'r>> = HashMap::new();
        for (step, metadata) in steps {
            let Some(group) = group(step) else { continue };
            let inode = known.entry(group).or_insert(Inode {
                names: 0,
                become_one: None,
                are_alike: true,
            });
            inode.names += 1;
            let stays = matches!(step.deed, Deed::Metadata | Deed::Keep) && step.leader.is_none();
            let Some(metadata) = metadata.filter(|_| stays) else {
                continue;
            };
            inode.are_alike &= *inode.become_one.get_or_insert(metadata) == metadata;
        }
        Self { known }
    }

    /// Whether a name whose metadata is to be set must become an inode of its
    /// own, where its inode has so many names.
    pub(crate) fn parts(&self, step: &Step, names: u32) -> bool {
        let inode = group(step).and_then(|group| self.known.get(&group));
        inode.map_or(names > 1, |inode| names > inode.names || !inode.are_alike)
    }

    /// How many names an inode has in the plan.
    pub(crate) fn names(&self, step: &Step) -> Option<u32> {
        let inode = group(step).and_then(|group| self.known.get(&group));
        inode.map(|inode| inode.names)
    }
}
