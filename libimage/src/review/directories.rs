//! [`directories`]: changes in sum by directory.

use std::collections::HashMap;

use crate::diff::{Change, Totals};
use crate::entry::Kind;
use crate::path::ImagePath;

/// The changes of one directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectorySum {
    /// The directory; the root is among them.
    pub path: ImagePath,
    /// All changes to it and to what is beneath it.
    pub all: Totals,
    /// Those of them that none of the directories told deeper down has.
    pub rest: Totals,
}

/// Sums changes up by directory, to `depth` components, in the order of a
/// walk: a directory before those in it. Added over all of them,
/// [`DirectorySum::rest`] is the whole.
///
/// A change to a directory itself counts as one of its own, any other as one
/// of the directory that holds it. Directories without changes are left out.
pub fn directories(changes: &[Change], depth: usize) -> Vec<DirectorySum> {
    let mut sums: HashMap<&[u8], (Totals, Totals)> = HashMap::new();
    for change in changes {
        let path = change.path.as_bytes();
        let home = match change.kind {
            Kind::Directory => path,
            _ => above(path).unwrap_or_default(),
        };
        let mut place = truncated(home, depth);
        sums.entry(place).or_default().1.add(change);
        loop {
            sums.entry(place).or_default().0.add(change);
            match above(place) {
                Some(parent) => place = parent,
                None => break,
            }
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_unstable_by(|(one, _), (two, _)| components(one).cmp(components(two)));
    sums.into_iter()
        .map(|(path, (all, rest))| DirectorySum {
            path: ImagePath::new(path).expect("part of a valid path"),
            all,
            rest,
        })
        .collect()
}

fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/')
        .filter(|component| !component.is_empty())
}

/// The directory that holds a path; nothing for the root.
pub(super) fn above(path: &[u8]) -> Option<&[u8]> {
    if path.is_empty() {
        return None;
    }
    let end = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
    Some(&path[..end])
}

/// The first components of a path.
fn truncated(path: &[u8], depth: usize) -> &[u8] {
    if depth == 0 {
        return &[];
    }
    let mut slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    match slashes.nth(depth - 1) {
        Some((end, _)) => &path[..end],
        None => path,
    }
}
