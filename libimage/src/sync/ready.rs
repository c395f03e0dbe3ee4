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
    let leaders: HashSet<_> = missing
        .iter()
        .map(|&index| &plan.steps[index].path)
        .collect();
    let follows = |step: &Step| step.leader.as_ref().is_some_and(|at| leaders.contains(at));
    let followers: Vec<_> = (0..plan.steps.len())
        .filter(|&index| follows(&plan.steps[index]))
        .collect();
    missing.extend(followers);
    let ready = Ready {
        plan,
        metadata,
        left_out: missing,
        privilege,
        directories: directories.into_iter().collect(),
    };
    Ok((ready, left_out))
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
