//! A plan as what a comparison would have found, to be shown like it.

use std::cmp::Ordering;

use super::{Deed, Plan, Step};
use crate::diff::{Action, Change, Detail, Outcome, same_type};
use crate::entry::{Kind, Respects, canonical_cmp};
use crate::path::ImagePath;

/// The order in which a comparison lists paths, each with whether a directory
/// stands there.
fn order(one: (&ImagePath, bool), two: (&ImagePath, bool)) -> Ordering {
    let mut names = one.0.components().peekable();
    let mut others = two.0.components().peekable();
    loop {
        match (names.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(name), Some(other)) if name == other => {}
            (Some(name), Some(other)) => {
                return canonical_cmp(
                    (name, one.1 || names.peek().is_some()),
                    (other, two.1 || others.peek().is_some()),
                );
            }
        }
    }
}

impl Plan {
    /// What the comparison found by which this plan was made.
    pub fn outcome(&self) -> Outcome {
        let changes = self.steps.iter().filter_map(|step| self.change(step));
        let mut outcome = Outcome::of(changes.collect(), Respects::NONE);
        outcome.changes.sort_by(|one, two| {
            let is_directory = |change: &Change| change.kind == Kind::Directory;
            order(
                (&one.path, is_directory(one)),
                (&two.path, is_directory(two)),
            )
        });
        outcome.totals.unchanged = self.equal;
        outcome.totals.protected = self.protected;
        outcome.totals.mounts = self.mounts.len() as u64;
        outcome.mounts.clone_from(&self.mounts);
        outcome.blocked.clone_from(&self.blocked);
        outcome
    }

    fn change(&self, step: &Step) -> Option<Change> {
        let action = match step.deed {
            Deed::Create => Action::Create,
            Deed::Update => Action::Update,
            Deed::Metadata => Action::Metadata,
            Deed::Link => Action::Link,
            Deed::Delete => Action::Delete,
            Deed::Keep => return None,
        };
        let main = step.source.as_ref().or(step.target.as_ref())?;
        let target = step.target.as_ref().filter(|_| step.deed != Deed::Delete);
        let alike = target.filter(|target| same_type(&main.kind, &target.kind));
        let detail = alike.map(|target| {
            Box::new(Detail {
                source: main.metadata.clone(),
                target: target.metadata.clone(),
                target_kind: target.kind.clone(),
            })
        });
        let bytes = match step.deed {
            Deed::Delete => main.file_size().unwrap_or(0),
            _ => step.bytes(),
        };
        Some(Change {
            path: step.path.clone(),
            action,
            kind: main.kind.clone(),
            differences: step.differences,
            bytes,
            leader: step.leader.clone().filter(|_| !self.is_linked(step)),
            replaces: target.is_some() && alike.is_none(),
            detail,
            sides: None,
            listed: !matches!(step.deed, Deed::Update | Deed::Metadata)
                || !step.differences.is_empty(),
        })
    }

    /// Whether the target links a name with its leader by now.
    fn is_linked(&self, step: &Step) -> bool {
        let group = |step: &Step| step.target.as_ref().and_then(|target| target.link);
        let leader = step.leader.as_ref();
        let leader = leader.and_then(|leader| self.step(leader.as_bytes()));
        leader.is_some_and(|leader| group(leader).is_some() && group(leader) == group(step))
    }
}
