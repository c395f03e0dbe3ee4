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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{self, diff};
    use crate::inspect::fake::FakeTree;
    use crate::monitor::Silent;

    #[test]
    fn directories_add_up() {
        let source = FakeTree::new()
            .file("a/b/c/new", b"12")
            .file("a/x", b"1")
            .file("top", b"");
        let target = FakeTree::new().file("a/b/old", b"123").directory("z");
        let outcome = diff(&source, &target, &diff::Options::default(), &Silent).expect("readable");
        for (depth, expected) in [
            (0, &[". 6/6"][..]),
            (1, &[". 6/1", "a 4/4", "z 1/1"]),
            (2, &[". 6/1", "a 4/1", "a/b 3/3", "z 1/1"]),
            (9, &[". 6/1", "a 4/1", "a/b 3/1", "a/b/c 2/2", "z 1/1"]),
        ] {
            let sums = directories(&outcome.changes, depth);
            let found: Vec<_> = sums
                .iter()
                .map(|sum| format!("{} {}/{}", sum.path, sum.all.changes(), sum.rest.changes()))
                .collect();
            assert_eq!(found, expected, "depth {depth}");
            let rest: u64 = sums.iter().map(|sum| sum.rest.changes()).sum();
            assert_eq!(rest, outcome.totals.changes(), "depth {depth}");
        }
    }
}
