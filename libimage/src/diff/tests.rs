//! What is ignored, and what trees do not record.

use super::*;
use crate::digest::{Digest, Sha256};
use crate::entry::{Entry, Kind, LinkGroup, Metadata, Respect, Timestamp, Xattrs};
use crate::monitor::Silent;
use crate::tree::{RecordedTree, Records};

/// A tree of two files, both as `change` makes them.
fn tree(change: &dyn Fn(&mut Entry)) -> RecordedTree {
    let metadata = Metadata {
        mode: 0o644,
        uid: 1,
        gid: 2,
        mtime: Timestamp::from_seconds(3),
        xattrs: Xattrs::NONE,
    };
    let mut records = Records::new(metadata.clone());
    for name in ["one", "two"] {
        let mut entry = Entry {
            name: name.as_bytes().into(),
            kind: Kind::File { size: 4 },
            metadata: metadata.clone(),
            link: None,
            content: Some(Digest::of(b"same").into()),
        };
        change(&mut entry);
        records.insert(Records::ROOT, entry).expect("a new name");
    }
    RecordedTree::new(records, "tree".to_owned())
}

fn attribute(name: &[u8], value: &[u8]) -> Xattrs {
    Xattrs::new(vec![(name.into(), value.into())])
}

/// An ACL that names a group, in the kernel's form (`linux/posix_acl_xattr.h`).
fn acl() -> Xattrs {
    let mut value = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in [
        (1_u16, 6_u16, u32::MAX),
        (4, 4, u32::MAX),
        (8, 4, 7),
        (16, 4, u32::MAX),
        (32, 4, u32::MAX),
    ] {
        value.extend(tag.to_le_bytes());
        value.extend(permissions.to_le_bytes());
        value.extend(id.to_le_bytes());
    }
    attribute(crate::entry::ACCESS_ACL, &value)
}

/// A change in one respect alone.
type Row = (Respect, fn(&mut Entry));

const ROWS: [Row; 7] = [
    (Respect::Time, |entry| entry.metadata.mtime.seconds = 4),
    (Respect::Mode, |entry| entry.metadata.mode = 0o600),
    (Respect::Owner, |entry| entry.metadata.uid = 7),
    (Respect::Group, |entry| entry.metadata.gid = 7),
    (Respect::Acl, |entry| entry.metadata.xattrs = acl()),
    (Respect::Xattr, |entry| {
        entry.metadata.xattrs = attribute(b"user.a", b"b");
    }),
    (Respect::Links, |entry| entry.link = Some(LinkGroup(0, 1))),
];

fn changes(source: &dyn Tree, target: &dyn Tree, ignore: Respects) -> Outcome {
    let options = Options {
        ignore,
        threads: 1,
        ..Options::default()
    };
    diff(source, target, &options, &Silent).expect("all is recorded")
}

#[test]
fn what_is_ignored_or_not_recorded_is_no_difference() {
    let plain = tree(&|_| ());
    for (respect, change) in ROWS {
        let changed = tree(&change);
        let found = changes(&changed, &plain, Respects::NONE);
        assert!(!found.changes.is_empty(), "{}", respect.word());
        assert_eq!(found.unrecorded, Respects::NONE);
        let others = !Respects::from(respect);
        assert!(
            !changes(&changed, &plain, others).changes.is_empty(),
            "{}: ignoring all else",
            respect.word()
        );

        let found = changes(&changed, &plain, respect.into());
        assert_eq!(found.totals.changes(), 0, "{}: ignored", respect.word());

        for (source, target) in [
            (changed.clone().recording(others), plain.clone()),
            (changed.clone(), plain.clone().recording(others)),
        ] {
            let found = changes(&source, &target, Respects::NONE);
            assert_eq!(found.totals.changes(), 0, "{}: unknown", respect.word());
            assert_eq!(found.unrecorded, respect.into());
        }
    }
}

#[test]
fn content_that_differs_is_missed_only_where_times_are_known_to_be_equal() {
    let plain = tree(&|_| ());
    let other = tree(&|entry| entry.content = Some(Digest::of(b"else").into()));
    let timeless = other.clone().recording(!Respects::from(Respect::Time));
    for (source, ignore, expected) in [
        (&other, Respects::NONE, Action::Miss),
        (&other, Respect::Time.into(), Action::Update),
        (&timeless, Respects::NONE, Action::Update),
    ] {
        let options = Options {
            checksum: true,
            ignore,
            threads: 1,
            ..Options::default()
        };
        let found = diff(source, &plain, &options, &Silent).expect("all is recorded");
        assert_eq!(found.totals.count(expected), 2);
    }
}

#[test]
fn digests_of_two_algorithms_are_not_compared() {
    let ours = tree(&|_| ());
    let theirs = tree(&|entry| entry.content = Some(Sha256::of(b"same").into()));
    let options = Options {
        checksum: true,
        ..Options::default()
    };
    let error = diff(&ours, &theirs, &options, &Silent).expect_err("nothing can be said");
    assert!(
        error.to_string().contains("BLAKE3 digest of one"),
        "{error}"
    );
    let same = diff(&theirs, &theirs.clone(), &options, &Silent).expect("of one sort");
    assert_eq!(same.totals.changes(), 0);
}

#[test]
fn a_live_tree_is_hashed_as_the_record_is() {
    let dir = tempfile::tempdir().expect("makes");
    for name in ["one", "two"] {
        let mut out = crate::output::OutputFile::create(&dir.path().join(name)).expect("creates");
        std::io::Write::write_all(&mut out, b"same").expect("writes");
        out.publish().expect("publishes");
    }
    let live = crate::tree::LiveTree::open(dir.path(), crate::tree::Want::All).expect("opens");
    let options = Options {
        checksum: true,
        ignore: Respects::ALL,
        ..Options::default()
    };
    for (content, expected) in [(&b"same"[..], 0), (b"else", 2)] {
        for digest in [Digest::of(content).into(), Sha256::of(content).into()] {
            let record = tree(&|entry| entry.content = Some(digest));
            let found = diff(&record, &live, &options, &Silent).expect("readable");
            assert_eq!(found.totals.changes(), expected, "{digest:?}");
        }
    }
}

#[test]
fn directories_come_as_if_a_slash_followed_their_names() {
    let mut records = Records::new(Metadata::default());
    let entry = |name: &str, kind| Entry {
        name: name.as_bytes().into(),
        kind,
        metadata: Metadata::default(),
        link: None,
        content: None,
    };
    for name in ["a", "a.b"] {
        let directory = records.insert(Records::ROOT, entry(name, Kind::Directory));
        let fifo = Entry {
            link: Some(LinkGroup(0, 1)),
            ..entry("p", Kind::Fifo)
        };
        records.insert(directory.expect("a new name"), fifo);
    }
    let full = RecordedTree::new(records, "full".to_owned());
    let empty = RecordedTree::new(Records::new(Metadata::default()), "empty".to_owned());
    let found = changes(&full, &empty, Respects::NONE);
    let found: Vec<_> = found
        .changes
        .iter()
        .map(|change| change.path.to_string())
        .collect();
    assert_eq!(found, ["a.b", "a.b/p", "a", "a/p"]);
}

#[test]
fn sizes_of_a_list_may_be_any() {
    let huge = tree(&|entry| entry.kind = Kind::File { size: u64::MAX });
    let empty = RecordedTree::new(Records::new(Metadata::default()), "empty".to_owned());
    let plain = tree(&|_| ());
    let checksum = Options {
        checksum: true,
        ..Options::default()
    };
    for (source, target, sent, deleted) in [
        (&huge, &empty, u64::MAX, 0),
        (&huge, &plain, u64::MAX, 0),
        (&empty, &huge, 0, u64::MAX),
        (&huge, &huge, 0, 0),
    ] {
        let totals = diff(source, target, &checksum, &Silent)
            .expect("recorded")
            .totals;
        assert_eq!((totals.bytes_sent, totals.bytes_deleted), (sent, deleted));
    }
    let mut out = Vec::new();
    let written = crate::manifest::mtree::write(&huge, &mut out, false, 1, &Silent);
    assert_eq!(written.expect("a Vec takes all").bytes, u64::MAX);
}
