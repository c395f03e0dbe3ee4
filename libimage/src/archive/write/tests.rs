//! What is written, the reader of this crate reads as it was meant.
//!
//! GNU tar and bsdtar read it in `tests/backups`.

use std::io::Cursor;

use fixtures::random::{Prng, name};

use super::super::{ArchiveReader, Limits, MemberKind, normalise};
use super::*;
use crate::entry::{AclEntry, AclTag, DeviceNumber, Timestamp, Xattrs};

fn metadata(prng: &mut Prng) -> Metadata {
    let id = |prng: &mut Prng| *prng.pick(&[0, 1000, 0o777_7777, 0o777_7777 + 1, u32::MAX - 1]);
    let seconds = [
        0,
        1_731_000_000,
        -1,
        -86_400,
        0o777_7777_7777,
        0o777_7777_7777 + 1,
        i64::MAX,
    ];
    let mut pairs = Vec::new();
    for number in 0..prng.below(4) {
        let odd = [
            "user.a=b",
            "user.100%",
            "user.%3D",
            "trusted.x y",
            "user.gr\u{fc}n",
        ];
        let name = format!("{}{number}", prng.pick(&odd));
        let length = *prng.pick(&[0, 1, 20, 700]);
        let value = prng.bytes(length).into_boxed_slice();
        pairs.push((name.into_bytes().into_boxed_slice(), value));
    }
    Metadata {
        mode: u16::try_from(prng.below(0o10000)).expect("twelve bits"),
        uid: id(prng),
        gid: id(prng),
        mtime: Timestamp {
            seconds: *prng.pick(&seconds),
            nanoseconds: *prng.pick(&[0, 1, 999_999_999, 120_000_000]),
        },
        xattrs: Xattrs::new(pairs),
    }
}

fn path(prng: &mut Prng) -> ImagePath {
    let mut path = ImagePath::root();
    for _ in 0..=prng.below(4) {
        path = path.join(&name(prng));
    }
    path
}

fn kind(prng: &mut Prng) -> Kind {
    let number = |prng: &mut Prng| DeviceNumber {
        major: *prng.pick(&[0, 8, 4095]),
        minor: *prng.pick(&[0, 255, 1_048_575]),
    };
    match prng.below(7) {
        0 => Kind::Directory,
        1 => Kind::Symlink {
            target: path(prng).as_bytes().into(),
        },
        2 => Kind::CharDevice(number(prng)),
        3 => Kind::BlockDevice(number(prng)),
        4 => Kind::Fifo,
        5 => Kind::Socket,
        _ => Kind::File {
            size: prng.below(2000) as u64,
        },
    }
}

/// The one member of an archive and its data.
fn read(mut bytes: Vec<u8>) -> (super::super::Member, Vec<u8>) {
    bytes.extend_from_slice(&END);
    let input = Box::new(Cursor::new(bytes));
    let mut reader = ArchiveReader::new(input, "a.tar".to_owned(), Limits::default())
        .expect("begins like an archive");
    let member = reader.next().expect("well formed").expect("there is one");
    let mut data = Vec::new();
    while let Some(slice) = reader.data().expect("well formed") {
        data.extend_from_slice(&slice);
    }
    assert_eq!(reader.finish().expect("ends").members, 1);
    (member, data)
}

#[test]
fn every_entry_is_read_as_it_was_written() {
    let mut prng = Prng::new(6);
    for round in 0..3000 {
        let path = path(&mut prng);
        let mut entry = Entry {
            name: path.file_name().unwrap_or_default().into(),
            kind: kind(&mut prng),
            metadata: metadata(&mut prng),
            link: None,
            content: None,
        };
        if matches!(entry.kind, Kind::Symlink { .. }) {
            entry.metadata.mode = 0o777;
        }
        let mut bytes = Vec::new();
        put_entry(&path, &entry, None, &mut bytes);
        assert_eq!(bytes.len() % BLOCK, 0);
        let content = prng.bytes(usize::try_from(entry.file_size().unwrap_or(0)).expect("small"));
        bytes.extend_from_slice(&content);
        bytes.resize(bytes.len() + padding(content.len() as u64), 0);
        let (member, data) = read(bytes);
        let (seen, was_absolute) = member.image_path().expect("stays inside");
        assert_eq!((seen, was_absolute), (path, false), "round {round}");
        assert_eq!(member.metadata, entry.metadata, "round {round}");
        assert_eq!(data, content, "round {round}");
        let kind = match member.kind {
            MemberKind::Directory => Kind::Directory,
            MemberKind::File { size, sparse: None } => Kind::File { size },
            MemberKind::Symlink { target } => Kind::Symlink { target },
            MemberKind::CharDevice(number) => Kind::CharDevice(number),
            MemberKind::BlockDevice(number) => Kind::BlockDevice(number),
            MemberKind::Fifo => Kind::Fifo,
            MemberKind::Socket => Kind::Socket,
            other => panic!("{other:?}"),
        };
        assert_eq!(kind, entry.kind, "round {round}");
    }
}

#[test]
fn hard_links_name_their_leader() {
    let mut prng = Prng::new(7);
    for _ in 0..300 {
        let (one, two) = (path(&mut prng), path(&mut prng));
        let metadata = metadata(&mut prng);
        let mut bytes = Vec::new();
        put_hard_link(&one, &two, &metadata, &mut bytes);
        let (member, _) = read(bytes);
        assert_eq!(member.image_path().map(|(path, _)| path), Ok(one));
        let MemberKind::HardLink { target } = member.kind else {
            panic!("{:?}", member.kind);
        };
        assert_eq!(normalise(&target), Ok((two, false)));
        assert_eq!(member.metadata.mtime, metadata.mtime);
    }
}

#[test]
fn holes_come_back() {
    let path = ImagePath::new(*b"var/log/lastlog").expect("valid");
    let big = 9 << 30;
    let cases: &[(u64, &[(u64, u64)])] = &[
        (big, &[]),
        (big, &[(4096, 8192)]),
        (10_000, &[(0, 512), (8192, 10_000)]),
        (big, &[(0, 512), (big - 512, big)]),
    ];
    for (size, pairs) in cases {
        let mut regions = Regions::default();
        for (start, end) in *pairs {
            regions.add(*start, *end, *size);
        }
        let entry = Entry {
            name: (*b"lastlog").into(),
            kind: Kind::File { size: *size },
            metadata: Metadata::default(),
            link: None,
            content: None,
        };
        let mut bytes = Vec::new();
        put_entry(&path, &entry, Some(&regions), &mut bytes);
        let stored = usize::try_from(regions.stored()).expect("small");
        bytes.resize(bytes.len() + stored, b'x');
        bytes.resize(bytes.len() + padding(stored as u64), 0);
        let (member, data) = read(bytes);
        assert_eq!(member.image_path().map(|(path, _)| path), Ok(path.clone()));
        let MemberKind::File {
            size: seen,
            sparse: Some(map),
        } = member.kind
        else {
            panic!("{:?}", member.kind);
        };
        assert_eq!(seen, *size);
        let regions = map.regions().iter();
        let seen: Vec<_> = regions
            .map(|each| (each.offset, each.offset + each.length))
            .collect();
        assert_eq!(seen, *pairs);
        assert_eq!(data.len(), stored);
    }
}

#[test]
fn acls_stand_there_twice_and_are_one() {
    let entry = |tag, permissions| AclEntry { tag, permissions };
    let acl = Acl::new(vec![
        entry(AclTag::UserObj, 7),
        entry(AclTag::User(3_000_000_000), 5),
        entry(AclTag::GroupObj, 4),
        entry(AclTag::Mask, 5),
        entry(AclTag::Other, 0),
    ]);
    let pairs = [ACCESS_ACL, DEFAULT_ACL].map(|name| (name.into(), acl.to_xattr().into()));
    let entry = Entry {
        name: (*b"d").into(),
        kind: Kind::Directory,
        metadata: Metadata {
            mode: 0o2750,
            xattrs: Xattrs::new(pairs.into()),
            ..Metadata::default()
        },
        link: None,
        content: None,
    };
    let mut bytes = Vec::new();
    put_entry(&ImagePath::root().join(b"d"), &entry, None, &mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    for key in [
        "SCHILY.acl.access=user::rwx\nuser:3000000000:r-x\n",
        "SCHILY.acl.default=",
    ] {
        assert!(text.contains(key), "{key}");
    }
    assert_eq!(read(bytes).0.metadata, entry.metadata);
}
