//! Settling the names of inodes that have several.

use std::collections::HashMap;

use super::change::Change;
use super::found::{Found, Item, Member};
use super::sides::{Equal, Sides};
use super::{Options, judge};
use crate::entry::{Kind, LinkGroup};
use crate::path::ImagePath;

/// The name that the others of its group are linked to.
struct Leader {
    /// Its place among the items.
    index: usize,
    path: ImagePath,
    /// The group that the target's entry there is in.
    target: Option<LinkGroup>,
    /// How many names of the group the walk has met.
    members: usize,
    is_settled: bool,
}

/// What is to be done, names of inodes with several included.
pub(super) struct Settled {
    pub(super) changes: Vec<Change>,
    pub(super) unchanged: u64,
    pub(super) equal: Vec<Equal>,
}

/// Turns what the walk found into changes, in the same order, and counts the
/// entries that are equal.
pub(super) fn settle(found: Found, options: &Options) -> Settled {
    let leaders = leaders(&found.items);
    let mut settled = Settled {
        changes: Vec::with_capacity(found.items.len()),
        unchanged: found.unchanged,
        equal: found.equal,
    };
    for (index, item) in found.items.into_iter().enumerate() {
        let member = match item {
            Item::Change(change) => {
                settled.changes.push(change);
                continue;
            }
            Item::Linked(member) => member,
        };
        let group = member.source.link.expect("only such entries are members");
        let leader = &leaders[&group];
        let sides = options.sides.then(|| Sides {
            leader: (leader.index != index).then(|| leader.path.clone()),
            ..*Sides::of(Some(&member.source), member.target.as_ref())
        });
        let path = options.sides.then(|| member.path.clone());
        if let Some(change) = settle_one(*member, index, leader, options) {
            let sides = sides.map(Box::new);
            settled.changes.push(Change { sides, ..change });
            continue;
        }
        settled.unchanged += 1;
        let equal = path.zip(sides).map(|(path, sides)| Equal { path, sides });
        settled.equal.extend(equal);
    }
    settled
}

fn settle_one(member: Member, index: usize, leader: &Leader, options: &Options) -> Option<Change> {
    let Member {
        path,
        source,
        target,
        same_content,
    } = member;
    if leader.members == 1 || leader.index == index {
        return match target {
            Some(target) if super::compare::same_type(&source.kind, &target.kind) => {
                judge::existing(&path, &source, &target, same_content, options)
            }
            target => Some(judge::created(path, source, target.is_some())),
        };
    }
    let already =
        leader.target.is_some() && target.as_ref().and_then(|target| target.link) == leader.target;
    judge::linked(path, source, target, &leader.path, already, options)
}

/// Chooses the leader of every group as rsync does: the first name; for files
/// the first that the target has as a file, or if there is none the last,
/// which is the one then sent.
fn leaders(items: &[Item]) -> HashMap<LinkGroup, Leader> {
    let mut leaders: HashMap<LinkGroup, Leader> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        let Item::Linked(member) = item else { continue };
        let group = member.source.link.expect("only such entries are members");
        let target_is_same_type = member
            .target
            .as_ref()
            .is_some_and(|target| super::compare::same_type(&member.source.kind, &target.kind));
        let is_file = matches!(member.source.kind, Kind::File { .. });
        let members = leaders.get(&group).map_or(0, |leader| leader.members) + 1;
        let keep = leaders.get_mut(&group).filter(|leader| leader.is_settled);
        if let Some(leader) = keep {
            leader.members = members;
            continue;
        }
        leaders.insert(
            group,
            Leader {
                index,
                path: member.path.clone(),
                target: member
                    .target
                    .as_ref()
                    .filter(|_| target_is_same_type)
                    .and_then(|target| target.link),
                members,
                is_settled: !is_file || target_is_same_type,
            },
        );
    }
    leaders
}
