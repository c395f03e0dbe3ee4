//! [`Agreement`]: whether a tree is what a manifest says.

use std::collections::HashMap;
use std::fmt;

use crate::archive::{Member, OTHER_KIND, OTHER_LINKS, OTHER_XATTRS, check_listed};
use crate::entry::{Entry, Kind, LinkGroup};
use crate::error::{ErrorKind, ImageError};
use crate::path::ImagePath;
use crate::tree::{RecordId, Records};
use crate::writer::{LeftOut, Privilege};

/// Compares what came out of a backup with its manifest.
pub(crate) struct Agreement<'a> {
    /// What the manifest says.
    pub(crate) expected: &'a Records,
    /// What came out.
    pub(crate) found: &'a Records,
    /// Who wrote it: nothing is expected of them that they may not set.
    pub(crate) privilege: Option<Privilege>,
}

/// An entry is not what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The entry.
    pub path: ImagePath,
    /// In what it differs.
    pub what: &'static str,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, what } = self;
        write!(
            f,
            "`{path}` is not what the manifest of the backup says: {what}"
        )
    }
}

impl std::error::Error for Disagreement {}

impl ImageError for Disagreement {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn help(&self) -> Option<String> {
        Some("the backup contradicts itself; take another one".to_owned())
    }
}

/// Compares a member as it comes with the entry of its number.
pub(crate) fn check_member(
    listed: &Records,
    number: u64,
    member: &Member,
) -> Result<(), Disagreement> {
    let id = u32::try_from(number).ok().map(RecordId::of);
    let Some(id) = id.filter(|_| number < listed.len() as u64) else {
        return Err(Disagreement {
            path: member
                .image_path()
                .map(|(path, _)| path)
                .unwrap_or_default(),
            what: "it is not listed",
        });
    };
    check_listed(member, listed, id).map_err(|what| Disagreement {
        path: listed.path(id),
        what,
    })
}

impl Agreement<'_> {
    /// Compares the entries of these numbers, in the order of the manifest, and
    /// makes sure that there are no others.
    pub(crate) fn check(
        &self,
        entries: impl Iterator<Item = RecordId>,
    ) -> Result<(), Disagreement> {
        let mut links = Links::default();
        let mut count = 0;
        // Where the directories are that were compared, by number: what is in a
        // directory comes after it.
        let mut places = vec![Records::ROOT; self.expected.len()];
        for id in entries {
            let differs = |what| Disagreement {
                path: self.expected.path(id),
                what,
            };
            let Some(expected) = self.expected_entry(id) else {
                continue;
            };
            count += 1;
            let found = self.place(id, &places);
            let found = found.ok_or_else(|| differs("it is missing"))?;
            places[id.number() as usize] = found;
            let entry = self.found.entry(found);
            same(&expected, &entry).map_err(differs)?;
            if !links.agree(expected.link, entry.link) {
                return Err(differs(OTHER_LINKS));
            }
        }
        let counts = self.found.counts();
        if counts.entries() + counts.mounts != count {
            return Err(Disagreement {
                path: ImagePath::root(),
                what: "there are more entries than it lists",
            });
        }
        Ok(())
    }

    /// An entry as it may be expected; nothing if it could not be made.
    fn expected_entry(&self, id: RecordId) -> Option<Entry> {
        let mut entry = self.expected.entry(id);
        if let Some(privilege) = &self.privilege {
            if !privilege.can_make(&entry.kind) {
                return None;
            }
            let takes_user = matches!(entry.kind, Kind::File { .. } | Kind::Directory);
            let mut lost = LeftOut::default();
            privilege.adapt(takes_user, &mut entry.metadata, &mut lost);
        }
        Some(entry)
    }

    /// Where an entry is among those that came out, of which the directory above
    /// has its place.
    fn place(&self, id: RecordId, places: &[RecordId]) -> Option<RecordId> {
        if id == Records::ROOT {
            return Some(id);
        }
        let directory = places[self.expected.parent(id).number() as usize];
        self.found.child(directory, self.expected.name(id))
    }
}

/// In what two entries of one name differ.
pub(super) fn same(expected: &Entry, found: &Entry) -> Result<(), &'static str> {
    let (one, two) = (&expected.metadata, &found.metadata);
    let differs = [
        (expected.kind != found.kind, OTHER_KIND),
        (expected.content != found.content, "its content"),
        (one.mode != two.mode, "its permissions"),
        (
            (one.uid, one.gid) != (two.uid, two.gid),
            "its owner or group",
        ),
        (one.mtime != two.mtime, "its mtime"),
        (one.xattrs != two.xattrs, OTHER_XATTRS),
    ];
    match differs.into_iter().find(|(differs, _)| *differs) {
        Some((_, what)) => Err(what),
        None => Ok(()),
    }
}

/// Which groups of names are the same on both sides.
#[derive(Default)]
struct Links {
    /// The groups that were found for those expected.
    found: HashMap<LinkGroup, Option<LinkGroup>>,
    /// The other way about.
    expected: HashMap<LinkGroup, LinkGroup>,
}

impl Links {
    fn agree(&mut self, expected: Option<LinkGroup>, found: Option<LinkGroup>) -> bool {
        let Some(expected) = expected else {
            return found.is_none();
        };
        if let Some(&known) = self.found.get(&expected) {
            // A second name must be of the group of the first.
            return known.is_some() && known == found;
        }
        self.found.insert(expected, found);
        found.is_none_or(|found| *self.expected.entry(found).or_insert(expected) == expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::entry::{Metadata, Timestamp, Xattrs};

    fn file(name: &str, link: Option<u64>) -> Entry {
        Entry {
            name: name.as_bytes().into(),
            kind: Kind::File { size: 3 },
            metadata: Metadata::default(),
            link: link.map(|number| LinkGroup(0, number)),
            content: Some(Digest::of(b"abc").into()),
        }
    }

    fn records(entries: &[Entry]) -> Records {
        let mut records = Records::new(Metadata::default());
        for entry in entries {
            records.insert(Records::ROOT, entry.clone());
        }
        records
    }

    fn check(expected: &[Entry], found: &[Entry]) -> Result<(), &'static str> {
        let (expected, found) = (records(expected), records(found));
        let agreement = Agreement {
            expected: &expected,
            found: &found,
            privilege: None,
        };
        let answer = agreement.check(expected.ids());
        answer.map_err(|disagreement| disagreement.what)
    }

    #[test]
    fn every_difference_is_told() {
        type Change = fn(&mut Entry);
        let plain = file("a", None);
        assert_eq!(
            check(std::slice::from_ref(&plain), std::slice::from_ref(&plain)),
            Ok(())
        );
        let changes: &[(Change, &str)] = &[
            (|entry| entry.name = (*b"b").into(), "it is missing"),
            (|entry| entry.kind = Kind::Fifo, "its kind, size or target"),
            (
                |entry| entry.content = Some(Digest::of(b"x").into()),
                "its content",
            ),
            (|entry| entry.metadata.mode = 1, "its permissions"),
            (|entry| entry.metadata.gid = 1, "its owner or group"),
            (
                |entry| entry.metadata.mtime = Timestamp::from_seconds(1),
                "its mtime",
            ),
            (
                |entry| {
                    let pair = ((*b"user.a").into(), (*b"").into());
                    entry.metadata.xattrs = Xattrs::new(vec![pair]);
                },
                "its extended attributes",
            ),
            (
                |entry| entry.link = Some(LinkGroup(0, 1)),
                "its hard links are others",
            ),
        ];
        for (change, what) in changes {
            let mut other = plain.clone();
            change(&mut other);
            assert_eq!(check(std::slice::from_ref(&plain), &[other]), Err(*what));
        }
        let more = [plain.clone(), file("b", None)];
        let what = "there are more entries than it lists";
        assert_eq!(check(&[plain], &more), Err(what));
    }

    #[test]
    fn names_of_one_inode_stay_together() {
        let tree = |links: [Option<u64>; 3]| {
            let [one, two, three] = links;
            [file("a", one), file("b", two), file("c", three)]
        };
        let cases = [
            (
                [Some(1), Some(1), Some(2)],
                [Some(7), Some(7), Some(8)],
                true,
            ),
            // Of a file with further names elsewhere one alone is no group.
            ([Some(1), Some(1), Some(2)], [Some(7), Some(7), None], true),
            ([Some(1), Some(1), Some(2)], [Some(7), Some(8), None], false),
            (
                [Some(1), Some(1), Some(2)],
                [Some(7), Some(7), Some(7)],
                false,
            ),
            ([Some(1), Some(1), None], [None, None, None], false),
            ([None, None, None], [None, None, Some(7)], false),
        ];
        for (expected, found, agree) in cases {
            let answer = check(&tree(expected), &tree(found));
            assert_eq!(answer.is_ok(), agree, "{expected:?} {found:?}");
        }
    }
}
