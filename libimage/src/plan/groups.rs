//! Which names are one inode, numbered by the plan itself.

use std::collections::HashMap;

use super::Step;
use crate::entry::{Entry, LinkGroup};

/// Numbers the groups of one tree in the order in which they come.
#[derive(Default)]
struct Numbers(HashMap<LinkGroup, u64>);

impl Numbers {
    fn renumber(&mut self, entry: &mut Entry) {
        if let Some(group) = entry.link {
            let next = self.0.len() as u64 + 1;
            entry.link = Some(LinkGroup(0, *self.0.entry(group).or_insert(next)));
        }
    }
}

/// Gives all groups of both trees numbers of their own.
pub(super) fn renumber(steps: &mut [Step]) {
    let (mut sources, mut targets) = (Numbers::default(), Numbers::default());
    for step in steps {
        step.source
            .iter_mut()
            .for_each(|entry| sources.renumber(entry));
        step.target
            .iter_mut()
            .for_each(|entry| targets.renumber(entry));
    }
}

/// Whether the groups have the numbers that they would be given.
pub(super) fn are_in_order(steps: &[Step]) -> bool {
    let (mut sources, mut targets) = (0, 0);
    let follows = |entry: &Option<Entry>, most: &mut u64| {
        let number = entry
            .as_ref()
            .and_then(|entry| entry.link)
            .map_or(0, |group| group.1);
        let follows = number <= *most + 1;
        *most = (*most).max(number);
        follows
    };
    steps
        .iter()
        .all(|step| follows(&step.source, &mut sources) && follows(&step.target, &mut targets))
}
