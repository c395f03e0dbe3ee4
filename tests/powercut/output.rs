//! A result that was written to a file is there, whole: a manifest or a backup.

use std::fs;
use std::path::PathBuf;

use crate::disk::{Disk, FileSystem};
use crate::place::{Before, IMGTOOL, Import, Place};
use crate::strike::{self, Run, is_change};

/// How a file is written over an old one, from which tree.
type Command = fn(tree: PathBuf, out: PathBuf) -> Vec<PathBuf>;

fn manifest(tree: PathBuf, out: PathBuf) -> Vec<PathBuf> {
    vec!["manifest".into(), tree, "-o".into(), out]
}

fn backup(tree: PathBuf, out: PathBuf) -> Vec<PathBuf> {
    let mut arguments = vec!["backup".into(), tree, "--to".into(), out];
    arguments.extend(["--replace", "--jobs", "1"].map(PathBuf::from));
    arguments
}

struct Output {
    disk: Disk,
    place: Place,
    command: Command,
}

impl Output {
    fn new(file_system: FileSystem, command: Command) -> Self {
        let disk = Disk::new(file_system);
        let place = Place::new(&disk.path(), (Before::OldTree, Import::Replace));
        Self {
            disk,
            place,
            command,
        }
    }

    /// Writes it over an old one.
    fn write(&self, tamper: Option<&str>) -> Run {
        fs::write(self.place.path("out"), "old").expect("there is space");
        self.disk.sync();
        let [tree, out, log] = ["tree", "out", "strace.log"].map(|name| self.place.path(name));
        strike::traced(IMGTOOL, (self.command)(tree, out), tamper, &log)
    }

    fn read(&self) -> Vec<u8> {
        fs::read(self.place.path("out")).expect("is there")
    }

    /// Whether it is the tree's: no two backups are alike, each tells its time.
    fn is_whole(&self) -> bool {
        let [tree, out] = ["tree", "out"].map(|name| self.place.path(name));
        let diff = ["diff".into(), "--checksum".into(), out, tree];
        strike::undisturbed(IMGTOOL, diff).status == Some(0)
    }
}

fn cut_behind_and_within(file_system: FileSystem, command: Command) {
    let output = Output::new(file_system, command);
    let run = output.write(None);
    assert_eq!(run.status, Some(0), "{run:?}");
    let whole = output.read();
    assert!(output.is_whole());
    output.disk.cut();
    assert!(
        output.read() == whole,
        "what was reported as written is not"
    );
    for strike in run.strikes(is_change) {
        let run = output.write(Some(&strike.with("signal=KILL")));
        assert_eq!(run.status, None, "{strike}: {run:?}");
        output.disk.cut();
        let now = output.read();
        let now = now.escape_ascii();
        assert!(
            now.to_string() == "old" || output.is_whole(),
            "{strike}: {now}"
        );
    }
    let run = output.write(Some("fsync:retval=0"));
    assert_eq!(run.status, Some(0), "{run:?}");
    output.disk.cut();
    assert!(!output.is_whole(), "the cut is not seen");
}

#[test]
#[ignore = "needs root, a loop device and strace; .ci/run runs it"]
fn ext4_keeps_a_manifest_that_was_written() {
    cut_behind_and_within(FileSystem::Ext4, manifest);
}

#[test]
#[ignore = "needs root, a loop device, xfsprogs and strace; .ci/run runs it"]
fn xfs_keeps_a_manifest_that_was_written() {
    cut_behind_and_within(FileSystem::Xfs, manifest);
}

#[test]
#[ignore = "needs root, a loop device and strace; .ci/run runs it"]
fn ext4_keeps_a_backup_that_was_written() {
    cut_behind_and_within(FileSystem::Ext4, backup);
}

#[test]
#[ignore = "needs root, a loop device, xfsprogs and strace; .ci/run runs it"]
fn xfs_keeps_a_backup_that_was_written() {
    cut_behind_and_within(FileSystem::Xfs, backup);
}
