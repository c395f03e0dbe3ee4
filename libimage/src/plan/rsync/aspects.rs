//! What of a name's metadata rsync shall set, and what it shall leave alone.

use super::super::Step;
use super::super::wanted::is_acl;
use crate::diff::same_type;
use crate::entry::{Metadata, Respect, Respects, Xattrs};

/// What becomes of a name's metadata.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aspects {
    /// What stays as the target has it, though the source has another.
    pub(super) keeps: Respects,
    /// What becomes neither what the source has nor what the target has.
    pub(super) mixes: Respects,
}

type Equal = fn(&Metadata, &Metadata) -> bool;

/// Mode and ACL are one thing: the group's bits are in both.
const ALL: [(Respect, Equal); 5] = [
    (Respect::Time, |one, two| one.mtime == two.mtime),
    (Respect::Mode, |one, two| {
        one.mode == two.mode && some(&one.xattrs, true).eq(some(&two.xattrs, true))
    }),
    (Respect::Owner, |one, two| one.uid == two.uid),
    (Respect::Group, |one, two| one.gid == two.gid),
    (Respect::Xattr, |one, two| {
        some(&one.xattrs, false).eq(some(&two.xattrs, false))
    }),
];

/// The ACLs, or all other attributes.
fn some(xattrs: &Xattrs, acls: bool) -> impl Iterator<Item = (&[u8], &[u8])> {
    xattrs.iter().filter(move |(name, _)| is_acl(name) == acls)
}

pub(super) fn aspects(step: &Step) -> Aspects {
    let mut aspects = Aspects {
        keeps: Respects::NONE,
        mixes: Respects::NONE,
    };
    let (Some(source), Some(wanted)) = (&step.source, step.metadata()) else {
        return aspects;
    };
    let target = step.target.as_ref();
    let target = target.filter(|target| same_type(&source.kind, &target.kind));
    for (respect, equal) in ALL {
        if equal(wanted, &source.metadata) {
            continue;
        }
        if target.is_some_and(|target| equal(wanted, &target.metadata)) {
            aspects.keeps = aspects.keeps | respect.into();
        } else {
            aspects.mixes = aspects.mixes | respect.into();
        }
    }
    aspects
}

/// The options by which rsync leaves these alone.
pub(super) fn options(keeps: Respects) -> Vec<&'static str> {
    let options: [(Respect, &[&str]); 5] = [
        (Respect::Time, &["--no-times"]),
        (Respect::Mode, &["--no-perms", "--no-acls"]),
        (Respect::Owner, &["--no-owner"]),
        (Respect::Group, &["--no-group"]),
        (Respect::Xattr, &["--no-xattrs"]),
    ];
    let options = options
        .iter()
        .filter(|(respect, _)| keeps.contains(*respect));
    options
        .flat_map(|(_, words)| words.iter().copied())
        .collect()
}
