//! What is refused, and leaves everything as it was.

use std::fs;
use std::os::unix::fs::symlink;

use fixtures::tree::{Node, TreeSpec};
use libimage::clone::Options;
use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::{Monitor, Phase, Silent, Warning};
use libimage::writer::{Destination, Reflink};

use crate::place::{Place, between, options, replacing};

fn place() -> Place {
    let tree = TreeSpec::new()
        .with(Node::dir("sub"))
        .with(Node::file("sub/file", "x"));
    let place = Place::with(&tree);
    fs::create_dir(place.path("outer")).expect("a new name");
    fs::create_dir(place.path("outer/inner")).expect("a new name");
    fs::write(place.path("outer/inner/file"), "x").expect("a new name");
    fs::create_dir(place.path("full")).expect("a new name");
    fs::write(place.path("full/file"), "x").expect("a new name");
    fs::write(place.path("file"), "x").expect("a new name");
    symlink("source", place.path("link")).expect("a new name");
    place
}

#[test]
fn neither_tree_may_be_part_of_the_other_nor_anything_be_in_the_way() {
    let cases = [
        ("source", "source", ErrorKind::Usage),
        ("source", "source/new", ErrorKind::Usage),
        ("source", "source/sub", ErrorKind::Usage),
        ("source", "link/sub/new", ErrorKind::Usage),
        ("link", "source", ErrorKind::Usage),
        ("link", "source/sub/new", ErrorKind::Usage),
        ("outer/inner", "outer", ErrorKind::Usage),
        ("source", "full", ErrorKind::Refused),
        ("source", "file", ErrorKind::Refused),
        ("source", "missing/new", ErrorKind::System),
        ("missing", "new", ErrorKind::System),
        ("file", "new", ErrorKind::System),
        ("source", ".imgtool", ErrorKind::Usage),
    ];
    for (source, destination, kind) in cases {
        let name = format!("{source} to {destination}");
        let place = place();
        let before = place.snapshot(".");
        let options = if destination == "full" {
            Options::default()
        } else {
            replacing()
        };
        let (source, destination) = (place.path(source), place.path(destination));
        let error = between(&source, &destination, &options, &Silent).expect_err(&name);
        assert_eq!(error.kind(), kind, "{name}: {error}");
        let mut touched = before.touched(&place.snapshot("."));
        // `.imgtool` may have come and gone.
        touched.retain(|line| line.contains('/') || !line.contains("time"));
        assert_eq!(touched, [""; 0], "{name}: {error}");
    }
}

#[test]
fn names_that_only_begin_alike_are_apart() {
    let place = place();
    for name in ["source-too", "sourc"] {
        place.clone(name, &Options::default()).expect(name);
    }
}

#[test]
fn blocks_that_cannot_be_shared_are_told_with_the_file_system() {
    // In memory nothing is shared.
    let tmpfs = tempfile::tempdir_in("/dev/shm").expect("a temporary directory");
    fs::create_dir(tmpfs.path().join("source")).expect("a new name");
    fs::write(tmpfs.path().join("source/file"), "x").expect("a new name");
    let [source, new] = ["source", "new"].map(|name| tmpfs.path().join(name));
    let always = options(Reflink::Always);
    let error = between(&source, &new, &always, &Silent).expect_err("it is tmpfs");
    assert_eq!(error.kind(), ErrorKind::System, "{error}");
    assert!(error.to_string().contains("tmpfs"), "{error}");
    let help = error.help().unwrap_or_default();
    assert!(help.contains("--reflink auto"), "{help}");
    assert!(!new.exists());
}

#[test]
fn a_place_that_another_works_on_is_locked() {
    let place = place();
    let destination = Destination::new(&place.path("new")).expect("a good place");
    let held = destination.lock().expect("nobody is there");
    let error = place.clone("new", &Options::default()).expect_err("locked");
    let holder = format!("process {}", std::process::id());
    assert!(error.to_string().contains(&holder), "{error}");
    drop(held);
    place.clone("new", &Options::default()).expect("free now");
}

#[test]
fn an_interrupted_clone_leaves_nothing() {
    /// Cancels when a phase begins.
    struct Stop(Phase, std::sync::atomic::AtomicBool);
    impl Monitor for Stop {
        fn begin(&self, phase: Phase, _: Option<u64>) {
            let is_it = phase == self.0;
            self.1.fetch_or(is_it, std::sync::atomic::Ordering::Relaxed);
        }
        fn advance(&self, _: u64, _: u64) {}
        fn warn(&self, _: Warning) {}
        fn cancelled(&self) -> bool {
            self.1.load(std::sync::atomic::Ordering::Relaxed)
        }
    }
    let mut verifying = replacing();
    verifying.verify = true;
    for phase in [
        Phase::Walk,
        Phase::Copy,
        Phase::Finish,
        Phase::Hash,
        Phase::Sync,
    ] {
        let place = place();
        let before = place.snapshot("full");
        let stop = Stop(phase, false.into());
        let error = place.watched("full", &verifying, &stop).expect_err("told");
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{phase:?}: {error}");
        assert_eq!(before.touched(&place.snapshot("full")), [""; 0]);
        assert!(!place.path(".imgtool").exists(), "{phase:?}");
    }
}
