//! Trees that others write come out as they were.

use fixtures::acl;
use fixtures::archive::{Directories, Format, Options, Prefix, SparseFormat, XattrFormat, write};
use fixtures::compress::{Codec, compress, compress_members};
use fixtures::random;
use fixtures::tree::{Kind, Node, Privilege, TreeSpec};

use super::super::{Limits, Member, MemberKind, normalise};
use super::{open, read};
use crate::digest::Digest;
use crate::entry::{DeviceNumber, Timestamp, Xattrs};

/// A file with its holes as zeros: offsets, lengths, and their data together.
fn expand(size: u64, regions: impl Iterator<Item = (u64, u64)>, mut data: &[u8]) -> Vec<u8> {
    let small = |number| usize::try_from(number).expect("small");
    let mut whole = vec![0; small(size)];
    for (offset, length) in regions {
        let (piece, rest) = data.split_at(small(length));
        whole[small(offset)..][..piece.len()].copy_from_slice(piece);
        data = rest;
    }
    assert!(data.is_empty());
    whole
}

/// What a member's kind has to be for a node.
fn check_kind(member: &Member, data: &[u8], node: &Node) {
    let device = |major, minor| DeviceNumber { major, minor };
    match (&member.kind, &node.kind) {
        (MemberKind::Directory, Kind::Dir) | (MemberKind::Fifo, Kind::Fifo) => {}
        (MemberKind::File { size, sparse }, Kind::File { content, holes }) => {
            let seen = match sparse {
                None => data.to_vec(),
                Some(map) => {
                    assert_eq!(map.stored(), data.len() as u64);
                    // No more regions than the file has, so its holes are kept.
                    let holes = holes.as_ref().expect("the node is sparse too");
                    assert!(map.regions().len() <= holes.extents.len());
                    let pairs = map.regions().iter().map(|each| (each.offset, each.length));
                    expand(*size, pairs, data)
                }
            };
            let expected = match holes {
                None => content.clone(),
                Some(holes) => {
                    let pairs = holes.extents.iter().map(|each| (each.offset, each.len));
                    expand(holes.size, pairs, content)
                }
            };
            assert!(seen == expected);
        }
        (MemberKind::Symlink { target }, Kind::Symlink(expected)) => {
            assert_eq!(**target, **expected);
        }
        (MemberKind::HardLink { target }, Kind::HardLink(of)) => {
            let (target, _) = normalise(target).expect("stays inside");
            assert_eq!(target.as_bytes(), of);
        }
        (MemberKind::CharDevice(seen), Kind::CharDevice(major, minor))
        | (MemberKind::BlockDevice(seen), Kind::BlockDevice(major, minor)) => {
            assert_eq!(*seen, device(*major, *minor));
        }
        (seen, expected) => panic!("{seen:?} instead of {expected:?}"),
    }
}

/// Reads the archive of a tree and compares all that the format keeps.
fn check(tree: &TreeSpec, options: Options) {
    let archive = write(tree, options);
    let (content, summary) = read(&archive, Limits::default()).expect("well formed");
    assert_eq!(summary.bytes, archive.len() as u64);
    assert_eq!(summary.unpacked, archive.len() as u64);
    assert_eq!(summary.digest, Digest::of(&archive));
    assert_eq!(summary.members, content.len() as u64);
    for (member, data) in &content {
        let (path, stripped) = member.image_path().expect("stays inside");
        assert_eq!(stripped, options.prefix == Prefix::Slash);
        if path.is_root() {
            continue;
        }
        let node = tree.get(path.as_bytes()).expect("in the tree");
        check_kind(member, data, node);
        let owner = tree.leader(node);
        let metadata = &member.metadata;
        assert_eq!(u32::from(metadata.mode), owner.mode, "{path}");
        assert_eq!((metadata.uid, metadata.gid), (owner.uid, owner.gid));
        assert_eq!(metadata.mtime.seconds, owner.mtime.secs, "{path}");
        if options.format != Format::Pax {
            continue;
        }
        let expected = Timestamp {
            seconds: owner.mtime.secs,
            nanoseconds: owner.mtime.nanos,
        };
        assert_eq!(metadata.mtime, expected, "{path}");
        if options.xattrs != XattrFormat::Omitted {
            let pairs = owner.xattrs.iter();
            let pairs = pairs.map(|(name, value)| ((**name).into(), (**value).into()));
            assert_eq!(metadata.xattrs, Xattrs::new(pairs.collect()), "{path}");
        }
    }
}

fn odd_tree() -> TreeSpec {
    let access = acl::Acl::from_mode(0o750).user(1000, 6).group(100, 4);
    TreeSpec::new()
        .with(Node::dir("d").mode(0o2755).owner(7, 4_294_967_294))
        .with(Node::file("d/empty", ""))
        .with(Node::file("d/block", [b'b'; 512]).mode(0o4755))
        .with(Node::file("d/large", vec![b'l'; 700_000]))
        .with(Node::file("old", "x").mtime(-2, 500_000_000))
        .with(Node::file("far", "x").mtime(10_000_000_000, 1))
        .with(Node::hard_link("d/again", "old"))
        .with(Node::symlink("s", "t".repeat(300)))
        .with(Node::file("n".repeat(255), "x"))
        .with(Node::file("deep/".repeat(40) + "x", "x"))
        .with(Node::fifo("fifo"))
        .with(Node::char_device("null", 1, 3).mode(0o666))
        .with(Node::block_device("big", 4095, 1_048_575))
        .with(Node::sparse(
            "holes",
            1 << 20,
            &[(0, b"a"), (524_288, &[b'x'; 4096])],
        ))
        .with(Node::sparse("hole", 1 << 22, &[]))
        .with(
            Node::file("attributes", "")
                .mode(0o750)
                .xattr("user.binary", &b"\0\n=\xff"[..])
                .xattr("user.empty", "")
                .xattr("security.capability", acl::capability(1 << 13))
                .xattr(acl::ACCESS, access.bytes()),
        )
}

#[test]
fn every_format_keeps_what_it_can() {
    let posix = Options::gnu_tar();
    for xattrs in [
        XattrFormat::Schily,
        XattrFormat::SchilyRaw,
        XattrFormat::Libarchive,
        XattrFormat::Omitted,
    ] {
        check(&odd_tree(), Options { xattrs, ..posix });
    }
    for sparse in [
        SparseFormat::Pax00,
        SparseFormat::Pax01,
        SparseFormat::Pax10,
    ] {
        let sparse = Some(sparse);
        check(&odd_tree(), Options { sparse, ..posix });
    }
    for prefix in [Prefix::Dot, Prefix::Bare, Prefix::Slash] {
        for directories in [
            Directories::AsListed,
            Directories::Last,
            Directories::Implied,
        ] {
            check(
                &odd_tree(),
                Options {
                    prefix,
                    directories,
                    ..posix
                },
            );
        }
    }
    check(&odd_tree(), Options::gnu_tar_plain());
    let gnu_sparse = Options {
        sparse: Some(SparseFormat::GnuOld),
        ..Options::gnu_tar_plain()
    };
    check(&odd_tree(), gnu_sparse);
    let small = TreeSpec::new()
        .with(Node::dir("d"))
        .with(Node::file(format!("{}/f", "p".repeat(120)), "x"));
    let ustar = Options {
        format: Format::Ustar,
        ..Options::gnu_tar_plain()
    };
    check(&small, ustar);
}

#[test]
fn random_trees() {
    for seed in 0..40 {
        check(&random::tree(seed, 40, Privilege::Root), Options::gnu_tar());
    }
}

#[test]
fn codecs_and_their_concatenations_change_nothing() {
    let archive = write(&odd_tree(), Options::gnu_tar());
    let (content, plain) = read(&archive, Limits::default()).expect("well formed");
    for codec in Codec::ALL {
        let one = compress(&archive, codec);
        let several = compress_members(&archive, codec, 5);
        for packed in [one, several] {
            let (seen, summary) = read(&packed, Limits::default()).expect("well formed");
            assert!(seen == content, "{codec:?}");
            assert_eq!(summary.digest, Digest::of(&packed));
            assert_eq!(summary.bytes, packed.len() as u64);
            assert_eq!(summary.unpacked, plain.unpacked);
        }
    }
}

#[test]
fn archives_of_the_tar_crate() {
    let mut builder = tar::Builder::new(Vec::new());
    let long = "directory/".repeat(15) + "file";
    for (path, data) in [("short", "1"), (&long, "22")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o640);
        header.set_uid(70_000_000);
        builder
            .append_data(&mut header, path, data.as_bytes())
            .expect("into memory");
    }
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    builder
        .append_link(&mut header, "link", &long)
        .expect("into memory");
    let archive = builder.into_inner().expect("into memory");
    let (content, _) = read(&archive, Limits::default()).expect("well formed");
    let names: Vec<_> = content.iter().map(|(member, _)| &*member.path).collect();
    assert_eq!(names, [b"short", long.as_bytes(), b"link"]);
    assert_eq!(content[1].1, b"22");
    assert_eq!(content[1].0.metadata.uid, 70_000_000);
    let target = long.into_bytes().into();
    assert_eq!(content[2].0.kind, MemberKind::Symlink { target });
}

#[test]
fn data_may_be_left_or_kept() {
    let tree = TreeSpec::new()
        .with(Node::file("a", vec![b'a'; 600_000]))
        .with(Node::file("b", vec![b'b'; 300_000]))
        .with(Node::file("c", "c"));
    let packed = compress(&write(&tree, Options::bsdtar()), Codec::Gzip);
    let mut reader = open(&packed, Limits::default()).expect("well formed");
    let progress = reader.progress_handle();
    let first = reader.next().expect("well formed").expect("the first");
    assert_eq!(&*first.path, b"a");
    let kept = reader.data().expect("well formed").expect("it has data");
    assert!(kept.iter().all(|&byte| byte == b'a'));
    let second = reader.next().expect("well formed").expect("the second");
    assert_eq!(&*second.path, b"b");
    let summary = reader.finish().expect("well formed");
    assert_eq!(summary.members, 3);
    assert_eq!(progress.bytes(), packed.len() as u64);
    // What was kept outlives the reader.
    assert!(kept.iter().all(|&byte| byte == b'a'));
}
