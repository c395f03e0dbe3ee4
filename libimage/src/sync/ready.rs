//! [`Ready`]: a plan as this process can carry it out.

use std::collections::{BTreeMap, HashSet};

use super::error::SyncError;
use crate::entry::{Kind, Metadata};
use crate::path::ImagePath;
use crate::plan::{Deed, Plan, Step};
use crate::size::total;
use crate::writer::{LeftOut, Privilege};

/// A plan with what of it can be done.
pub(super) struct Ready<'p> {
    pub(super) plan: &'p Plan,
    /// The metadata that each step sets; nothing for deletions.
    metadata: Vec<Option<Metadata>>,
    /// Steps that are left out: devices, for want of privilege.
    left_out: HashSet<usize>,
    pub(super) privilege: Privilege,
    /// The steps in each directory, the directories sorted by path.
    pub(super) directories: Vec<(ImagePath, Vec<usize>)>,
}

/// Adapts a plan to what this process may do; what is lost comes with it.
pub(super) fn ready(
    plan: &Plan,
    privilege: Privilege,
    strict: bool,
) -> Result<(Ready<'_>, LeftOut), SyncError> {
    let mut left_out = LeftOut::default();
    let mut missing = HashSet::new();
    let mut metadata = Vec::with_capacity(plan.steps.len());
    let mut directories: BTreeMap<ImagePath, Vec<usize>> = BTreeMap::new();
    for (index, step) in plan.steps.iter().enumerate() {
        let mut lost = LeftOut::default();
        let mut adapted = step.metadata().cloned();
        if let (Some(adapted), Some(source)) = (&mut adapted, &step.source)
            && step.deed != Deed::Keep
        {
            let takes_user = matches!(source.kind, Kind::File { .. } | Kind::Directory);
            let wanted = (adapted.uid, adapted.gid);
            privilege.adapt(takes_user, adapted, &mut lost);
            // What stays in its place keeps its owner, right or wrong.
            if let (Deed::Metadata, Some(target)) = (step.deed, &step.target)
                && wanted != (adapted.uid, adapted.gid)
            {
                let own = (target.metadata.uid, target.metadata.gid);
                (adapted.uid, adapted.gid) = own;
                lost.owners = u64::from(own != wanted);
            }
            let makes = matches!(step.deed, Deed::Create | Deed::Update);
            if makes && !privilege.can_make(&source.kind) {
                lost = LeftOut {
                    devices: 1,
                    ..LeftOut::default()
                };
                missing.insert(index);
            }
        }
        if strict && !lost.is_nothing() {
            return Err(SyncError::LeftOut {
                path: step.path.clone(),
                left_out: lost,
            });
        }
        left_out += lost;
        metadata.push(adapted);
        if let Some(parent) = step.path.parent() {
            directories.entry(parent).or_default().push(index);
        }
    }
    if !missing.is_empty() {
        leave_with(plan, &mut missing);
    }
    let ready = Ready {
        plan,
        metadata,
        left_out: missing,
        privilege,
        directories: directories.into_iter().collect(),
    };
    Ok((ready, left_out))
}

/// With what does not come its other names do not, and what is in a directory that
/// would have given way stays.
fn leave_with(plan: &Plan, missing: &mut HashSet<usize>) {
    let leaders: HashSet<_> = missing
        .iter()
        .map(|&index| &plan.steps[index].path)
        .collect();
    let follows = |step: &Step| step.leader.as_ref().is_some_and(|at| leaders.contains(at));
    let all = 0..plan.steps.len();
    missing.extend(all.filter(|&index| follows(&plan.steps[index])));
    let stays = missing.iter().map(|&index| &plan.steps[index]);
    let stays: Vec<_> = stays.filter(|step| step.gives_way()).collect();
    let beneath = stays.iter().flat_map(|step| plan.beneath(&step.path));
    let inside: HashSet<_> = beneath.map(|step| &step.path).collect();
    let all = 0..plan.steps.len();
    missing.extend(all.filter(|&index| inside.contains(&plan.steps[index].path)));
}

impl Ready<'_> {
    pub(super) fn step(&self, index: usize) -> &Step {
        &self.plan.steps[index]
    }

    /// What a step sets.
    pub(super) fn metadata(&self, index: usize) -> &Metadata {
        self.metadata[index]
            .as_ref()
            .expect("deletions set nothing and nobody asks")
    }

    /// All steps with what each name gets.
    pub(super) fn gotten(&self) -> impl Iterator<Item = (&Step, Option<&Metadata>)> {
        let metadata = self.metadata.iter().map(Option::as_ref);
        self.plan.steps.iter().zip(metadata)
    }

    /// The steps that are done, in the order of their paths.
    pub(super) fn steps(&self) -> impl DoubleEndedIterator<Item = (usize, &Step)> {
        let steps = self.plan.steps.iter().enumerate();
        steps.filter(|(index, _)| !self.is_left_out(*index))
    }

    pub(super) fn is_left_out(&self, index: usize) -> bool {
        self.left_out.contains(&index)
    }

    /// The bytes of content that are written.
    pub(super) fn bytes(&self) -> u64 {
        total(self.steps().map(|(_, step)| step.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Entry, LinkGroup};

    fn step(deed: Deed, path: &str, [source, target]: [Option<Kind>; 2]) -> Step {
        let entry = |kind: Kind| Entry {
            name: path
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .as_bytes()
                .into(),
            kind,
            metadata: Metadata::default(),
            link: None,
            content: None,
        };
        Step {
            path: ImagePath::new(path.as_bytes()).expect("a path"),
            deed,
            differences: crate::diff::Differences::NONE,
            source: source.map(entry),
            target: target.map(entry),
            wanted: None,
            leader: None,
        }
    }

    #[test]
    fn with_what_does_not_come_its_links_and_what_it_would_replace_are_left() {
        let dir = || Some(Kind::Directory);
        let device = || Some(Kind::Fifo);
        let mut link = step(Deed::Link, "linked", [device(), dir()]);
        link.leader = ImagePath::new(b"device".as_slice()).ok();
        let linked = link.source.as_mut().expect("just made");
        linked.link = Some(LinkGroup(0, 1));
        let steps = vec![
            step(Deed::Create, "device", [device(), dir()]),
            step(Deed::Delete, "device/in", [None, dir()]),
            step(Deed::Delete, "device/in/deep", [None, device()]),
            step(Deed::Delete, "gone", [None, device()]),
            link,
            step(Deed::Delete, "linked/in", [None, device()]),
        ];
        let plan = Plan {
            steps,
            ..Plan::default()
        };
        let mut missing = HashSet::from([0]);
        leave_with(&plan, &mut missing);
        assert_eq!(missing, HashSet::from([0, 1, 2, 4, 5]));
    }
}
