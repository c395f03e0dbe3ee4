//! Root filesystems on discs: the only one, or the one that is named.

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::archive::{Options as TarOptions, write};
use fixtures::compress::{Codec, compress};
use fixtures::container::{Image, Layer, Platform, Style, docker};
use fixtures::snapshot::names;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::monitor::Silent;
use libimage::source::Form;
use libimage::writer::Destination;
use tempfile::TempDir;

use crate::programs::{run, scratch};

/// A place with a disc in it, and an empty `images`.
struct Drive(TempDir);

impl Drive {
    fn new(content: &TreeSpec) -> Self {
        let drive = Self(scratch());
        content.create(&drive.path("content"), Privilege::Root);
        let arguments = ["-as", "mkisofs", "-quiet", "-R", "-o", "disc", "content"];
        run("xorriso", arguments, drive.0.path());
        fs::create_dir(drive.path("images")).expect("the name is free");
        drive
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn import(&self, source: Source, member: Option<&str>) -> Result<Outcome, ImportError> {
        let into = self.path("images/image");
        let destination = Destination::new(&into).expect("its parent is there");
        let mut options = Options::default();
        options.choice.member = member.map(str::to_owned);
        import(source, &destination, &options, &Silent)
    }

    fn disc(&self) -> Source {
        Source::open(&self.path("disc")).expect("it was just made")
    }

    fn piped(&self) -> Source {
        let file = fs::File::open(self.path("disc")).expect("it was just made");
        Source::stream("-", Box::new(file), None)
    }

    /// The file in the imported tree that tells where it is from.
    fn origin(&self) -> String {
        fs::read_to_string(self.path("images/image/origin")).expect("it was published")
    }
}

/// A tree that knows at which path of the disc it stood.
fn tree(path: &str) -> TreeSpec {
    TreeSpec::new().with(Node::file("origin", path))
}

fn squashfs(path: &str) -> Vec<u8> {
    let scratch = scratch();
    tree(path).create(&scratch.path().join("tree"), Privilege::Root);
    let arguments = ["tree", "image", "-quiet", "-no-progress"];
    run("mksquashfs", arguments, scratch.path());
    fs::read(scratch.path().join("image")).expect("it was just made")
}

/// A root filesystem in the form that its name says.
fn file(path: &str) -> Node {
    let tar = write(&tree(path), TarOptions::gnu_tar());
    let extension = Path::new(path).extension().and_then(|it| it.to_str());
    let bytes = match extension.expect("every file has one") {
        "gz" => compress(&tar, Codec::Gzip),
        "zst" => compress(&tar, Codec::Zstd),
        "squashfs" | "img" => squashfs(path),
        "tar" => tar,
        "docker" => {
            let image = Image::new(Platform::without_elf()).layer(Layer::new(tar));
            write(&docker(&[image], Style::Podman), TarOptions::gnu_tar())
        }
        _ => b"something else".to_vec(),
    };
    Node::file(path, bytes)
}

/// The files on a disc, the one that is asked for, and which is taken or what
/// is said.
type Case = (
    &'static [&'static str],
    Option<&'static str>,
    Result<&'static str, &'static [&'static str]>,
);

const BCM: &[&str] = &["data/X.tar.gz", "data/packages.list", "boot/vmlinuz.efi"];
const LIVE: &[&str] = &["live/filesystem.squashfs", "live/initrd.lz"];
const BOTH: &[&str] = &["data/X.tar.gz", "live/filesystem.squashfs"];
const ELSEWHERE: &[&str] = &["other/x.tar.zst", "other/y.docker", "a.txt"];

const CASES: &[Case] = &[
    (BCM, None, Ok("data/X.tar.gz")),
    (BCM, Some("data/X.tar.gz"), Ok("data/X.tar.gz")),
    (LIVE, None, Ok("live/filesystem.squashfs")),
    (&["casper/base.squashfs"], None, Ok("casper/base.squashfs")),
    (&["LiveOS/squashfs.img"], None, Ok("LiveOS/squashfs.img")),
    (
        BOTH,
        None,
        Err(&[
            "several",
            "`data/X.tar.gz`",
            "`live/filesystem.squashfs`",
            "--member",
        ]),
    ),
    (BOTH, Some("data/X.tar.gz"), Ok("data/X.tar.gz")),
    (BOTH, Some("/data/X.tar.gz"), Ok("data/X.tar.gz")),
    (BOTH, Some("./data/X.tar.gz"), Ok("data/X.tar.gz")),
    (
        BOTH,
        Some("live/filesystem.squashfs"),
        Ok("live/filesystem.squashfs"),
    ),
    (
        BOTH,
        Some("data/Y.tar.gz"),
        Err(&["has no `data/Y.tar.gz`", "`data/X.tar.gz`"]),
    ),
    (BOTH, Some("data/"), Err(&["has no `data/`"])),
    (BOTH, Some("data/*"), Err(&["has no `data/*`"])),
    (BOTH, Some("../data/X.tar.gz"), Err(&["has no"])),
    (BOTH, Some("--help"), Err(&["has no `--help`"])),
    (BOTH, Some(""), Err(&["has no ``"])),
    (ELSEWHERE, None, Err(&["no root filesystem", "--member"])),
    (ELSEWHERE, Some("other/x.tar.zst"), Ok("other/x.tar.zst")),
    (ELSEWHERE, Some("other/y.docker"), Ok("other/y.docker")),
    (
        ELSEWHERE,
        Some("a.txt"),
        Err(&["disc:a.txt` is not a tar archive"]),
    ),
    (&["data/a*b.tar"], None, Err(&["no plain name"])),
    (
        &["data/a*b.tar"],
        Some("data/a*b.tar"),
        Err(&["no plain name"]),
    ),
];

#[test]
#[ignore = "needs root, xorriso, bsdtar, mksquashfs and sqfs2tar; .ci/run runs it"]
fn the_member_is_the_only_one_or_the_one_that_is_named() {
    for (files, member, expected) in CASES {
        let content = files
            .iter()
            .fold(TreeSpec::new(), |it, path| it.with(file(path)));
        let drive = Drive::new(&content);
        match (drive.import(drive.disc(), *member), expected) {
            (Ok(outcome), Ok(path)) => {
                assert_eq!(outcome.received.form, Form::Disc);
                assert_eq!(drive.origin(), *path, "{files:?} {member:?}");
            }
            (Err(error), Err(words)) => {
                assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
                let said = format!("{error}; {}", error.help().unwrap_or_default());
                for word in *words {
                    assert!(said.contains(word), "`{word}` is missing: {said}");
                }
                assert_eq!(names(&drive.path("images")), [""; 0]);
            }
            (answer, _) => panic!("{files:?} {member:?}: {answer:?}"),
        }
    }
}

#[test]
#[ignore = "needs root, xorriso and bsdtar; .ci/run runs it"]
fn a_disc_on_a_disc_is_refused() {
    let inner = Drive::new(&TreeSpec::new().with(file("data/X.tar")));
    let inner = fs::read(inner.path("disc")).expect("it was just made");
    let drive = Drive::new(&TreeSpec::new().with(Node::file("data/X.tar", inner)));
    let error = drive.import(drive.disc(), None).expect_err("it is a disc");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(error.to_string().contains("a disc on a disc"), "{error}");
    assert_eq!(names(&drive.path("images")), [""; 0]);
}

/// bsdtar writes out all that stands beneath a name, one behind the other.
#[test]
#[ignore = "needs root, xorriso, bsdtar, mksquashfs and sqfs2tar; .ci/run runs it"]
fn a_directory_is_no_member() {
    let files = ["live/a.squashfs", "live/b.squashfs"];
    let drive = Drive::new(
        &files
            .iter()
            .fold(TreeSpec::new(), |it, path| it.with(file(path))),
    );
    for name in ["live", "/live", "./live"] {
        let answer = drive.import(drive.disc(), Some(name));
        let error = answer.expect_err("it is no file");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(error.to_string().contains("is a directory"), "{error}");
        let help = error.help().expect("something can be done");
        for file in files {
            assert!(help.contains(file), "{help}");
        }
        assert_eq!(names(&drive.path("images")), [""; 0], "{name}");
    }
}

#[test]
#[ignore = "needs root, xorriso, bsdtar, mksquashfs and sqfs2tar; .ci/run runs it"]
fn a_disc_may_come_through_a_pipe() {
    for path in BOTH {
        let drive = Drive::new(&TreeSpec::new().with(file(path)));
        let outcome = drive.import(drive.piped(), None);
        outcome.unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(drive.origin(), *path);
    }
}

#[test]
#[ignore = "needs root, xorriso and bsdtar; .ci/run runs it"]
fn a_disc_that_is_cut_off_leaves_no_trace() {
    let noise: Vec<u8> = (0..1_u32 << 18)
        .flat_map(|it| (it.wrapping_mul(it) ^ it).to_le_bytes())
        .collect();
    let tree = TreeSpec::new().with(Node::file("noise", noise));
    let tar = write(&tree, TarOptions::gnu_tar());
    let drive = Drive::new(&TreeSpec::new().with(Node::file("data/X.tar", tar)));
    let disc = drive.path("disc");
    let length = fs::metadata(&disc).expect("it was just made").len();
    for quarters in [3, 2, 1] {
        let file = fs::File::options()
            .write(true)
            .open(&disc)
            .expect("it is ours");
        file.set_len(length / 4 * quarters).expect("it can be cut");
        let answer = drive.import(drive.disc(), None);
        let error = answer.expect_err("a part of it is not there");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert_eq!(names(&drive.path("images")), [""; 0], "{quarters} quarters");
    }
}
