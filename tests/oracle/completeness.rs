//! What a comparison says as data: all that differs, nothing that doesn't, in
//! order, and added up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fixtures::random;
use fixtures::snapshot::{Entry, EntryKind, Snapshot};
use fixtures::tree::{Node, Privilege, TreeSpec, display};
use libimage::diff::{Action, Change, ModifyWindow, Options, Outcome, diff};
use libimage::entry::Kind;
use libimage::monitor::Silent;

use crate::kinds::every_two;
use crate::pairs::{Pair, spec};
use crate::random::{for_each_seed, size};

/// Both trees as the fixtures read them, and what libimage said.
struct Case {
    source: Snapshot,
    target: Snapshot,
    outcome: Outcome,
}

impl Case {
    fn new(source: &TreeSpec, target: &TreeSpec, threads: usize) -> Self {
        let pair = Pair::new(source, target);
        let [source, target] = pair.live();
        let mut options = Options::default();
        options.checksum = true;
        options.window = ModifyWindow::Exact;
        options.threads = threads;
        Self {
            source: Snapshot::of(&pair.source),
            target: Snapshot::of(&pair.target),
            outcome: diff(&source, &target, &options, &Silent).expect("both can be read"),
        }
    }

    fn changed(&self) -> BTreeSet<&[u8]> {
        let changes = self.outcome.changes.iter();
        changes.map(|change| change.path.as_bytes()).collect()
    }

    /// All names of the inode that the source has at a path.
    fn group<'a>(&'a self, path: &'a [u8]) -> Vec<&'a [u8]> {
        let leader = self
            .source
            .get(path)
            .and_then(|entry| entry.leader.as_ref());
        let Some(leader) = leader else {
            return vec![path];
        };
        let entries = self.source.entries.iter();
        entries
            .filter(|(_, entry)| entry.leader.as_ref() == Some(leader))
            .map(|(path, _)| &path[..])
            .collect()
    }

    /// Whether the target has all these names for one inode.
    fn is_linked_in_target(&self, names: &[&[u8]]) -> bool {
        let inode = |path: &&[u8]| self.target.get(path).map(|entry| entry.identity.inode);
        let first = inode(&names[0]);
        first.is_some() && names.iter().all(|path| inode(path) == first)
    }

    /// Whether the two differ at a path, whatever is linked with it.
    fn differs(&self, path: &[u8]) -> bool {
        let bare = |entry: &Entry| Entry {
            leader: None,
            ..entry.clone()
        };
        self.source.get(path).map(bare) != self.target.get(path).map(bare)
    }

    /// What was not said, or said in vain.
    fn wrong(&self) -> String {
        let mut text = String::new();
        let mut note = |what: &str, path: &[u8]| {
            writeln!(text, "  {what}: {}", display(path)).expect("a String takes everything");
        };
        let changed = self.changed();
        let paths = self.source.entries.keys().chain(self.target.entries.keys());
        for path in paths.map(|path| &path[..]).collect::<BTreeSet<_>>() {
            let group = self.group(path);
            let is_said = group.iter().any(|name| changed.contains(name));
            let is_split = group.len() > 1 && !self.is_linked_in_target(&group);
            if (self.differs(path) || is_split) && !is_said {
                note("not said", path);
            }
            if changed.contains(path) && !self.differs(path) && !is_split {
                note("said in vain", path);
            }
        }
        for change in &self.outcome.changes {
            let path = change.path.as_bytes();
            if change.replaces != self.replaces(path) && change.action != Action::Delete {
                note("replaces", path);
            }
        }
        for two in self.outcome.changes.windows(2) {
            if place(&two[0]) >= place(&two[1]) {
                let names = [two[0].path.as_bytes(), two[1].path.as_bytes()];
                note("out of order", &names.join(&b" before "[..]));
            }
        }
        self.add_up(&mut note);
        text
    }

    fn replaces(&self, path: &[u8]) -> bool {
        let kinds = self.source.get(path).zip(self.target.get(path));
        kinds.is_some_and(|(one, two)| letter(&one.kind) != letter(&two.kind))
    }

    fn add_up(&self, note: &mut impl FnMut(&str, &[u8])) {
        let Outcome {
            changes, totals, ..
        } = &self.outcome;
        let mut counts: BTreeMap<Action, u64> = BTreeMap::new();
        for change in changes {
            *counts.entry(change.action).or_default() += 1;
        }
        for action in Action::ALL {
            if totals.count(action) != counts.get(&action).copied().unwrap_or(0) {
                note("miscounted", action.word().as_bytes());
            }
        }
        let kept = totals.changes() - totals.count(Action::Delete);
        if kept + totals.unchanged != self.source.entries.len() as u64 {
            note("miscounted", b"the source's entries");
        }
        let deleted = self.target.entries.keys();
        let deleted = deleted.filter(|path| !self.source.entries.contains_key(*path));
        if totals.count(Action::Delete) != deleted.count() as u64 {
            note("miscounted", b"deletions");
        }
    }
}

/// Where a change stands among others: in a directory first what is none, by
/// name, then the directories, as if a `/` followed their names, each followed by
/// what is in it.
fn place(change: &Change) -> Vec<(bool, Vec<u8>)> {
    let path = change.path.as_bytes();
    let is_directory = matches!(change.kind, Kind::Directory);
    let mut place = vec![(true, Vec::new())];
    if path.is_empty() {
        return place;
    }
    let names: Vec<_> = path.split(|&byte| byte == b'/').collect();
    for (name, left) in names.iter().zip((0..names.len()).rev()) {
        let is_directory = left > 0 || is_directory;
        let end: &[u8] = if is_directory { b"/" } else { b"" };
        place.push((is_directory, [name, end].concat()));
    }
    place
}

fn letter(kind: &EntryKind) -> char {
    match kind {
        EntryKind::File { .. } => 'f',
        EntryKind::Dir => 'd',
        EntryKind::Symlink(_) => 'L',
        EntryKind::Fifo | EntryKind::Socket => 'S',
        EntryKind::CharDevice(..) | EntryKind::BlockDevice(..) => 'D',
    }
}

#[test]
#[ignore = "needs root; .ci/run runs it"]
fn nothing_goes_unsaid_and_nothing_is_said_in_vain() {
    for_each_seed(|seed| {
        let pair = random::pair(seed, size(seed), Privilege::Root);
        let threads = usize::try_from(1 + seed % 3).expect("small");
        let wrong = Case::new(&pair.source, &pair.target, threads).wrong();
        (!wrong.is_empty()).then(|| format!("size {}\n{wrong}", size(seed)))
    });
}

#[test]
#[ignore = "needs root; .ci/run runs it"]
fn every_change_of_type_is_said() {
    let [source, target] = every_two();
    let wrong = Case::new(&source, &target, 2).wrong();
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Content that is read takes its time, and what gives way was no file: both
/// keep their places.
#[test]
#[ignore = "needs root; .ci/run runs it"]
fn changes_are_in_order() {
    let source = [
        Node::file("b", "text"),
        Node::fifo("c"),
        Node::file("d", "text"),
        Node::file("z", "text"),
        Node::dir("a"),
        Node::fifo("a/p"),
    ];
    let target = [
        Node::file("b", "TEXT"),
        Node::file("d", "TEXT"),
        Node::dir("z"),
        Node::fifo("z/p"),
        Node::dir("a"),
    ];
    let case = Case::new(&spec(&source), &spec(&target), 2);
    let changes = case.outcome.changes.iter();
    let paths: Vec<_> = changes.map(|change| change.path.to_string()).collect();
    assert_eq!(paths, ["b", "c", "d", "z", "a/p", "z/p"]);
}
