//! Which entries are in which directory.

use std::cmp::Ordering;

use super::{RecordId, Records, Shape};
use crate::entry::{Entry, canonical_cmp};
use crate::path::ImagePath;

/// The entries of a directory, those that were taken out included.
///
/// One row would be moved by half its length for each name that comes out of
/// order, which for a million of them takes a minute. So these wait in a short row
/// of their own, and one that was taken out keeps its place.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Sorted by name.
    sorted: Vec<RecordId>,
    /// The same, and none of them among the others.
    late: Vec<RecordId>,
}

/// How many names may wait.
const LATE: usize = 1024;

/// Where a name is, or where it belongs, in one of the rows.
struct Place {
    is_late: bool,
    index: usize,
}

impl Names {
    fn iter(&self) -> impl Iterator<Item = RecordId> {
        self.sorted.iter().chain(&self.late).copied()
    }

    /// Where a name is, or else where it belongs, by how the names of entries
    /// compare with it.
    fn find(&self, compare: impl Fn(RecordId) -> Ordering) -> Result<Place, Place> {
        let place = |is_late| move |index| Place { is_late, index };
        // Most trees are put together in order, so the end is tried first. Those
        // that wait belong before it.
        if self.sorted.last().is_none_or(|&last| compare(last).is_lt()) {
            return Err(place(false)(self.sorted.len()));
        }
        if let Ok(index) = self.sorted.binary_search_by(|&id| compare(id)) {
            return Ok(place(false)(index));
        }
        let late = self.late.binary_search_by(|&id| compare(id));
        late.map(place(true)).map_err(place(true))
    }

    fn at(&self, place: &Place) -> RecordId {
        let row = if place.is_late {
            &self.late
        } else {
            &self.sorted
        };
        row[place.index]
    }

    fn row_mut(&mut self, place: &Place) -> &mut Vec<RecordId> {
        if place.is_late {
            &mut self.late
        } else {
            &mut self.sorted
        }
    }

    /// Puts those that wait among the others.
    fn merge(&mut self, compare: impl Fn(RecordId, RecordId) -> Ordering) {
        let mut end = self.sorted.len();
        self.sorted.extend_from_slice(&self.late);
        // From the end on, so that each is moved once at most.
        for (before, &id) in self.late.iter().enumerate().rev() {
            let start = self.sorted[..end].partition_point(|&other| compare(other, id).is_lt());
            self.sorted.copy_within(start..end, start + before + 1);
            self.sorted[start + before] = id;
            end = start;
        }
        self.late.clear();
    }
}

impl Records {
    fn names(&self, directory: RecordId) -> Option<&Names> {
        match self.record(directory).shape {
            Shape::Directory(index) => Some(&self.directories[index as usize]),
            _ => None,
        }
    }

    fn names_mut(&mut self, directory: RecordId) -> &mut Names {
        let Shape::Directory(index) = self.record(directory).shape else {
            panic!("only a directory has entries");
        };
        &mut self.directories[index as usize]
    }

    /// Adds an entry to a directory; nothing if the name is taken already.
    ///
    /// # Panics
    ///
    /// If `parent` is no directory.
    pub fn insert(&mut self, parent: RecordId, entry: Entry) -> Option<RecordId> {
        let names = self.names(parent).expect("only a directory has entries");
        let found = names.find(|id| self.name(id).cmp(&entry.name));
        if let Ok(place) = &found
            && self.is_attached(names.at(place))
        {
            return None;
        }
        let id = self.push(parent, entry);
        let names = self.names_mut(parent);
        match found {
            Ok(place) => names.row_mut(&place)[place.index] = id,
            Err(place) => names.row_mut(&place).insert(place.index, id),
        }
        if names.late.len() > LATE {
            let mut names = std::mem::take(names);
            names.merge(|one, two| self.name(one).cmp(self.name(two)));
            *self.names_mut(parent) = names;
        }
        Some(id)
    }

    /// Takes an entry, with all beneath it, out of its directory.
    pub fn remove(&mut self, id: RecordId) {
        if id != Self::ROOT {
            self.record_mut(id).is_removed = true;
        }
    }

    /// The entry of a directory that has this name.
    pub fn child(&self, directory: RecordId, name: &[u8]) -> Option<RecordId> {
        let names = self.names(directory)?;
        let place = names.find(|id| self.name(id).cmp(name)).ok()?;
        let id = names.at(&place);
        self.is_attached(id).then_some(id)
    }

    /// The entries of a directory in canonical order.
    pub fn children(&self, directory: RecordId) -> Vec<RecordId> {
        let names = self.names(directory).into_iter().flat_map(Names::iter);
        let mut ids: Vec<_> = names.filter(|&id| self.is_attached(id)).collect();
        ids.sort_unstable_by(|&one, &two| {
            canonical_cmp(
                (self.name(one), self.is_directory(one)),
                (self.name(two), self.is_directory(two)),
            )
        });
        ids
    }

    /// An entry's path from the root.
    pub fn path(&self, id: RecordId) -> ImagePath {
        let mut trail = Vec::new();
        let mut at = id;
        while at != Self::ROOT {
            trail.push(at);
            at = self.parent(at);
        }
        let mut bytes = Vec::new();
        for &id in trail.iter().rev() {
            if !bytes.is_empty() {
                bytes.push(b'/');
            }
            bytes.extend_from_slice(self.name(id));
        }
        ImagePath::new(bytes).expect("every name is a component")
    }

    /// Whether an entry is still where it was recorded.
    pub fn is_attached(&self, id: RecordId) -> bool {
        !self.record(id).is_removed
    }

    /// Whether an entry and all directories above it are still where they
    /// were recorded.
    pub fn is_beneath_root(&self, id: RecordId) -> bool {
        let mut at = id;
        while at != Self::ROOT {
            if !self.is_attached(at) {
                return false;
            }
            at = self.parent(at);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Kind, Metadata};

    fn entry(number: usize) -> Entry {
        Entry {
            name: format!("{number:06}").into_bytes().into(),
            kind: Kind::Fifo,
            metadata: Metadata::default(),
            link: None,
            content: None,
        }
    }

    /// More than may wait, several times.
    const NAMES: usize = 5 * LATE + 7;

    /// Numbers in an order of their own.
    type Order = fn(usize) -> usize;

    const ORDERS: [(&str, Order); 3] = [
        ("forwards", |number| number),
        ("backwards", |number| NAMES - 1 - number),
        // The factor and the number of names have no divisor in common.
        ("mixed", |number| number * 2003 % NAMES),
    ];

    #[test]
    fn names_that_come_in_any_order_are_found_and_listed_in_one() {
        for (order, at) in ORDERS {
            let mut records = Records::new(Metadata::default());
            let mut ids = vec![Records::ROOT; NAMES];
            for number in (0..NAMES).map(at) {
                let id = records.insert(Records::ROOT, entry(number));
                ids[number] = id.expect("a new name");
            }
            assert_eq!(records.children(Records::ROOT), ids, "{order}");
            for (number, &id) in ids.iter().enumerate() {
                let name = entry(number).name;
                assert_eq!(records.child(Records::ROOT, &name), Some(id), "{order}");
                assert_eq!(records.insert(Records::ROOT, entry(number)), None);
            }
        }
    }

    #[test]
    fn what_was_taken_out_is_gone_and_its_name_free() {
        for (order, at) in ORDERS {
            let mut records = Records::new(Metadata::default());
            let numbers = || (0..NAMES).map(at);
            let first: Vec<_> = numbers()
                .map(|number| records.insert(Records::ROOT, entry(number)))
                .collect();
            for id in first.iter().flatten().step_by(2) {
                records.remove(*id);
            }
            let left = records.children(Records::ROOT).len();
            assert_eq!(left, NAMES / 2, "{order}");
            for (number, before) in numbers().zip(first) {
                let is_gone = records.child(Records::ROOT, &entry(number).name).is_none();
                let again = records.insert(Records::ROOT, entry(number));
                assert_eq!(again.is_some(), is_gone, "{order} {number}");
                assert!(again != before);
            }
            assert_eq!(records.children(Records::ROOT).len(), NAMES, "{order}");
        }
    }
}
