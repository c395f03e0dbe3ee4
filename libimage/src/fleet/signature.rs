//! [`signature()`]: by what nodes are grouped.

use std::collections::HashSet;

use crate::diff::{Change, Outcome};
use crate::digest::{Digest, Hasher};
use crate::entry::Respect;

/// Equal for two nodes to which the same would be done.
pub(super) type Signature = Digest;

/// What would be done, without what is there by now: of which size a file is
/// that is replaced or deleted, and of what time, does not count.
pub(super) fn signature(outcome: &Outcome, hides: bool) -> Signature {
    let mut hasher = Hasher::new();
    let mut line = Vec::new();
    for change in &outcome.changes {
        line.clear();
        put(change, &mut line);
        hasher.update(&line);
    }
    for path in &outcome.blocked {
        hasher.update(path.as_bytes());
        hasher.update(b"\0");
    }
    // What is not known of one is not the same as what is equal.
    let unknown: Vec<_> = outcome.unrecorded.iter().map(Respect::word).collect();
    hasher.update(unknown.join(",").as_bytes());
    hasher.update(&[u8::from(hides)]);
    hasher.finish()
}

/// Paths hold no NUL, so no two changes look alike.
fn put(change: &Change, line: &mut Vec<u8>) {
    line.extend_from_slice(change.path.as_bytes());
    line.push(0);
    line.extend_from_slice(change.action.word().as_bytes());
    line.extend_from_slice(change.kind.word().as_bytes());
    for difference in change.differences.iter() {
        line.extend_from_slice(difference.word().as_bytes());
    }
    line.push(u8::from(change.replaces));
    if let Some(leader) = &change.leader {
        line.extend_from_slice(leader.as_bytes());
    }
    line.push(0);
}

/// The changes of one group that another has not: the same action on the same
/// name for the same respects is the same change.
pub(super) fn beside<'c>(changes: &'c [Change], others: &[Change]) -> Vec<&'c Change> {
    let line = |change: &Change| {
        let mut line = Vec::new();
        put(change, &mut line);
        line
    };
    let known: HashSet<_> = others.iter().map(line).collect();
    changes
        .iter()
        .filter(|change| !known.contains(&line(change)))
        .collect()
}
