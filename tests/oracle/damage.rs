//! A manifest is what was written, to the bit, or it is refused; and what is
//! written for a tree never changes.

use libimage::digest::Digest;
use libimage::entry::{
    ACCESS_ACL, DeviceNumber, Entry, Kind, LinkGroup, Metadata, Timestamp, Xattrs,
};
use libimage::manifest;
use libimage::tree::{RecordedTree, Records};

use crate::records::write;
use crate::rsync::differences;

/// The entry lines of [`tree`]. Changing one changes what every digest that
/// somebody wrote down means: that is another version of the format.
const LINES: &str = "\
d 0755 0 0 1700000000.000000000 .
l 0777 0 0 1700000000.000000000 bin usr/bin
f 4755 4294967294 2147483648 -1.999999999 odd\\x20\\x0a\\xff\\x5c 3 \
6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85 \
security.capability=0100000200200000000000000000000000000000 \
system.posix_acl_access=\
0200000001000600ffffffff020004009210000004000400ffffffff10000400ffffffff20000400ffffffff \
user.a\\x3db= user.empty=
d 1777 0 0 4294967296.000000001 dev
c 0666 0 0 1700000000.000000000 dev/null 1 3
b 0660 0 6 1700000000.000000000 dev/nvme0n1 259 1048575
p 0600 0 0 0.000000000 dev/pipe
s 0600 0 0 0.500000000 dev/socket
d 0755 0 0 1700000000.000000000 usr
f 0644 0 0 1700000000.000000000 usr/a 0 \
af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262
h usr/b usr/a
";

/// BLAKE3 of [`LINES`], as `b3sum` computes it.
const DIGEST: &str = "fd2bc05231482bc360feedf47f2d4c1fc9c914a20c8989bd0ff6aad2dd79d77a";

fn metadata(mode: u16) -> Metadata {
    Metadata {
        mode,
        uid: 0,
        gid: 0,
        mtime: Timestamp::from_seconds(1_700_000_000),
        xattrs: Xattrs::NONE,
    }
}

fn entry(name: &[u8], kind: Kind, metadata: Metadata) -> Entry {
    Entry {
        name: name.into(),
        kind,
        metadata,
        link: None,
        content: None,
    }
}

fn at(seconds: i64, nanoseconds: u32, metadata: Metadata) -> Metadata {
    Metadata {
        mtime: Timestamp {
            seconds,
            nanoseconds,
        },
        ..metadata
    }
}

/// One entry of every kind, with what is hardest to write down.
fn tree() -> RecordedTree {
    let mut records = Records::new(metadata(0o755));
    let acl = fixtures::acl::Acl::from_mode(0o644).user(4242, 4).bytes();
    let pair = |name: &[u8], value: &[u8]| (name.into(), value.into());
    let mut odd = at(-1, 999_999_999, metadata(0o4755));
    (odd.uid, odd.gid) = (4_294_967_294, 2_147_483_648);
    odd.xattrs = Xattrs::new(vec![
        pair(b"user.empty", b""),
        pair(b"user.a=b", b""),
        pair(ACCESS_ACL, &acl),
        pair(b"security.capability", &fixtures::acl::capability(1 << 13)),
    ]);
    let mut disk = metadata(0o660);
    disk.gid = 6;
    let number = |major, minor| DeviceNumber { major, minor };
    let link = Some(LinkGroup(7, 7));
    let symlink = Kind::Symlink {
        target: (*b"usr/bin").into(),
    };
    let file = |name: &[u8], content: &[u8], metadata| Entry {
        content: Some(Digest::of(content).into()),
        ..entry(
            name,
            Kind::File {
                size: content.len() as u64,
            },
            metadata,
        )
    };
    let top = [
        file(b"odd \n\xff\\", b"abc", odd),
        entry(b"bin", symlink, metadata(0o777)),
    ];
    let dev = [
        entry(b"null", Kind::CharDevice(number(1, 3)), metadata(0o666)),
        entry(b"nvme0n1", Kind::BlockDevice(number(259, 0xf_ffff)), disk),
        entry(b"pipe", Kind::Fifo, at(0, 0, metadata(0o600))),
        entry(b"socket", Kind::Socket, at(0, 500_000_000, metadata(0o600))),
    ];
    let usr = ["b", "a"].map(|name| Entry {
        link,
        ..file(name.as_bytes(), b"", metadata(0o644))
    });
    let directories = [
        entry(b"usr", Kind::Directory, metadata(0o755)),
        entry(
            b"dev",
            Kind::Directory,
            at(4_294_967_296, 1, metadata(0o1777)),
        ),
    ];
    let mut add = |parent, entry| records.insert(parent, entry).expect("the name is free");
    let [usr_at, dev_at] = directories.map(|entry| add(Records::ROOT, entry));
    for (parent, entries) in [
        (Records::ROOT, top.to_vec()),
        (dev_at, dev.to_vec()),
        (usr_at, usr.to_vec()),
    ] {
        for entry in entries {
            add(parent, entry);
        }
    }
    RecordedTree::new(records, "tree".to_owned())
}

fn lines() -> (Vec<u8>, String) {
    let (bytes, _) = write(&tree(), 1);
    let text = String::from_utf8(bytes.clone()).expect("a manifest is ASCII");
    (bytes, text)
}

#[test]
fn what_is_written_never_changes() {
    let (_, text) = lines();
    let (first, rest) = text.split_once('\n').expect("several lines");
    assert_eq!(first, "imgtool-manifest 1");
    let end = rest.rfind("end ").expect("a last line");
    assert_eq!(&rest[..end], LINES);
    let sum = format!("end 11 {DIGEST} ");
    assert_eq!(&rest[end..end + sum.len()], sum);
    let (_, summary) = write(&tree(), 2);
    assert_eq!(summary.digest.to_string(), DIGEST);
    assert_eq!(Digest::of(LINES.as_bytes()), summary.digest);
    assert_eq!((summary.counts.entries(), summary.bytes), (11, 3));
}

#[test]
fn what_was_written_is_read() {
    let (bytes, _) = lines();
    let (read, summary) = manifest::read(&bytes[..], "manifest").expect("it is whole");
    assert_eq!(summary.digest.to_string(), DIGEST);
    assert_eq!(differences(&tree(), &read), [""; 0]);
    assert_eq!(differences(&read, &tree()), [""; 0]);
    assert_eq!(write(&read, 1).0, bytes);
}

#[test]
fn every_flipped_bit_is_noticed() {
    let (mut bytes, _) = lines();
    for index in 0..bytes.len() {
        for bit in 0..8 {
            bytes[index] ^= 1 << bit;
            let read = manifest::read(&bytes[..], "manifest");
            assert!(read.is_err(), "bit {bit} of byte {index}");
            bytes[index] ^= 1 << bit;
        }
    }
    assert!(manifest::read(&bytes[..], "manifest").is_ok());
}

#[test]
fn every_cut_is_noticed() {
    let (bytes, _) = lines();
    for length in 0..bytes.len() {
        let read = manifest::read(&bytes[..length], "manifest");
        assert!(read.is_err(), "cut to {length}");
    }
    for more in [&b"\n"[..], b"\0", b"end\n", &bytes] {
        let longer = [&bytes[..], more].concat();
        let read = manifest::read(&longer[..], "manifest");
        assert!(read.is_err(), "{} more", more.len());
    }
}

/// Lines taken out, doubled or exchanged, with the last line made to fit: what
/// is refused here is refused for what it says, not for its checksum.
#[test]
fn a_manifest_that_fits_its_sums_must_still_make_a_tree() {
    let lines: Vec<_> = LINES.lines().collect();
    let mut rest = lines.clone();
    rest.remove(0);
    let without_root = rest;
    let exchanged = |one: usize, two: usize| {
        let mut lines = lines.clone();
        lines.swap(one, two);
        lines
    };
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        lines
    };
    let with = |index: usize, line: &'static str| {
        let mut lines = lines.clone();
        lines.insert(index, line);
        lines
    };
    let cases = [
        ("nothing", vec![]),
        ("no root", without_root),
        ("a file before the root", exchanged(0, 1)),
        ("two entries out of order", exchanged(4, 5)),
        ("directories before files", exchanged(2, 3)),
        ("no directory", without(3)),
        ("no leader", without(9)),
        (
            "an entry twice",
            with(1, "l 0777 0 0 1700000000.000000000 bin usr/bin"),
        ),
        (
            "the root twice",
            with(1, "d 0755 0 0 1700000000.000000000 ."),
        ),
        ("a link to a directory", with(11, "h usr/c usr")),
        ("a link to itself", with(11, "h usr/c usr/c")),
        ("a link to a link", with(11, "h usr/c usr/b")),
        (
            "an entry in a file",
            with(11, "p 0600 0 0 0.000000000 usr/a/p"),
        ),
    ];
    assert!(manifest::read(&sealed(&lines)[..], "manifest").is_ok());
    for (what, lines) in cases {
        let read = manifest::read(&sealed(&lines)[..], "manifest");
        assert!(read.is_err(), "{what}");
    }
}

/// A manifest of these lines, all its sums right.
fn sealed(lines: &[&str]) -> Vec<u8> {
    let entries: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    let digest = Digest::of(entries.as_bytes());
    let last = format!("end {} {digest} ", lines.len());
    let whole = format!("imgtool-manifest 1\n{entries}{last}");
    let seal = Digest::of(whole.as_bytes());
    format!("{whole}{seal}\n").into_bytes()
}

/// XFS takes any number of attributes of 64 KiB each.
#[test]
fn large_attributes_are_read_back_too() {
    let mut records = Records::new(metadata(0o755));
    let names = ["user.a", "user.b", "user.c", "user.d"].map(str::as_bytes);
    let names = names.into_iter().cycle().zip(0..40);
    let pairs = names.map(|(name, number)| {
        let name = [name, format!("{number}").as_bytes()].concat();
        (name.into(), vec![b'x'; 65_536].into())
    });
    let xattrs = Xattrs::new(pairs.collect());
    let large = Metadata {
        xattrs,
        ..metadata(0o755)
    };
    let id = records.insert(Records::ROOT, entry(b"d", Kind::Directory, large));
    assert!(id.is_some());
    let tree = RecordedTree::new(records, "tree".to_owned());
    let (bytes, summary) = write(&tree, 1);
    let read = manifest::read(&bytes[..], "manifest").expect("it was just written");
    assert_eq!(read.1, summary);
}
