//! `imgtool sync --backup-dir`: what is replaced or deleted is kept.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use crate::sandbox::Sandbox;
use crate::sync::{alike, snapshot, trees};

#[test]
fn what_is_replaced_or_deleted_is_kept() {
    let sandbox = trees();
    for inside in ["b", "b/etc"] {
        let refused = sandbox
            .run(&["sync", "a", "b", "-w", "--backup-dir", inside])
            .expect(2);
        assert!(
            refused.stderr.contains("stands in the target"),
            "{refused:?}"
        );
    }
    fs::create_dir(sandbox.path("kept")).expect("a new name");
    sandbox
        .run(&["sync", "a", "b", "-w", "--backup-dir", "kept"])
        .expect(0);
    for (name, content) in [("kept/etc/word", "older"), ("kept/gone/file", "y")] {
        assert_eq!(fs::read_to_string(sandbox.path(name)).expect(name), content);
    }
    sandbox.run(&["diff", "a", "b"]).expect(0);
}

/// As by rsync, with all above it.
#[test]
fn a_missing_directory_is_made_once_there_is_something_to_keep() {
    for how in [&[][..], &["--atomic"]] {
        let sandbox = trees();
        let keeping = ["sync", "a", "b", "-w", "--backup-dir", "new/./and/kept/"];
        // What way that is, nobody can say.
        symlink("nowhere", sandbox.path("new")).expect("a new name");
        for no_way in ["new/kept", "absent/../kept"] {
            let before = snapshot(&sandbox, "b");
            let refusing = ["sync", "a", "b", "-w", "--backup-dir", no_way];
            sandbox.run(&[&refusing, how].concat()).expect(4);
            assert_eq!(before.touched(&snapshot(&sandbox, "b")), [""; 0]);
            assert!(!sandbox.has("nowhere") && !sandbox.has("absent"));
        }
        fs::remove_file(sandbox.path("new")).expect("ours");
        sandbox.run(&[&keeping, how].concat()).expect(0);
        for (name, content) in [("etc/word", "older"), ("gone/file", "y")] {
            let path = sandbox.path("new/and/kept").join(name);
            assert_eq!(fs::read_to_string(path).expect(name), content);
        }
        let mode = fs::metadata(sandbox.path("new")).expect("made").mode();
        assert_eq!(mode & 0o7777, 0o700);
        sandbox.run(&["diff", "a", "b"]).expect(0);

        // There is nothing to keep.
        let none = ["sync", "a", "b", "-w", "--backup-dir", "none"];
        sandbox.run(&[&none, how].concat()).expect(0);
        assert!(!sandbox.has("none"), "{how:?}");
    }
}

#[test]
fn what_goes_is_kept_where_it_can_be_or_nothing_goes() {
    type Hinder = fn(&Sandbox);
    let cases: [(&str, Hinder, &str); 6] = [
        ("a", |_| (), "stands in the source"),
        ("a/new/kept", |_| (), "stands in the source"),
        ("b/new/kept", |_| (), "stands in the target"),
        (
            "kept",
            |sandbox| {
                fs::create_dir_all(sandbox.path("kept/etc/word")).expect("a new name");
            },
            "kept/etc/word: something of another type",
        ),
        (
            "kept",
            |sandbox| {
                fs::create_dir(sandbox.path("kept")).expect("a new name");
                sandbox.file("kept/gone", b"");
            },
            "kept/gone: something of another type",
        ),
        (
            "kept",
            |sandbox| {
                fs::create_dir(sandbox.path("kept")).expect("a new name");
                symlink("../a", sandbox.path("kept/etc")).expect("a new name");
            },
            "kept/etc: something of another type",
        ),
    ];
    for (dir, hinder, reason) in cases {
        let sandbox = trees();
        hinder(&sandbox);
        let before = ["a", "b"].map(|tree| snapshot(&sandbox, tree));
        let refused = sandbox
            .run(&["sync", "a", "b", "-w", "--backup-dir", dir])
            .expect(2);
        let told = refused.stderr.replace('`', "");
        assert!(told.contains(reason), "{refused:?}");
        for (tree, before) in ["a", "b"].iter().zip(before) {
            assert_eq!(
                before.touched(&snapshot(&sandbox, tree)),
                [""; 0],
                "{reason}"
            );
        }
        assert!(!sandbox.has(".imgtool"), "{reason}");
    }
}

#[test]
fn what_is_kept_stands_in_directories_as_they_were() {
    let sandbox = trees();
    fs::create_dir(sandbox.path("b/gone/deep")).expect("a new name");
    sandbox.file("b/gone/deep/file", b"z");
    fs::create_dir(sandbox.path("kept")).expect("a new name");
    let directories = [("gone/deep", 0o755), ("gone", 0o711), ("etc", 0o750)];
    for (name, mode) in directories {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(sandbox.path("b").join(name), permissions).expect("ours");
    }
    sandbox
        .run(&["sync", "a", "b", "-w", "--backup-dir", "kept"])
        .expect(0);
    for (name, mode) in directories {
        let kept = fs::metadata(sandbox.path("kept").join(name)).expect("is there");
        assert_eq!(kept.permissions().mode() & 0o7777, mode, "{name}");
    }
}

/// As an ordinary user a directory that may not be written to is opened for a
/// while, and so are those in which something is kept.
#[test]
fn directories_that_may_not_be_written_to_are_no_hindrance() {
    let sandbox = trees();
    fs::create_dir(sandbox.path("b/gone/deep")).expect("a new name");
    sandbox.file("b/gone/deep/file", b"z");
    fs::create_dir(sandbox.path("kept")).expect("a new name");
    for name in ["b/gone/deep", "b/gone", "b/etc", "a/etc", "a/new"] {
        let permissions = fs::Permissions::from_mode(0o555);
        fs::set_permissions(sandbox.path(name), permissions).expect("ours");
    }
    sandbox
        .run(&["sync", "a", "b", "-w", "--backup-dir", "kept"])
        .expect(0);
    let source = snapshot(&sandbox, "a");
    assert_eq!(snapshot(&sandbox, "b").diff(&source), [""; 0]);
    assert_eq!(
        fs::read(sandbox.path("kept/gone/deep/file")).expect("kept"),
        b"z"
    );
    // For whoever removes all this.
    let places = ["a/etc", "a/new", "b/etc", "b/new", "kept/etc"];
    for name in places.iter().chain(&["kept/gone", "kept/gone/deep"]) {
        let permissions = fs::Permissions::from_mode(0o755);
        fs::set_permissions(sandbox.path(name), permissions).expect("ours");
    }
}

/// Where the journal is still there though all is done, a plan is done again: it
/// finds what it has made, and what was kept stays what it was.
#[test]
fn a_plan_that_was_cut_off_at_its_end_is_done_again() {
    for how in [&[][..], &["--atomic"]] {
        let sandbox = alike();
        // A directory becomes a symlink.
        symlink("word", sandbox.path("a/turned")).expect("a new name");
        fs::create_dir_all(sandbox.path("b/turned/deep")).expect("a new name");
        sandbox.file("b/turned/deep/file", b"in the way");
        // Two inodes of one size and time become one.
        for (tree, content) in [("a", b"one"), ("b", b"two")] {
            sandbox.file(&format!("{tree}/linked"), content);
            sandbox.file(&format!("{tree}/other"), content);
        }
        // Of two names one parts from its inode, and gets a third for it.
        let link = |from: &str, to: &str| {
            fs::hard_link(sandbox.path(from), sandbox.path(to)).expect("a new name");
        };
        fs::remove_file(sandbox.path("a/other")).expect("ours");
        link("a/linked", "a/other");
        for name in ["a/part", "a/stays", "b/part", "b/third"] {
            sandbox.file(name, b"three");
        }
        link("a/part", "a/third");
        link("b/part", "b/stays");
        sandbox.file("b/third", b"3");
        for (name, mode) in [("a/part", 0o600), ("a/stays", 0o640), ("b/part", 0o644)] {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(sandbox.path(name), mode).expect("ours");
        }
        for tree in ["a", "b"] {
            for name in ["linked", "other", "part", "stays"] {
                let file = fs::File::open(sandbox.path(tree).join(name)).expect("there");
                let epoch = std::time::SystemTime::UNIX_EPOCH;
                file.set_modified(epoch).expect("ours");
            }
        }
        let save = ["sync", "a", "b", "--checksum", "--save-plan", "plan"];
        sandbox.run(&save).expect(1);
        fs::create_dir(sandbox.path("kept")).expect("a new name");
        let source = snapshot(&sandbox, "a");
        let first = ["sync", "--plan", "plan", "-w", "--backup-dir", "kept"];
        sandbox.run(&first).expect(0);
        let kept = snapshot(&sandbox, "kept");
        for (name, content) in [
            ("word", "two"),
            ("linked", "two"),
            ("other", "two"),
            ("third", "3"),
            ("turned/deep/file", "in the way"),
        ] {
            let path = sandbox.path("kept").join(name);
            assert_eq!(fs::read_to_string(path).expect(name), content);
        }
        let private = sandbox.path(".imgtool");
        fs::create_dir(&private).expect("a new name");
        fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).expect("ours");
        fs::copy(sandbox.path("plan"), private.join("b.journal")).expect("a new name");
        sandbox.run(&[&first, how].concat()).expect(0);
        assert_eq!(snapshot(&sandbox, "b").diff(&source), [""; 0], "{how:?}");
        let differences = snapshot(&sandbox, "kept").diff(&kept);
        assert_eq!(differences, [""; 0], "{how:?}");
        assert!(!sandbox.has(".imgtool"), "{how:?}");
    }
}

#[test]
fn what_is_written_anew_is_kept_under_all_its_names() {
    for how in [&[][..], &["--atomic"]] {
        let sandbox = alike();
        for tree in ["a", "b"] {
            let word = sandbox.path(tree).join("word");
            fs::hard_link(&word, word.with_file_name("again")).expect("a new name");
        }
        fs::create_dir(sandbox.path("kept")).expect("a new name");
        let keeping = ["sync", "a", "b", "--checksum", "-w", "--backup-dir", "kept"];
        sandbox.run(&[&keeping, how].concat()).expect(0);
        for name in ["again", "word"] {
            let of = |tree: &str| fs::read(sandbox.path(tree).join(name)).expect("there");
            assert_eq!(
                (of("b"), of("kept")),
                (b"one".into(), b"two".into()),
                "{how:?}"
            );
        }
    }
}

#[test]
fn nothing_is_kept_where_a_tree_stands() {
    for (inside, tree) in [("b", "target"), ("a", "source")] {
        let sandbox = trees();
        fs::create_dir(sandbox.path("kept")).expect("a new name");
        fs::rename(sandbox.path(inside), sandbox.path("kept").join(inside)).expect("ours");
        let path = |name: &str| {
            if name == inside {
                format!("kept/{name}")
            } else {
                name.to_owned()
            }
        };
        let [from, to] = ["a", "b"].map(path);
        let arguments = ["sync", &from, &to, "-w", "--backup-dir", "kept"];
        let refused = sandbox.run(&arguments).expect(2);
        let told = format!("the {tree} stands in it");
        assert!(refused.stderr.contains(&told), "{refused:?}");
    }
}
