//! [`Notes`]: which mode and owner become which.

use std::collections::HashMap;

use libimage::diff::{Change, Difference};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::columns::{Column, steps};
use super::data::numbers;

/// Both values of the mode, the owner and the group, where they differ: first
/// the target's.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Note {
    mode: Option<[u16; 2]>,
    owner: Option<[u32; 2]>,
    group: Option<[u32; 2]>,
}

impl Note {
    fn of(change: &Change) -> Option<Self> {
        let detail = change.detail.as_deref()?;
        let (old, new) = (&detail.target, &detail.source);
        let differs = |difference| change.differences.contains(difference);
        let note = Self {
            mode: differs(Difference::Mode).then_some([old.mode, new.mode]),
            owner: differs(Difference::Owner).then_some([old.uid, new.uid]),
            group: differs(Difference::Group).then_some([old.gid, new.gid]),
        };
        (note != Self::default()).then_some(note)
    }

    fn text(self) -> String {
        let mode = self
            .mode
            .map(|[old, new]| format!("mode {old:04o} becomes {new:04o}"));
        let owner = self
            .owner
            .map(|[old, new]| format!("owner {old} becomes {new}"));
        let group = self
            .group
            .map(|[old, new]| format!("group {old} becomes {new}"));
        let parts: Vec<_> = [mode, owner, group].into_iter().flatten().collect();
        parts.join(", ")
    }
}

/// Which mode and owner become which: a few texts, which many changes share.
pub(super) struct Notes<'a> {
    changes: &'a [Change],
    texts: Vec<Note>,
    numbers: HashMap<Note, usize>,
}

impl<'a> Notes<'a> {
    pub(super) fn of(changes: &'a [Change]) -> Self {
        let mut texts = Vec::new();
        let mut numbers = HashMap::new();
        for note in changes.iter().filter_map(Note::of) {
            numbers.entry(note).or_insert_with(|| {
                texts.push(note);
                texts.len() - 1
            });
        }
        Self {
            changes,
            texts,
            numbers,
        }
    }
}

impl Serialize for Notes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let places = || steps(numbers(self.changes, |change| Note::of(change).is_some()));
        map.serialize_entry("change", &Column(places))?;
        let notes = || self.changes.iter().filter_map(Note::of);
        map.serialize_entry("note", &Column(|| notes().map(|note| self.numbers[&note])))?;
        map.serialize_entry(
            "texts",
            &Column(|| self.texts.iter().map(|note| note.text())),
        )?;
        map.end()
    }
}
