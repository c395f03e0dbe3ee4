//! Shared blocks, on file systems that have them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::snapshot::Snapshot;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::clone::Outcome;
use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::Silent;
use libimage::writer::Reflink;
use rustix::fs::{FallocateFlags, fallocate, statvfs};

use crate::place::{Mount, between, digest, options, run, verifying};

const XFS: (&[&str], &str) = (&["mkfs.xfs", "-q", "-m", "reflink=1"], "loop,nouuid");
const XFS_OF_OLD: (&[&str], &str) = (&["mkfs.xfs", "-q", "-m", "reflink=0"], "loop,nouuid");
const BTRFS: (&[&str], &str) = (&["mkfs.btrfs", "-q"], "loop");

/// A file system in a file.
struct Disk {
    _mount: Mount,
    dir: tempfile::TempDir,
}

impl Disk {
    fn new((mkfs, how): (&[&str], &str), size: u64) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (disk, mounted) = (dir.path().join("disk"), dir.path().join("mounted"));
        File::create(&disk)
            .and_then(|file| file.set_len(size))
            .expect("a sparse file");
        fs::create_dir(&mounted).expect("a new name");
        run(Command::new(mkfs[0]).args(&mkfs[1..]).arg(&disk));
        let disk = disk.to_str().expect("UTF-8").to_owned();
        Self {
            _mount: Mount::new(&["-o", how, &disk], &mounted),
            dir,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("mounted").join(name)
    }

    /// Bytes that are in use once everything is written.
    fn used(&self) -> u64 {
        run(Command::new("sync").arg("-f").arg(self.path("")));
        let stat = statvfs(self.path("")).expect("it is mounted");
        (stat.f_blocks - stat.f_bfree) * stat.f_frsize
    }
}

const LARGE: u64 = 64 << 20;

fn tree(at: &Path) -> Snapshot {
    let large: Vec<u8> = (0..LARGE).map(|byte| (byte % 251) as u8).collect();
    TreeSpec::new()
        .with(Node::file("large", large))
        .with(Node::sparse("sparse", 1 << 30, &[(1 << 29, b"x")]))
        .with(Node::file("empty", ""))
        .with(Node::file("small", "x").xattr("user.note", "n"))
        .with(Node::hard_link("again", "small"))
        .create(at, Privilege::Root);
    Snapshot::of(at)
}

fn check(outcome: &Outcome, before: &Snapshot, copy: &Path) {
    assert_eq!(before.diff(&Snapshot::of(copy)), [""; 0]);
    let copied = outcome.extent.ways;
    assert_eq!(copied.reflinked_files + copied.copied_files, 3);
}

#[test]
#[ignore = "needs root, loop devices, xfsprogs and btrfs-progs; .ci/run runs it"]
fn what_can_be_shared_is_and_takes_no_room() {
    for made in [XFS, BTRFS] {
        let disk = Disk::new(made, 512 << 20);
        let source = disk.path("source");
        let before = tree(&source);
        let used = disk.used();
        for reflink in [Reflink::Auto, Reflink::Always] {
            let name = format!("{:?} {reflink:?}", made.0);
            let copy = disk.path("copy");
            let mut options = options(reflink);
            options.verify = true;
            options.replace = true;
            let outcome = between(&source, &copy, &options, &Silent);
            let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
            check(&outcome, &before, &copy);
            assert_eq!(outcome.extent.ways.reflinked_files, 3, "{name}");
            assert_eq!(outcome.digest, Some(digest(&source)), "{name}");
            let more = disk.used() - used;
            assert!(more < LARGE / 4, "{name}: {more} bytes more");
        }
        // The copy is a tree of its own all the same.
        fs::write(disk.path("copy/large"), "another").expect("ours");
        assert_eq!(before.diff(&Snapshot::of(&source)), [""; 0]);

        let never = disk.path("never");
        let outcome = between(&source, &never, &options(Reflink::Never), &Silent);
        let outcome = outcome.expect("nothing is wrong");
        check(&outcome, &before, &never);
        assert_eq!(outcome.extent.ways.reflinked_files, 0);
        let more = disk.used() - used;
        assert!(more >= LARGE, "{:?}: only {more} bytes more", made.0);
    }
}

#[test]
#[ignore = "needs root, loop devices and xfsprogs; .ci/run runs it"]
fn a_full_disk_has_room_for_what_is_shared() {
    let disk = Disk::new(XFS, 512 << 20);
    let source = disk.path("source");
    let before = tree(&source);
    // More than a copy would need is not there any more.
    let stat = statvfs(disk.path("")).expect("it is mounted");
    let fill = stat.f_bavail * stat.f_frsize - LARGE / 2;
    let taken = File::create(disk.path("fill")).expect("a new name");
    fallocate(&taken, FallocateFlags::empty(), 0, fill).expect("there is room");
    disk.used();
    let copy = disk.path("copy");
    let error = between(&source, &copy, &options(Reflink::Never), &Silent);
    let error = error.expect_err("there is no room").to_string();
    assert!(error.contains("there is no room"), "{error}");
    assert!(!copy.exists());
    let outcome = between(&source, &copy, &options(Reflink::Auto), &Silent);
    check(&outcome.expect("it takes no room"), &before, &copy);
}

#[test]
#[ignore = "needs root, loop devices, xfsprogs and btrfs-progs; .ci/run runs it"]
fn what_cannot_be_shared_is_copied_or_told() {
    let (old, xfs) = (Disk::new(XFS_OF_OLD, 512 << 20), Disk::new(XFS, 512 << 20));
    let btrfs = Disk::new(BTRFS, 512 << 20);
    let memory = tempfile::tempdir_in("/dev/shm").expect("a temporary directory");
    let pairs = [
        (
            "within an old xfs",
            old.path("source"),
            old.path("copy"),
            "xfs",
        ),
        ("to btrfs", xfs.path("source"), btrfs.path("copy"), "btrfs"),
        (
            "to memory",
            xfs.path("source"),
            memory.path().join("copy"),
            "tmpfs",
        ),
    ];
    for (name, source, copy, kind) in pairs {
        if !source.exists() {
            tree(&source);
        }
        let before = Snapshot::of(&source);
        let error = between(&source, &copy, &options(Reflink::Always), &Silent);
        let error = error.expect_err(name);
        assert_eq!(error.kind(), ErrorKind::System, "{name}: {error}");
        assert!(error.to_string().ends_with(kind), "{name}: {error}");
        assert!(!copy.exists(), "{name}");
        let outcome = between(&source, &copy, &verifying(), &Silent).expect(name);
        check(&outcome, &before, &copy);
        assert_eq!(outcome.extent.ways.reflinked_files, 0, "{name}");
    }
}
