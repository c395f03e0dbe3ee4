//! The same with what is really too little: open files, sizes, space, inodes.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use fixtures::archive::{Options, write};
use fixtures::snapshot::names;
use fixtures::tree::{Node, Privilege, TreeSpec};
use rustix::fs::{StatVfs, statvfs};

use crate::judge;
use crate::place::{Before, IMGTOOL, Import, Place};
use crate::strike::{self, Run};

const REPLACES: (Before, Import) = (Before::OldTree, Import::Replace);
const CLONES: (Before, Import) = (Before::OldTree, Import::Clone);
const RESTORES: (Before, Import) = (Before::OldTree, Import::Restore);

/// An import, a clone or a restore from a shell that was told something before; it
/// does not look whether there is room, and so runs into the wall.
fn import_after(told: &str, place: &Place, import: Import) -> Run {
    let script = format!("{told}; exec \"$0\" \"$@\"");
    let mut arguments = vec!["-c".into(), script.into(), IMGTOOL.into()];
    arguments.extend(place.arguments("new", import));
    arguments.push("--no-room-check".into());
    strike::undisturbed("sh", arguments)
}

/// Imports with more and more, until that is enough; everything less must fail
/// as `text` says and leave the old tree. Answers how often it failed.
fn raise_until_enough(
    place: &Place,
    amounts: impl Iterator<Item = u64>,
    text: &str,
    import: impl Fn(u64) -> Run,
    problem: impl Fn(&Place) -> Option<String>,
) -> usize {
    let mut failures = 0;
    for amount in amounts {
        let run = import(amount);
        let is_enough = matches!(run.status, Some(0 | 1));
        assert_eq!(place.is_new(), Ok(is_enough), "{amount}: {run:?}");
        assert_eq!(problem(place), None, "{amount}: {run:?}");
        if is_enough {
            return failures;
        }
        // The least is not even enough for the loader.
        if run.status != Some(127) {
            assert_eq!(run.status, Some(4), "{amount}: {run:?}");
            assert!(judge::says_why(&run, text), "{amount}: {run:?}");
            failures += 1;
        }
    }
    panic!("it was never enough");
}

/// Without a handle to be had, what was begun cannot be removed: the next
/// command does it.
#[test]
fn too_few_open_files_leave_the_old_tree() {
    for case in [REPLACES, CLONES, RESTORES] {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let place = Place::new(dir.path(), case);
        let failures = raise_until_enough(
            &place,
            3..100,
            "Too many open files",
            |files| import_after(&format!("ulimit -n {files}"), &place, case.1),
            Place::problem_after_the_next,
        );
        assert!(failures > 5, "{case:?}: {failures}");
    }
}

#[test]
fn too_small_files_leave_the_old_tree() {
    for case in [REPLACES, CLONES, RESTORES] {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let place = Place::new(dir.path(), case);
        let failures = raise_until_enough(
            &place,
            (0..4000).step_by(99),
            "File too large",
            |blocks| {
                let told = format!("trap '' XFSZ; ulimit -f {blocks}");
                import_after(&told, &place, case.1)
            },
            Place::problem_with_records,
        );
        assert!(failures > 5, "{case:?}: {failures}");
    }
}

/// Lists that are too long for one file or another: none is there then.
#[test]
fn lists_for_rsync_are_all_there_or_not_at_all() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = |name: &str| dir.path().join(name);
    TreeSpec::new()
        .with(Node::file("name", "text"))
        .create(&path("source"), Privilege::current());
    fs::create_dir(path("target")).expect("a new name");
    for (most, status) in [("0", 4), ("1", 4), ("unlimited", 1)] {
        let script = format!("trap '' XFSZ; ulimit -f {most}; exec \"$0\" \"$@\"");
        let mut arguments: Vec<OsString> = vec!["-c".into(), script.into(), IMGTOOL.into()];
        arguments.extend(["sync".into(), path("source").into(), path("target").into()]);
        arguments.extend(["--emit-rsync".into(), path("lists").into()]);
        let run = strike::undisturbed("sh", arguments);
        assert_eq!(run.status, Some(status), "{most}: {run:?}");
        assert_eq!(path("lists").exists(), status == 1, "{most}: {run:?}");
        assert!(
            status == 1 || judge::says_why(&run, "File too large"),
            "{run:?}"
        );
    }
}

/// Something mounted on a directory, for as long as this lives.
struct Mounted(tempfile::TempDir);

impl Mounted {
    fn new(arguments: &[&str]) -> Self {
        let mounted = Self(tempfile::tempdir().expect("a temporary directory"));
        mounted.mount(arguments);
        mounted
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn mount(&self, arguments: &[&str]) {
        let status = Command::new("mount")
            .args(arguments)
            .arg(self.path())
            .status();
        assert!(status.expect("mount runs").success(), "{arguments:?}");
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A failure here would hide the one that is being told.
        let _ = Command::new("umount")
            .args(["--lazy".as_ref(), self.path()])
            .status();
    }
}

/// Imports into memory with more and more of what an option of tmpfs limits.
fn raise_until_it_fits(option: &str, step: usize, used_of: impl Fn(StatVfs) -> u64) {
    for case in [REPLACES, CLONES, RESTORES] {
        let tmpfs = Mounted::new(&["-t", "tmpfs", "none"]);
        let place = Place::new(tmpfs.path(), case);
        let used = used_of(statvfs(tmpfs.path()).expect("it is mounted"));
        let failures = raise_until_enough(
            &place,
            (used..).step_by(step),
            "No space left on device",
            |amount| {
                tmpfs.mount(&["-o", &format!("remount,{option}={amount}")]);
                import_after(":", &place, case.1)
            },
            Place::problem_with_records,
        );
        assert!(failures > 5, "{case:?}: {failures}");
    }
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn too_little_space_leaves_the_old_tree() {
    raise_until_it_fits("size", 64 << 10, |used| {
        (used.f_blocks - used.f_bfree) * used.f_frsize
    });
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn too_few_inodes_leave_the_old_tree() {
    raise_until_it_fits("nr_inodes", 1, |used| used.f_files - used.f_ffree);
}

/// The one call that strace cannot strike: ext4 has a block for all attributes
/// of a file, which 4 KiB of them do not fit in.
#[test]
#[ignore = "needs root and a loop device; .ci/run runs it"]
fn too_little_space_for_an_attribute_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let disk = dir.path().join("disk").display().to_string();
    fs::write(&disk, "").expect("a new name");
    let made = Command::new("mkfs.ext4")
        .args(["-q", "-F", "-b", "4096", &disk, "64M"])
        .status();
    assert!(made.expect("it is in the base system").success());
    let ext4 = Mounted::new(&["-o", "loop", &disk]);
    let file = |name, note: &str| Node::file(name, "x").xattr("user.note", note);
    let large = "n".repeat(4096);
    let tree = TreeSpec::new()
        .with(file("a", "n"))
        .with(file("b", &large))
        .with(file("c", "n"));
    let archive = dir.path().join("large.tar");
    fs::write(&archive, write(&tree, Options::gnu_tar())).expect("a new name");
    let place = ext4.path().join("tree");
    let arguments = ["import".as_ref(), &*archive, "--into".as_ref(), &place];
    let run = strike::undisturbed(IMGTOOL, arguments);
    assert_eq!(run.status, Some(4), "{run:?}");
    assert!(judge::says_why(&run, "No space left on device"), "{run:?}");
    assert!(run.errors.contains("/tree/b`"), "{run:?}");
    assert_eq!(names(ext4.path()), ["lost+found"]);
}
