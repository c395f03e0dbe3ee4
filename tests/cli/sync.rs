//! `imgtool sync`: what it shows, does, keeps and refuses.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use fixtures::snapshot::Snapshot;

use crate::sandbox::Sandbox;

/// Two trees of which one has what the other lacks.
pub(crate) fn trees() -> Sandbox {
    let sandbox = Sandbox::new();
    for (tree, word) in [("a", "new"), ("b", "older")] {
        fs::create_dir_all(sandbox.path(tree).join("etc")).expect("a new name");
        sandbox.file(&format!("{tree}/etc/word"), word.as_bytes());
    }
    fs::create_dir(sandbox.path("a/new")).expect("a new name");
    sandbox.file("a/new/file", b"x");
    symlink("word", sandbox.path("a/etc/link")).expect("a new name");
    fs::create_dir(sandbox.path("b/gone")).expect("a new name");
    sandbox.file("b/gone/file", b"y");
    sandbox
}

pub(crate) fn snapshot(sandbox: &Sandbox, tree: &str) -> Snapshot {
    Snapshot::of(&sandbox.path(tree))
}

#[test]
fn without_write_nothing_changes_and_it_shows_what_diff_shows() {
    let sandbox = trees();
    let before = snapshot(&sandbox, "b");
    let shown = sandbox
        .run(&["sync", "a", "b", "--format", "itemize"])
        .expect(1);
    let diff = sandbox
        .run(&["diff", "a", "b", "--format", "itemize"])
        .expect(1);
    assert_eq!(shown.stdout, diff.stdout);
    let text = sandbox.run(&["sync", "a", "b"]).expect(1);
    assert!(
        text.stdout.contains("nothing was changed: give -w"),
        "{text:?}"
    );
    assert_eq!(before.touched(&snapshot(&sandbox, "b")), [""; 0]);
    assert!(!sandbox.has(".imgtool"));
}

#[test]
fn with_write_the_target_is_the_source() {
    let sandbox = trees();
    let source = snapshot(&sandbox, "a");
    let done = sandbox
        .run(&["sync", "a", "b", "-w", "--format", "json"])
        .expect(0);
    let synced = done.objects();
    let synced = synced.iter().find(|object| object["type"] == "sync");
    let synced = synced.expect("there is one");
    let counts = ["created", "updated", "deleted"].map(|count| synced[count].as_u64());
    assert_eq!(counts, [Some(3), Some(1), Some(2)]);
    assert_eq!(snapshot(&sandbox, "b").diff(&source), [""; 0]);
    assert_eq!(snapshot(&sandbox, "a").touched(&source), [""; 0]);
    assert!(!sandbox.has(".imgtool"), "something is left");
    sandbox.run(&["diff", "a", "b"]).expect(0);
    sandbox.run(&["sync", "a", "b", "-w"]).expect(0);
}

#[test]
fn the_manifest_beside_a_tree_that_is_changed_goes() {
    let sandbox = trees();
    sandbox.run(&["clone", "a", "c", "--verify"]).expect(0);
    let manifest = ".imgtool/c.manifest";
    sandbox.run(&["sync", "a", "c", "-w"]).expect(0);
    assert!(sandbox.has(manifest), "nothing was changed");
    sandbox.run(&["sync", "b", "c", "-w"]).expect(0);
    assert!(!sandbox.has(manifest));
}

#[test]
fn an_archive_may_be_sent_too() {
    let sandbox = trees();
    let tree = fixtures::tree::TreeSpec::new()
        .with(fixtures::tree::Node::dir("").mode(0o755))
        .with(fixtures::tree::Node::file("etc/word", "archived"))
        .with(fixtures::tree::Node::hard_link("etc/again", "etc/word"));
    let bytes = fixtures::archive::write(&tree, fixtures::archive::Options::gnu_tar());
    sandbox.file("a.tar", &bytes);
    let ignoring = ["--ignore", "owner,group"];
    let arguments = [&["sync", "a.tar", "b", "-w"][..], &ignoring].concat();
    sandbox.run(&arguments).expect(0);
    let word = fs::read(sandbox.path("b/etc/again")).expect("it came");
    assert_eq!(word, b"archived");
    assert!(!sandbox.has("b/gone") && !sandbox.has(".imgtool"));
    sandbox
        .run(&[&["diff", "a.tar", "b"][..], &ignoring].concat())
        .expect(0);
}

#[test]
fn a_manifest_gives_metadata_and_no_content() {
    let sandbox = trees();
    sandbox.run(&["manifest", "b", "-o", "manifest"]).expect(0);
    let before = snapshot(&sandbox, "b");
    let word = sandbox.path("b/etc/word");
    fs::set_permissions(&word, fs::Permissions::from_mode(0o600)).expect("ours");
    sandbox.run(&["sync", "manifest", "b", "-w"]).expect(0);
    assert_eq!(before.diff(&snapshot(&sandbox, "b")), [""; 0]);
    fs::remove_file(&word).expect("ours");
    let before = snapshot(&sandbox, "b");
    let refused = sandbox.run(&["sync", "manifest", "b", "-w"]).expect(2);
    assert!(refused.stderr.contains("not recorded"), "{refused:?}");
    assert_eq!(before.touched(&snapshot(&sandbox, "b")), [""; 0]);
}

#[test]
fn so_many_deletions_and_no_more() {
    for (most, status, left) in [("0", 1, 2), ("1", 1, 1), ("2", 0, 0)] {
        let sandbox = trees();
        sandbox
            .run(&["sync", "a", "b", "-w", "--max-delete", most])
            .expect(status);
        let names = ["b/gone", "b/gone/file"]
            .iter()
            .filter(|name| sandbox.has(name));
        assert_eq!(names.count(), left, "{most}");
        assert_eq!(
            fs::read(sandbox.path("b/etc/word")).expect("is there"),
            b"new"
        );
    }
}

#[test]
fn attributes_that_are_not_compared_stay_and_come_with_what_is_new() {
    let sandbox = trees();
    let set = |name: &str, value: &[u8]| {
        let path = sandbox.path(name);
        rustix::fs::lsetxattr(path, "user.note", value, rustix::fs::XattrFlags::empty())
    };
    if set("a/new/file", b"source").is_err() {
        eprintln!("skipped: no user attributes here");
        return;
    }
    set("b/etc/word", b"target").expect("as before");
    let arguments = ["sync", "a", "b", "-w", "--ignore", "acl,xattr"];
    sandbox.run(&arguments).expect(0);
    let get = |name: &str| {
        let mut value = [0; 16];
        let size = rustix::fs::lgetxattr(sandbox.path(name), "user.note", &mut value);
        value[..size.expect("there is one")].to_vec()
    };
    assert_eq!(get("b/new/file"), b"source");
    assert_eq!(get("b/etc/word"), b"target");
}

/// Two trees that differ in content alone, under equal sizes and times.
pub(crate) fn alike() -> Sandbox {
    let sandbox = Sandbox::new();
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    for (tree, word) in [("a", "one"), ("b", "two")] {
        fs::create_dir(sandbox.path(tree)).expect("a new name");
        sandbox.file(&format!("{tree}/word"), word.as_bytes());
        for name in [format!("{tree}/word"), tree.to_owned()] {
            let file = fs::File::open(sandbox.path(&name)).expect("it is there");
            file.set_modified(epoch).expect("ours");
        }
    }
    sandbox
}

#[test]
fn content_alone_is_sent_whoever_finds_it() {
    let sandbox = alike();
    sandbox.run(&["sync", "a", "b", "-w"]).expect(0);
    let shown = sandbox.run(&["sync", "a", "b", "--checksum"]).expect(1);
    for line in ["updated   1", "to send   3 bytes"] {
        assert!(shown.stdout.contains(line), "{shown:?}");
    }
    sandbox
        .run(&["sync", "a", "b", "--checksum", "-w"])
        .expect(0);
    assert_eq!(fs::read(sandbox.path("b/word")).expect("is there"), b"one");
}

#[test]
fn a_sync_that_was_cut_off_before_it_sent_content_sends_it() {
    let sandbox = alike();
    let compared = ["sync", "a", "b", "--checksum"];
    let save = [&compared[..], &["--save-plan", "plan"]].concat();
    sandbox.run(&save).expect(1);
    for next in [&compared[..], &["sync", "--plan", "plan"]] {
        // As if it had been killed right behind its journal.
        let private = sandbox.path(".imgtool");
        fs::create_dir_all(&private).expect("ours");
        fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).expect("ours");
        fs::copy(sandbox.path("plan"), private.join("b.journal")).expect("a new name");
        sandbox.run(&[next, &["-w"]].concat()).expect(0);
        assert_eq!(fs::read(sandbox.path("b/word")).expect("is there"), b"one");
        assert!(!sandbox.has(".imgtool"));
        let word = fs::File::create(sandbox.path("b/word")).expect("ours");
        std::io::Write::write_all(&mut &word, b"two").expect("there is room");
        word.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .expect("ours");
        let top = fs::File::open(sandbox.path("b")).expect("it is there");
        top.set_modified(std::time::SystemTime::UNIX_EPOCH)
            .expect("ours");
    }
}

#[test]
fn a_tree_is_not_made_like_itself_nor_like_a_part_of_it() {
    let cases: [(&[&str], &str); 5] = [
        (&["a", "a"], "is the same tree as"),
        (
            &["a", "a", "--exclude", "etc", "--delete-excluded"],
            "is the same tree as",
        ),
        (&["a", "a/new"], "is in"),
        (&["a/etc", "a"], "holds"),
        (&["a/a.tar", "a"], "holds"),
    ];
    for (names, how) in cases {
        for write in [&["-w"][..], &[]] {
            let sandbox = trees();
            let tree = fixtures::tree::TreeSpec::new().with(fixtures::tree::Node::file("x", "x"));
            let bytes = fixtures::archive::write(&tree, fixtures::archive::Options::gnu_tar());
            sandbox.file("a/a.tar", &bytes);
            let before = snapshot(&sandbox, "a");
            let refused = sandbox.run(&[&["sync"], names, write].concat()).expect(2);
            assert!(refused.stderr.contains(how), "{refused:?}");
            let touched = before.touched(&snapshot(&sandbox, "a"));
            // The lock stood beside the target for a while.
            let mut touched = touched.iter().filter(|line| !line.starts_with(".: "));
            assert_eq!(touched.next(), None);
        }
    }
    let sandbox = trees();
    let apart = ["sync", "a", "a/new", "-w", "--exclude", "/new"];
    sandbox.run(&apart).expect(0);
    assert!(sandbox.has("a/new/etc/word") && !sandbox.has("a/new/new"));
    let sandbox = trees();
    let apart = ["sync", "a/etc", "a", "-w", "--exclude", "/etc"];
    sandbox.run(&apart).expect(0);
    assert!(sandbox.has("a/etc/word") && sandbox.has("a/word"));
}

#[test]
fn rules_may_leave_out_some_names_of_an_inode_of_an_archive() {
    for excluded in ["again", "word", "late"] {
        let sandbox = trees();
        let tree = fixtures::tree::TreeSpec::new()
            .with(fixtures::tree::Node::dir("").mode(0o755))
            .with(fixtures::tree::Node::file("etc/again", "archived"))
            .with(fixtures::tree::Node::hard_link("etc/late", "etc/again"))
            .with(fixtures::tree::Node::hard_link("etc/word", "etc/again"));
        let bytes = fixtures::archive::write(&tree, fixtures::archive::Options::gnu_tar());
        sandbox.file("a.tar", &bytes);
        let how = ["--ignore", "owner,group", "--exclude", excluded];
        let arguments = [&["sync", "a.tar", "b", "-w"][..], &how].concat();
        sandbox.run(&arguments).expect(0);
        for name in ["again", "word", "late"] {
            let content = fs::read(sandbox.path("b/etc").join(name)).ok();
            let expected = if name == excluded {
                (name == "word").then(|| b"older".to_vec())
            } else {
                Some(b"archived".to_vec())
            };
            assert_eq!(content, expected, "{name} without {excluded}");
        }
        assert!(!sandbox.has(".imgtool"));
        sandbox
            .run(&[&["diff", "a.tar", "b"][..], &how].concat())
            .expect(0);
    }
}

#[test]
fn what_is_not_deleted_stays_whole_and_is_told_before() {
    let sandbox = Sandbox::new();
    for name in ["a", "b/one", "b/two/in"] {
        fs::create_dir_all(sandbox.path(name)).expect("a new name");
    }
    // The last name is sent, the others are linked with it.
    sandbox.file("a/one", b"new");
    fs::hard_link(sandbox.path("a/one"), sandbox.path("a/two")).expect("a new name");
    sandbox.file("b/one/file", b"stays, for `two` does not come");
    sandbox.file("b/two/in/file", b"stays, for it is one of two");
    let limited = ["sync", "a", "b", "--max-delete", "1"];
    let shown = sandbox.run(&limited).expect(1);
    assert!(
        shown
            .stdout
            .contains("kept      3 of these, for --max-delete"),
        "{shown:?}"
    );
    sandbox.run(&[&limited[..], &["-w"]].concat()).expect(1);
    for name in ["b/two/in/file", "b/one/file"] {
        assert!(sandbox.has(name), "{name}");
    }
    let protecting = ["sync", "a", "b", "-w", "--filter", "P /two/in"];
    sandbox.run(&protecting).expect(1);
    for name in ["b/two/in", "b/one/file"] {
        assert!(sandbox.has(name), "{name}");
    }
}

/// What a sync that was cut off has left is no state of any tree.
#[test]
fn what_is_half_synced_is_told() {
    let sandbox = trees();
    let private = sandbox.path(".imgtool");
    fs::create_dir(&private).expect("a new name");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).expect("ours");
    sandbox.file(".imgtool/b.journal", b"what a killed one has left");
    let cases: [(&[&str], i32, bool); 6] = [
        (&["sync", "a", "b"], 1, true),
        (&["sync", "b", "a"], 1, true),
        (&["clone", "b", "c"], 0, true),
        (&["backup", "b", "--to", "b.tar.zst"], 0, true),
        (&["clone", "a", "d"], 0, false),
        (&["sync", "a", "d"], 0, false),
    ];
    for (args, status, is_told) in cases {
        let told = sandbox.run(args).expect(status).stderr;
        assert_eq!(
            told.contains("b` is between old and new: "),
            is_told,
            "{args:?}: {told}"
        );
    }
    let told = sandbox.run(&["sync", "a", "b", "-w"]).expect(0).stderr;
    assert!(
        told.contains("an earlier sync of") && !told.contains("between"),
        "{told}"
    );
    sandbox.run(&["sync", "a", "b"]).expect(0);
}
