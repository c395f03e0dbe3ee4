//! `imgtool sync --atomic`: what of it differs from a sync in place.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use fixtures::snapshot::Snapshot;

use crate::sandbox::Sandbox;
use crate::sync::{snapshot, trees};

fn inode(sandbox: &Sandbox, name: &str) -> u64 {
    fs::metadata(sandbox.path(name)).expect("there").ino()
}

fn private(sandbox: &Sandbox, name: &str) {
    fs::create_dir_all(sandbox.path(".imgtool").join(name)).expect("a new name");
    let mode = fs::Permissions::from_mode(0o700);
    fs::set_permissions(sandbox.path(".imgtool"), mode).expect("ours");
}

#[test]
fn the_target_is_another_directory_with_all_that_the_source_has() {
    for planned in [false, true] {
        let sandbox = trees();
        let (source, before) = (snapshot(&sandbox, "a"), inode(&sandbox, "b"));
        let arguments: &[&str] = if planned {
            sandbox
                .run(&["sync", "a", "b", "--save-plan", "plan", "--atomic"])
                .expect(1);
            &["sync", "--plan", "plan"]
        } else {
            &["sync", "a", "b"]
        };
        let how = ["-w", "--atomic", "--format", "json"];
        let done = sandbox.run(&[arguments, &how].concat()).expect(0);
        let objects = done.objects();
        let synced = objects.iter().find(|object| object["type"] == "sync");
        assert_eq!(synced.expect("there is one")["atomic"], true);
        assert_eq!(snapshot(&sandbox, "b").diff(&source), [""; 0]);
        assert_ne!(inode(&sandbox, "b"), before);
        assert!(!sandbox.has(".imgtool"), "something is left");
    }
}

#[test]
fn without_write_or_anything_to_do_the_directory_stays() {
    let sandbox = trees();
    let before = inode(&sandbox, "b");
    sandbox.run(&["sync", "a", "b", "--atomic"]).expect(1);
    sandbox.run(&["sync", "a", "b", "-w"]).expect(0);
    sandbox.run(&["sync", "a", "b", "-w", "--atomic"]).expect(0);
    assert_eq!(inode(&sandbox, "b"), before);
}

#[test]
fn so_many_deletions_and_no_more() {
    for (most, status, left) in [("0", 1, 2), ("1", 1, 1), ("2", 0, 0)] {
        let sandbox = trees();
        let arguments = ["sync", "a", "b", "-w", "--atomic", "--max-delete", most];
        sandbox.run(&arguments).expect(status);
        let names = ["b/gone", "b/gone/file"];
        let names = names.iter().filter(|name| sandbox.has(name));
        assert_eq!(names.count(), left, "{most}");
    }
}

#[test]
fn what_is_replaced_or_deleted_is_kept_outside_of_the_target() {
    let sandbox = trees();
    let run = |dir: &str, status| {
        let arguments = ["sync", "a", "b", "-w", "--atomic", "--backup-dir", dir];
        sandbox.run(&arguments).expect(status)
    };
    let refused = run("b/etc", 2);
    assert!(
        refused.stderr.contains("stands in the target"),
        "{refused:?}"
    );
    fs::create_dir(sandbox.path("kept")).expect("a new name");
    run("kept", 0);
    for (name, content) in [("kept/etc/word", "older"), ("kept/gone/file", "y")] {
        assert_eq!(fs::read_to_string(sandbox.path(name)).expect(name), content);
    }
    sandbox.run(&["diff", "a", "b"]).expect(0);
}

#[test]
fn the_manifest_goes_and_the_origin_is_of_the_new_directory() {
    let sandbox = trees();
    sandbox.run(&["clone", "b", "c", "--verify"]).expect(0);
    let origin = || {
        let text = fs::read(sandbox.path(".imgtool/c.origin.json")).expect("there");
        serde_json::from_slice::<serde_json::Value>(&text).expect("JSON")
    };
    let before = origin();
    sandbox.run(&["sync", "a", "c", "-w", "--atomic"]).expect(0);
    assert!(!sandbox.has(".imgtool/c.manifest"));
    let after = origin();
    assert_ne!(before["root"], after["root"]);
    assert_eq!(before["source"], after["source"]);
}

#[test]
fn what_a_sync_in_place_has_begun_is_finished() {
    for planned in [false, true] {
        let sandbox = trees();
        let source = snapshot(&sandbox, "a");
        sandbox
            .run(&["sync", "a", "b", "--save-plan", "plan"])
            .expect(1);
        // As after a kill in the middle.
        private(&sandbox, "b.sync");
        fs::copy(sandbox.path("plan"), sandbox.path(".imgtool/b.journal")).expect("ours");
        fs::create_dir(sandbox.path("b/new")).expect("a new name");
        fs::remove_file(sandbox.path("b/gone/file")).expect("ours");
        let trees: &[&str] = if planned {
            &["--plan", "plan"]
        } else {
            &["a", "b"]
        };
        let arguments = [&["sync"], trees, &["-w", "--atomic"]].concat();
        let done = sandbox.run(&arguments).expect(0);
        assert!(done.stdout.contains("what an earlier sync had begun"));
        assert_eq!(snapshot(&sandbox, "b").diff(&source), [""; 0]);
        assert!(!sandbox.has(".imgtool"), "something is left");
    }
}

#[test]
fn the_next_sync_of_either_kind_removes_what_a_killed_one_left() {
    for how in [&["-w"][..], &["-w", "--atomic"]] {
        let sandbox = trees();
        private(&sandbox, "b.staged/tree/etc");
        let before = Snapshot::of(&sandbox.path("a"));
        let arguments = [&["sync", "a", "b"], how].concat();
        sandbox.run(&arguments).expect(0);
        assert_eq!(snapshot(&sandbox, "b").diff(&before), [""; 0]);
        assert!(!sandbox.has(".imgtool"), "{how:?}");
    }
}
