//! [`Pick`]: which entries of a backup are restored, and where they are in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use crate::archive::{Member, MemberKind};
use crate::entry::{Kind, LinkGroup};
use crate::path::ImagePath;
use crate::seekable::Index;
use crate::size::total;
use crate::tree::{RecordId, Records};
use crate::writer::Needs;

/// What is picked.
pub(super) struct Pick {
    /// The entries that shall be there in the end, by number.
    wanted: BTreeSet<u64>,
    /// What is done with the members that are read; nothing if all are taken.
    actions: Option<HashMap<u64, Action>>,
    runs: Vec<Run>,
}

/// What is done with a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It is taken as it is.
    Take,
    /// It is taken under the first of its names that is wanted.
    TakeAs(ImagePath),
    /// It is linked to another name than that which came first.
    LinkTo(ImagePath),
}

/// Frames that follow each other, in which so many entries begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) frames: Range<usize>,
    /// The number of the first entry.
    pub(super) first: u64,
    pub(super) entries: u64,
}

impl Pick {
    /// All there is.
    pub(super) fn everything(index: &Index, records: &Records) -> Self {
        Self {
            wanted: records.ids().map(|id| id.number().into()).collect(),
            actions: None,
            runs: vec![Run {
                frames: 0..index.frames.len(),
                first: 0,
                entries: index.entries(),
            }],
        }
    }

    /// Some paths with what is beneath them, and the directories above. A path
    /// that is not there comes back.
    pub(super) fn of<'p>(
        paths: &'p [ImagePath],
        index: &Index,
        records: &Records,
    ) -> Result<Self, &'p ImagePath> {
        let mut wanted = BTreeSet::new();
        for path in paths {
            let found = path
                .components()
                .try_fold(Records::ROOT, |at, name| records.child(at, name))
                .ok_or(path)?;
            wanted.extend(beneath(records, found));
            let mut at = found;
            while at != Records::ROOT {
                at = records.parent(at);
                wanted.insert(at.number().into());
            }
        }
        let actions = actions(&wanted, records);
        let mut needed = BTreeSet::new();
        for &number in actions.keys() {
            needed.extend(index.frames_of(number));
        }
        Ok(Self {
            wanted,
            runs: runs(&needed, index),
            actions: Some(actions),
        })
    }

    /// What is done with the member of this number.
    pub(super) fn action(&self, number: u64) -> Option<&Action> {
        match &self.actions {
            None => Some(&Action::Take),
            Some(actions) => actions.get(&number),
        }
    }

    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The frames that are read.
    pub(super) fn frames(&self) -> impl Iterator<Item = usize> {
        self.runs.iter().flat_map(|run| run.frames.clone())
    }

    /// The entries that shall be there in the end, in the order of the manifest.
    pub(super) fn entries(&self) -> impl Iterator<Item = RecordId> {
        self.wanted.iter().map(|&number| id(number))
    }

    /// Bytes and inodes that they take on a file system with such blocks. How
    /// much of a file is holes nobody says, but more data than the tar has there
    /// cannot be.
    pub(super) fn needs(&self, records: &Records, index: &Index, block: u64) -> Needs {
        let mut seen = BTreeSet::new();
        let (mut bytes, mut directories, mut inodes) = (0, 0, 0);
        for id in self.entries() {
            if records.link(id).is_some_and(|group| !seen.insert(group)) {
                continue;
            }
            inodes += 1;
            match records.entry(id).kind {
                Kind::Directory => directories += block,
                Kind::File { size } => {
                    bytes = total([bytes, size.div_ceil(block).saturating_mul(block)]);
                }
                _ => {}
            }
        }
        let tar = total(self.frames().map(|number| index.frames[number].raw));
        Needs {
            bytes: total([bytes.min(tar), directories]),
            inodes,
        }
    }

    /// The directories among them, where no member is read for them: all that
    /// there is to know of those stands in the manifest.
    pub(super) fn directories(&self, records: &Records) -> Vec<Member> {
        if self.actions.is_none() {
            return Vec::new();
        }
        let directories = self.entries().filter(|&id| records.is_directory(id));
        let member = |id| Member {
            path: member_path(&records.path(id)),
            kind: MemberKind::Directory,
            metadata: records.metadata(id),
            start: 0,
            named_acls: Vec::new(),
        };
        directories.map(member).collect()
    }
}

/// A path as tar names it.
pub(super) fn member_path(path: &ImagePath) -> Box<[u8]> {
    [b"./", path.as_bytes()].concat().into()
}

/// The numbers of an entry and of all beneath it.
fn beneath(records: &Records, top: RecordId) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut open = vec![top];
    while let Some(id) = open.pop() {
        numbers.push(id.number().into());
        open.extend(records.children(id));
    }
    numbers
}

/// What is done with which members, so that the wanted entries are there. The
/// first name of an inode has its content; if that is not wanted, the content
/// goes to the first one that is.
fn actions(wanted: &BTreeSet<u64>, records: &Records) -> HashMap<u64, Action> {
    let mut names: BTreeMap<LinkGroup, Vec<u64>> = BTreeMap::new();
    let mut actions = HashMap::new();
    for &number in wanted {
        if records.is_directory(id(number)) {
            continue;
        }
        match records.link(id(number)) {
            Some(group) => names.entry(group).or_default().push(number),
            None => {
                actions.insert(number, Action::Take);
            }
        }
    }
    for (LinkGroup(_, leader), numbers) in names {
        if numbers[0] == leader {
            actions.extend(numbers.into_iter().map(|number| (number, Action::Take)));
            continue;
        }
        let first = records.path(id(numbers[0]));
        let further = numbers[1..].iter();
        actions.extend(further.map(|&number| (number, Action::LinkTo(first.clone()))));
        actions.insert(leader, Action::TakeAs(first));
    }
    actions
}

/// Frames put together where they follow each other, so that each run begins
/// with an entry.
fn runs(needed: &BTreeSet<usize>, index: &Index) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &number in needed {
        let frame = index.frames[number];
        match runs.last_mut() {
            Some(run) if run.frames.end == number => {
                run.frames.end += 1;
                run.entries += frame.entries;
            }
            _ => runs.push(Run {
                frames: number..number + 1,
                first: frame.first,
                entries: frame.entries,
            }),
        }
    }
    runs
}

/// The record of an entry of a manifest, of which each line is one record.
fn id(number: u64) -> RecordId {
    RecordId::of(u32::try_from(number).expect("it is the number of a record"))
}
