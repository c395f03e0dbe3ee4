//! Backups that lie: whoever made them put digests on what is not so.

use std::fmt::Write as _;
use std::io::{Cursor, Read as _};

use fixtures::archive::{RawMember, TarBuilder, record};
use fixtures::compress::{Codec, compress, zstd_window};
use fixtures::snapshot::names;
use fixtures::tree::TreeSpec;
use libimage::archive::{ArchiveReader, Limits, index};
use libimage::backup;
use libimage::digest::{Digest, Hasher};
use libimage::entry::Timestamp;
use libimage::error::{ErrorKind, ImageError as _};
use libimage::manifest;
use libimage::monitor::Silent;
use libimage::open::open;
use libimage::seekable::{Info, Packed, Reader, Writer};
use libimage::source::Choice;
use libimage::tree::Want;

use crate::place::{Place, write};

/// What a backup is made of, true or not.
struct Forged {
    tar: Vec<u8>,
    /// How many entries are said to begin in it.
    entries: u64,
    /// As text.
    manifest: Vec<u8>,
    /// The same as it is stored.
    packed: Option<Vec<u8>>,
}

/// The manifest of an archive, as text.
fn manifest_of(tar: &[u8]) -> Vec<u8> {
    let input = Box::new(Cursor::new(tar.to_vec()));
    let reader = ArchiveReader::new(input, String::new(), Limits::default()).expect("a tar");
    let (tree, _) = index(reader, "", None, &Silent).expect("an honest one");
    let mut text = Vec::new();
    manifest::build(&tree, &mut text, 1, &Silent).expect("into memory");
    text
}

/// A manifest of these lines, with its digests.
fn sealed(lines: &str) -> Vec<u8> {
    let mut text = b"imgtool-manifest 1\n".to_vec();
    text.extend(lines.bytes());
    let count = lines.lines().count();
    text.extend(format!("end {count} {} ", Digest::of(lines.as_bytes())).bytes());
    let mut whole = Hasher::new();
    whole.update(&text);
    text.extend(format!("{}\n", whole.finish()).bytes());
    text
}

impl Forged {
    fn bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        let bytes = compress(&self.tar, Codec::Zstd);
        let frame = Packed {
            digest: Digest::of(&bytes),
            bytes,
            raw: self.tar.len() as u64,
            entries: self.entries,
        };
        writer.frame(&frame).expect("into memory");
        let told = manifest::read(&self.manifest[..], "");
        let (tree, bytes) = match &told {
            Ok((_, summary)) => (summary.digest, summary.bytes),
            Err(_) => (Digest::of(b""), 0),
        };
        let info = Info {
            name: "forged".to_owned(),
            source: "/forged".to_owned(),
            began: Timestamp::from_seconds(7),
            tree,
            entries: self.entries,
            bytes,
            kind: None,
            arch: None,
            distro: None,
            level: 3,
            version: "0".to_owned(),
            root: None,
        };
        let packed = match &self.packed {
            Some(packed) => packed.clone(),
            None => compress(&self.manifest, Codec::Zstd),
        };
        writer.finish(&packed, &info).expect("into memory").0
    }

    /// The errors of `verify` and of `restore`, each of which must refuse it
    /// and leave nothing.
    fn refusals(&self, name: &str) -> [String; 2] {
        let place = Place::with(&TreeSpec::new());
        write(&place.file(), &self.bytes());
        let verified = backup::verify(&place.file(), 2, &Silent);
        let verified = verified.map(|_| ()).expect_err(name);
        let opened = Reader::open(&place.file()).map(|_| ());
        let restored = match opened {
            Ok(()) => place.restore("back", &[], 2).map(|_| ()).expect_err(name),
            Err(error) => error.into(),
        };
        assert_eq!(verified.kind(), ErrorKind::Refused, "{name}: {verified}");
        assert_eq!(restored.kind(), ErrorKind::Refused, "{name}: {restored}");
        assert_eq!(place.names(), ["tree", "tree.tar.zst"], "{name}");
        assert_eq!(names(&place.tree()), [""; 0], "{name}");
        [verified.to_string(), restored.to_string()]
    }
}

fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let top = TarBuilder::new().dir("./");
    let all = files.iter().fold(top, |tar, &(name, content)| {
        tar.file(format!("./{name}"), content)
    });
    all.finish()
}

#[test]
fn a_tar_that_is_not_the_manifests_is_refused_at_the_first_member() {
    let listed = [("a", "one"), ("b", "two")];
    let manifest = manifest_of(&tar(&listed));
    let long = "n".repeat(200);
    let with = |name: &str| {
        let path = record(b"path", name.as_bytes());
        TarBuilder::new().dir("./").pax_raw(path).file("x", "one")
    };
    let cases = [
        ("as listed", tar(&listed), None),
        (
            "other names",
            tar(&[("a", "one"), ("c", "two")]),
            Some("`b`"),
        ),
        (
            "two names swapped",
            tar(&[("b", "two"), ("a", "one")]),
            Some("`a`"),
        ),
        (
            "above the root",
            tar(&[("../a", "one"), ("b", "two")]),
            Some("../a"),
        ),
        (
            "a long name",
            with(&long).file("./b", "two").finish(),
            Some("`a`"),
        ),
        (
            "a directory",
            TarBuilder::new()
                .dir("./")
                .dir("./a")
                .file("./b", "two")
                .finish(),
            Some("`a`"),
        ),
        (
            "a symlink",
            TarBuilder::new()
                .dir("./")
                .symlink("./a", "..")
                .file("./b", "two")
                .finish(),
            Some("`a`"),
        ),
        (
            "attributes",
            TarBuilder::new()
                .dir("./")
                .pax(&[(b"SCHILY.xattr.user.a", b"x")])
                .file("./a", "one")
                .file("./b", "two")
                .finish(),
            Some("`a`"),
        ),
        (
            "other content",
            tar(&[("a", "one"), ("b", "2")]),
            Some("`b`"),
        ),
        ("nothing of the second", tar(&[("a", "one")]), Some("")),
        (
            "one more",
            tar(&[("a", "one"), ("b", "two"), ("c", "three")]),
            Some(""),
        ),
    ];
    for (name, tar, told) in cases {
        let forged = Forged {
            tar,
            entries: 3,
            manifest: manifest.clone(),
            packed: None,
        };
        let Some(told) = told else {
            let place = Place::with(&TreeSpec::new());
            write(&place.file(), &forged.bytes());
            backup::verify(&place.file(), 1, &Silent).expect("honest");
            place.restore("back", &[], 1).expect("honest");
            continue;
        };
        // A restore reads as many members as are listed.
        if name == "one more" {
            continue;
        }
        for error in forged.refusals(name) {
            assert!(error.contains(told), "{name}: {error}");
        }
    }
}

#[test]
fn a_manifest_that_asks_for_too_much_is_refused() {
    let honest = tar(&[("a", "one")]);
    let manifest = manifest_of(&honest);
    let mut many = "d 0755 0 0 0.000000000 .\n".to_owned();
    for number in 0..1000 {
        let _ = writeln!(many, "p 0644 0 0 0.000000000 {number:04}");
    }
    // All of them come to 9 MiB, and take some kilobytes in the file.
    let mut large = "d 0755 0 0 0.000000000 .\n".to_owned();
    for number in 0..150 {
        let value = "00".repeat(60_000);
        let _ = writeln!(
            large,
            "p 0644 0 0 0.000000000 {number:04} user.a={value}{number:04}"
        );
    }
    let fifos = (0..150).fold(TarBuilder::new().dir("./"), |tar, number| {
        let name = format!("./{number:04}");
        tar.member(&RawMember::new(name, b'6', ""))
    });
    let window = zstd_window(&manifest, 27);
    let cases = [
        // A tar of some blocks cannot have so many headers.
        ("entries", &honest, sealed(&many), None, 1001, "entries"),
        (
            "attributes",
            &fifos.finish(),
            sealed(&large),
            None,
            151,
            "bytes of attributes",
        ),
        ("a window", &honest, manifest, Some(window), 2, "manifest"),
    ];
    for (name, tar, manifest, packed, entries, told) in cases {
        let forged = Forged {
            tar: tar.clone(),
            entries,
            manifest,
            packed,
        };
        for error in forged.refusals(name) {
            assert!(error.contains(told), "{name}: {error}");
        }
    }
}

/// A map of holes packs so well that it could fill any memory.
#[test]
fn a_map_without_end_is_refused() {
    const SIZE: usize = 100;
    let regions = (1 << 20) + 1;
    let mut map = format!("{regions}\n");
    map.push_str(&"0\n0\n".repeat(regions));
    map.extend(std::iter::repeat_n(
        '\0',
        map.len().next_multiple_of(512) - map.len(),
    ));
    let size = SIZE.to_string();
    let records: [(&[u8], &[u8]); 4] = [
        (b"GNU.sparse.major", b"1"),
        (b"GNU.sparse.minor", b"0"),
        (b"GNU.sparse.name", b"./a"),
        (b"GNU.sparse.realsize", size.as_bytes()),
    ];
    let zeros = "\0".repeat(SIZE);
    let forged = Forged {
        tar: TarBuilder::new()
            .dir("./")
            .pax(&records)
            .file("x", map)
            .finish(),
        entries: 2,
        manifest: manifest_of(&tar(&[("a", &zeros)])),
        packed: None,
    };
    for error in forged.refusals("a map") {
        assert!(error.contains("data regions"), "{error}");
    }
}

/// The manifest lists two files, and the tar has them the other way about.
#[test]
fn no_content_is_read_as_that_of_another_file() {
    let listed = [("a", "one"), ("b", "two")];
    for (name, tar) in [
        ("names", tar(&[("b", "two"), ("a", "one")])),
        ("content", tar(&[("a", "two"), ("b", "one")])),
        ("length", tar(&[("a", "longer"), ("b", "two")])),
    ] {
        let place = Place::with(&TreeSpec::new());
        let forged = Forged {
            manifest: manifest_of(&self::tar(&listed)),
            tar,
            entries: 3,
            packed: None,
        };
        write(&place.file(), &forged.bytes());
        let limits = Limits::default();
        let opened = open(
            &place.file(),
            Want::All,
            &Choice::default(),
            &limits,
            &Silent,
        );
        let opened = opened.expect("whole by its digests");
        let tree = opened.heads().expect("a backup has content");
        let (_, root) = tree.root().expect("is there");
        let mut text = String::new();
        let read = match root.open(b"a") {
            Ok(mut file) => file.read_to_string(&mut text).map(|_| ()),
            Err(error) => Err(std::io::Error::other(error.to_string())),
        };
        assert!(read.is_err(), "{name}: {text:?}");
    }
}

/// What is to be restored is looked at for its size before it is read.
#[test]
fn sizes_without_end_are_no_overflow() {
    let digest = Digest::of(b"");
    let line = |name| format!("f 0644 0 0 0.000000000 {name} {} {digest}\n", i64::MAX);
    let lines = format!(
        "d 0755 0 0 0.000000000 .\n{}{}{}",
        line("a"),
        line("b"),
        line("c")
    );
    let forged = Forged {
        tar: tar(&[("a", "one"), ("b", "two"), ("c", "three")]),
        entries: 4,
        manifest: sealed(&lines),
        packed: None,
    };
    for error in forged.refusals("sizes") {
        assert!(error.contains("`a`"), "{error}");
    }
}
