//! What is mounted in a tree is no part of its backup.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use fixtures::mount::Mount;
use fixtures::snapshot::names;
use fixtures::tree::{Node, TreeSpec};
use libimage::backup;
use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::Silent;
use libimage::restore;
use libimage::seekable::Reader;
use libimage::writer::Destination;

use crate::changing::Meddler;
use crate::place::{Place, noise, write};

fn place() -> Place {
    let tree = TreeSpec::new()
        .with(Node::file("a/large", noise(1, 20 << 20)))
        .with(Node::file("run/own", "x"))
        .with(Node::dir("mnt"));
    let place = Place::with(&tree);
    write(&place.path("secret"), b"secret");
    write(&place.tree().join("hosts"), b"own");
    place
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn what_is_mounted_may_change_meanwhile() {
    let place = place();
    let run = place.tree().join("run");
    let _mounts = [
        Mount::new(&["-t", "tmpfs", "-o", "mode=700", "none"], &run),
        Mount::new(
            &[&"--bind".into(), &place.path("secret")],
            &place.tree().join("hosts"),
        ),
    ];
    let meddler = Meddler {
        meddle: &|| write(&run.join("new"), b"x"),
        done: AtomicBool::new(false),
    };
    let mut options = backup::Options::default();
    options.threads = 1;
    let made = backup::to_file(&place.tree(), &place.file(), false, &options, &meddler);
    assert_eq!(made.expect("the tree is as it was").mounts, 2);
    assert!(meddler.done.into_inner());
    backup::verify(&place.file(), 1, &Silent).expect("whole");
    place.restore("back", &[], 1).expect("whole");
    let back = place.path("back");
    assert_eq!(names(&back), ["a", "mnt", "run"]);
    assert_eq!(names(&back.join("run")), [""; 0]);
    assert_eq!(
        place.snapshot("back").get("run").expect("there").mode,
        0o700
    );
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_tree_that_is_a_mount_is_backed_up_and_restored() {
    let place = place();
    let mounted = place.path("mounted");
    fs::create_dir(&mounted).expect("a new name");
    let _mount = Mount::new(&[&"--bind".into(), &place.tree()], &mounted);
    let options = backup::Options::default();
    let made = backup::to_file(&mounted, &place.file(), false, &options, &Silent);
    assert_eq!(made.expect("readable").mounts, 0);
    place.restore("back", &[], 1).expect("whole");
    let lines = place.snapshot("tree").diff(&place.snapshot("back"));
    assert_eq!(lines, [""; 0]);
    // The mount itself cannot be swapped, nor what has one beneath it.
    for name in ["mounted", "tree"] {
        let _beneath = Mount::new(&["-t", "tmpfs", "none"], &place.tree().join("mnt"));
        let refused = place.replace(name).map(|_| ()).expect_err(name).to_string();
        assert!(refused.contains("something is mounted at"), "{refused}");
    }
    assert_eq!(
        names(&place.path(".imgtool")),
        ["back.manifest", "back.origin.json"]
    );
}

/// With the former tree the backup would go from which it comes.
#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn what_is_in_the_tree_is_known_by_any_path() {
    let place = place();
    let other = place.path("other");
    fs::create_dir(&other).expect("a new name");
    let _mount = Mount::new(&[&"--bind".into(), &place.tree()], &other);
    let inside = other.join("mnt/b");
    let options = backup::Options::default();
    let made = backup::to_file(&place.tree(), &inside, false, &options, &Silent);
    assert_eq!(
        made.map(|_| ()).expect_err("inside").kind(),
        ErrorKind::Usage
    );
    place.back_up(1);
    fs::copy(place.file(), &inside).expect("ours");
    let reader = Arc::new(Reader::open(&inside).expect("a backup"));
    let destination = Destination::new(&place.tree()).expect("a name");
    let mut options = restore::Options::default();
    options.replace = true;
    let restored = restore::restore(&reader, &destination, &options, &Silent);
    let error = restored.map(|_| ()).expect_err("inside");
    assert!(matches!(error, restore::RestoreError::Inside(_)), "{error}");
    assert_eq!(names(&place.tree().join("mnt")), ["b"]);
}
