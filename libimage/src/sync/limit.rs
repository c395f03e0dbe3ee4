//! `--max-delete`: so many deletions and no more, decided without I/O.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::path::ImagePath;
use crate::plan::{Deed, Plan, Step};

/// How many names a plan does not delete, if it deletes at most so many.
pub fn kept(plan: &Plan, most: Option<u64>) -> u64 {
    limited(plan, most).1
}

/// The plan with at most so many deletions, and how many are left out.
///
/// What stands in the way of another type goes whole or not at all; then that
/// other does not come. A directory stays if anything in it does.
pub(super) fn limited(plan: &Plan, most: Option<u64>) -> (Cow<'_, Plan>, u64) {
    let deletions = plan.steps.iter().filter(|step| step.deed == Deed::Delete);
    let all = deletions.count() as u64;
    let Some(most) = most.filter(|&most| most < all) else {
        return (Cow::Borrowed(plan), 0);
    };
    let mut left = most;
    let mut dropped: HashSet<ImagePath> = HashSet::new();
    let mut decided: HashSet<&ImagePath> = HashSet::new();
    let follows = |step: &Step, dropped: &HashSet<ImagePath>| {
        step.leader.as_ref().is_some_and(|at| dropped.contains(at))
    };
    let gives_way = plan.steps.iter().filter(|step| step.gives_way());
    // What follows another comes after it, for it does not come without it.
    let (others, leaders): (Vec<_>, Vec<_>) = gives_way.partition(|step| step.leader.is_some());
    for step in leaders.into_iter().chain(others) {
        let beneath: Vec<_> = plan.beneath(&step.path).collect();
        let count = beneath.len() as u64;
        decided.extend(beneath.iter().map(|step| &step.path));
        if count <= left && !follows(step, &dropped) {
            left -= count;
            continue;
        }
        dropped.insert(step.path.clone());
        dropped.extend(beneath.into_iter().map(|step| step.path.clone()));
    }
    for step in plan.steps.iter().rev() {
        if step.deed != Deed::Delete || decided.contains(&step.path) {
            continue;
        }
        // What is in a directory comes before it, so there is none left for it.
        if left > 0 {
            left -= 1;
        } else {
            dropped.insert(step.path.clone());
        }
    }
    let mut limited = plan.clone();
    limited
        .steps
        .retain(|step| !dropped.contains(&step.path) && !follows(step, &dropped));
    (Cow::Owned(limited), all - (most - left))
}
