//! [`Places`]: the directories that changes lie in, each once.

use std::collections::HashMap;

use libimage::diff::Change;
use libimage::entry::Kind;

/// The directories that changes lie in and those above them, numbered so that
/// a directory comes after its parent; the root is 0. Names are borrowed from
/// the changes.
pub(super) struct Places<'a> {
    numbers: HashMap<&'a [u8], usize>,
    /// For each the number of its parent, the root's its own, and its name.
    list: Vec<(usize, &'a [u8])>,
}

impl<'a> Places<'a> {
    pub(super) fn of(changes: &'a [Change]) -> Self {
        let mut places = Self {
            numbers: HashMap::from([(&b""[..], 0)]),
            list: vec![(0, b"")],
        };
        for change in changes {
            places.number(split(change).0);
        }
        places
    }

    fn number(&mut self, path: &'a [u8]) -> usize {
        // Paths are as long as an archive has them: no recursion.
        let mut missing = Vec::new();
        let mut rest = path;
        let mut number = loop {
            if let Some(&number) = self.numbers.get(rest) {
                break number;
            }
            missing.push(rest);
            rest = parted(rest).0;
        };
        for path in missing.into_iter().rev() {
            self.list.push((number, parted(path).1));
            number = self.list.len() - 1;
            self.numbers.insert(path, number);
        }
        number
    }

    /// The number of the directory that a change counts as one of.
    pub(super) fn place(&self, change: &Change) -> usize {
        self.numbers[split(change).0]
    }

    pub(super) fn parents(&self) -> impl Iterator<Item = usize> {
        self.list.iter().map(|(parent, _)| *parent)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.list.iter().map(|(_, name)| *name)
    }
}

/// The directory that a change counts as one of, and its name there: a change
/// to a directory is one of its own and has none.
pub(super) fn split(change: &Change) -> (&[u8], &[u8]) {
    let path = change.path.as_bytes();
    match change.kind {
        Kind::Directory => (path, b""),
        _ => parted(path),
    }
}

/// The directory of a path and the name in it.
fn parted(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}
