//! What each change takes away from the target.

use super::contents::{Content, Found};
use super::finder::Finder;
use super::owners::{Names, Owner};
use super::present::Present;
use super::regenerated::{self, Rules};
use super::risk::{Claim, Fate, Loss, Reason};
use super::same::Twins;
use crate::diff::{Action, Change, Difference};
use crate::entry::Kind;
use crate::inspect::FileRole;
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

/// The losses among the changes, in their order; owners and what was found are
/// the target's.
pub(super) fn of<'a>(
    (source, target): (&dyn Tree, &dyn Tree),
    (changes, present): (&'a [Change], &Present<'_>),
    (owners, names): (&[Owner], &Names),
    found: &Found,
    monitor: &dyn Monitor,
) -> Result<Vec<Loss<'a>>, TreeError> {
    let mut twins = Twins::new(source, target, monitor);
    let rules = Rules::new();
    let mut finder = Finder::new(target);
    let mut losses = Vec::new();
    // By their place, local data that may be overwritten by the same, and such
    // that a sync takes for the same.
    let (mut overwritten, mut linked) = (Vec::new(), Vec::new());
    for (number, change) in changes.iter().enumerate() {
        let Some(fate) = fate(change) else {
            continue;
        };
        let kind = present.kind(number);
        let owner = owners[number];
        let package = || names.get(owner).unwrap_or_default().into();
        let claim = match (owner, found.get(&number)) {
            (Owner::Nobody, _) => match rules.of(&change.path, kind) {
                Some(rule) if is_made_again(&mut finder, rule, &change.path, kind)? => {
                    Claim::Regenerated(rule)
                }
                _ => Claim::Local(Reason::NoPackage),
            },
            (_, Some(checked)) if checked.role == FileRole::Ghost => {
                Claim::Local(Reason::Ghost { package: package() })
            }
            (_, Some(checked)) if checked.content == Content::Changed => {
                Claim::Local(Reason::Edited {
                    package: package(),
                    configuration: checked.role == FileRole::Configuration,
                })
            }
            (_, Some(checked)) => match (checked.content, checked.role) {
                (Content::Unknown, FileRole::Configuration) => {
                    Claim::Local(Reason::Unknown { package: package() })
                }
                (Content::AsShipped, _) => Claim::NoLoss,
                // A sync takes it for the same.
                _ if change.action == Action::Link && !differs(change) => Claim::NoLoss,
                _ => Claim::Unchecked,
            },
            _ => Claim::NoLoss,
        };
        if fate == Fate::Overwritten && matches!(claim, Claim::Local(_)) {
            let to_be_read = match change.action {
                Action::Link if !differs(change) => &mut linked,
                _ => &mut overwritten,
            };
            to_be_read.push((losses.len(), change));
        }
        losses.push(Loss {
            path: &change.path,
            fate,
            is_directory: matches!(kind, Some(Kind::Directory)),
            bytes: match kind {
                Some(Kind::File { size }) => *size,
                _ => 0,
            },
            claim,
        });
    }
    let all = overwritten.iter().chain(&linked);
    twins.fetch(all.map(|(_, change)| *change))?;
    for (loss, change) in overwritten {
        if twins.are_same(change)? == Some(true) {
            losses[loss].claim = Claim::Regenerated(regenerated::SAME);
        }
    }
    for (loss, change) in linked {
        if twins.are_same(change)? != Some(false) {
            losses[loss].claim = Claim::NoLoss;
        }
    }
    Ok(losses)
}

/// What becomes of what the target has there; nothing if it stays.
fn fate(change: &Change) -> Option<Fate> {
    match change.action {
        Action::Delete => Some(Fate::Deleted),
        Action::Create | Action::Link if change.replaces => Some(Fate::Replaced),
        Action::Update => Some(Fate::Overwritten),
        // A name of another inode takes its place, or it is that already and
        // changes with it.
        Action::Link if change.detail.is_some() && (change.leader.is_some() || differs(change)) => {
            Some(Fate::Overwritten)
        }
        _ => None,
    }
}

/// Whether a sync sees other content there.
fn differs(change: &Change) -> bool {
    let seen = [Difference::Content, Difference::Size, Difference::Time];
    seen.iter().any(|one| change.differences.contains(*one))
}

/// Compiled Python is made again only from what it was compiled from, and
/// nothing else where it lies.
fn is_made_again(
    finder: &mut Finder<'_>,
    rule: usize,
    path: &ImagePath,
    kind: Option<&Kind>,
) -> Result<bool, TreeError> {
    if !regenerated::is_python(rule) {
        return Ok(true);
    }
    match regenerated::compiled_from(path) {
        Some(from) => Ok(finder.kind(&from)?.is_some()),
        None => Ok(matches!(kind, Some(Kind::Directory)) && regenerated::is_for_compiled(path)),
    }
}
