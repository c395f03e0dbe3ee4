//! The power is cut: what was reported as published is there, whole; what was
//! not is old or new, never a mix; and the next command puts it in order.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "prepares and inspects destinations as an administrator's shell would"
)]

mod disk;
mod output;
#[path = "../faults/place.rs"]
mod place;
#[path = "../faults/records.rs"]
mod records;
#[path = "../faults/strike.rs"]
mod strike;
mod sync;

use disk::{Disk, FileSystem};
use place::{CASES, Place};
use strike::is_change;

/// Cuts the power right behind an import that succeeds, in every case. All it
/// promised must be there; what it removed may be there again.
fn cut_behind(file_system: FileSystem) {
    for case in CASES {
        let disk = Disk::new(file_system);
        let place = Place::new(&disk.path(), case);
        place.reset();
        disk.sync();
        let run = place.import(None);
        disk.cut();
        let succeeded = matches!(run.status, Some(0 | 1));
        assert_eq!(place.is_new(), Ok(succeeded), "{case:?}: {run:?}");
        let [tree, private] = ["tree", ".imgtool"].map(|name| place.path(name));
        let disagreement = records::disagreement(place::IMGTOOL, &tree, &private);
        assert_eq!(disagreement, None, "{case:?}: {run:?}");
        assert_eq!(place.problem_after_the_next(), None, "{case:?}: {run:?}");
    }
}

/// Cuts the power where an import is about to change something, at each such
/// place in turn, in every case.
fn cut_within(file_system: FileSystem) {
    let mut wrong = Vec::new();
    for case in CASES {
        let disk = Disk::new(file_system);
        let place = Place::new(&disk.path(), case);
        for strike in place.strikes(is_change) {
            place.reset();
            disk.sync();
            let run = place.import(Some(&strike.with("signal=KILL")));
            assert_eq!(run.status, None, "{case:?}, {strike}: {run:?}");
            disk.cut();
            let problem = place.is_new().err();
            if let Some(problem) = problem.or_else(|| place.problem_after_the_next()) {
                wrong.push(format!("{case:?}, {strike}: {problem}"));
            }
        }
        place.publish("new");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Has an import be lied to about what is on the disk. If that goes unseen
/// here, so does an import that does not ask.
fn lie(file_system: FileSystem) {
    let replaces = CASES[2];
    let stands = |tamper: &str| {
        let disk = Disk::new(file_system);
        let place = Place::new(&disk.path(), replaces);
        place.reset();
        disk.sync();
        let run = place.import(Some(tamper));
        assert_eq!(run.status, Some(1), "{run:?}");
        disk.cut();
        place.is_new()
    };
    let unwritten = stands("syncfs:retval=0");
    assert!(
        matches!(&unwritten, Err(mix) if mix.contains("etc/word: content")),
        "{unwritten:?}"
    );
    assert_eq!(stands("fsync:retval=0"), Ok(false));
}

#[test]
#[ignore = "needs root, a loop device and strace; .ci/run runs it"]
fn ext4_keeps_what_was_published() {
    cut_behind(FileSystem::Ext4);
}

#[test]
#[ignore = "needs root, a loop device and strace; .ci/run runs it"]
fn ext4_has_old_or_new_wherever_the_power_was_cut() {
    cut_within(FileSystem::Ext4);
}

#[test]
#[ignore = "needs root, a loop device and strace; .ci/run runs it"]
fn ext4_loses_what_was_not_synced() {
    lie(FileSystem::Ext4);
}

#[test]
#[ignore = "needs root, a loop device, xfsprogs and strace; .ci/run runs it"]
fn xfs_keeps_what_was_published() {
    cut_behind(FileSystem::Xfs);
}

#[test]
#[ignore = "needs root, a loop device, xfsprogs and strace; .ci/run runs it"]
fn xfs_has_old_or_new_wherever_the_power_was_cut() {
    cut_within(FileSystem::Xfs);
}

#[test]
#[ignore = "needs root, a loop device, xfsprogs and strace; .ci/run runs it"]
fn xfs_loses_what_was_not_synced() {
    lie(FileSystem::Xfs);
}

#[test]
#[ignore = "needs root, a loop device and strace; .ci/run runs it"]
fn ext4_keeps_what_was_synced() {
    sync::cut_behind(FileSystem::Ext4);
}

#[test]
#[ignore = "needs root, a loop device and strace; .ci/run runs it"]
fn ext4_has_each_file_of_a_sync_old_or_new() {
    sync::cut_within(FileSystem::Ext4);
}

#[test]
#[ignore = "needs root, a loop device and strace; .ci/run runs it"]
fn ext4_loses_what_a_sync_did_not_have_written() {
    sync::lie(FileSystem::Ext4);
}

#[test]
#[ignore = "needs root, a loop device, xfsprogs and strace; .ci/run runs it"]
fn xfs_keeps_what_was_synced() {
    sync::cut_behind(FileSystem::Xfs);
}

#[test]
#[ignore = "needs root, a loop device, xfsprogs and strace; .ci/run runs it"]
fn xfs_has_each_file_of_a_sync_old_or_new() {
    sync::cut_within(FileSystem::Xfs);
}

#[test]
#[ignore = "needs root, a loop device, xfsprogs and strace; .ci/run runs it"]
fn xfs_loses_what_a_sync_did_not_have_written() {
    sync::lie(FileSystem::Xfs);
}
