//! What is mounted within a source is no part of it.

use std::fs;
use std::sync::Mutex;

use fixtures::snapshot::names;
use fixtures::tree::{Node, TreeSpec};
use libimage::clone::Options;
use libimage::monitor::{Monitor, Phase, Warning};

use crate::place::{Mount, Place, between, verifying};

/// Keeps the warnings.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Monitor for Heard {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, warning: Warning) {
        self.0
            .lock()
            .expect("no thread panics")
            .push(warning.to_string());
    }
    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn an_empty_directory_stands_for_what_is_mounted() {
    let tree = TreeSpec::new()
        .with(Node::file("proc/own", "x"))
        .with(Node::file("bound/own", "x"))
        .with(Node::file("etc/resolv.conf", "own"))
        .with(Node::file("etc/file", "x"));
    let place = Place::with(&tree);
    fs::create_dir(place.path("outside")).expect("a new name");
    fs::write(place.path("outside/secret"), "x").expect("a new name");
    let text = |name: &str| place.path(name).display().to_string();
    let _mounts = [
        Mount::new(
            &["-t", "tmpfs", "-o", "mode=700", "none"],
            &place.path("source/proc"),
        ),
        Mount::new(&["--bind", &text("outside")], &place.path("source/bound")),
        Mount::new(
            &["--bind", &text("outside/secret")],
            &place.path("source/etc/resolv.conf"),
        ),
    ];
    fs::write(place.path("source/proc/secret"), "x").expect("a new name");
    for (name, options) in [("plain", Options::default()), ("verified", verifying())] {
        let heard = Heard::default();
        let outcome = place.watched(name, &options, &heard).expect("readable");
        assert_eq!(outcome.extent.mounts, 3);
        let mut heard = heard.0.into_inner().expect("no thread panics");
        heard.sort();
        assert_eq!(heard.len(), 3, "{heard:?}");
        let tree = place.path(name);
        assert_eq!(names(&tree), ["bound", "etc", "proc"]);
        assert_eq!(names(&tree.join("proc")), [""; 0]);
        assert_eq!(names(&tree.join("bound")), [""; 0]);
        assert_eq!(names(&tree.join("etc")), ["file"]);
        let snapshot = place.snapshot(name);
        assert_eq!(snapshot.get("proc").expect("is there").mode, 0o700);
    }
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_bind_mount_hides_no_nesting() {
    let place = Place::with(&TreeSpec::new().with(Node::file("sub/file", "x")));
    let source = place.path("source");
    fs::create_dir(place.path("bound")).expect("a new name");
    let _mount = Mount::new(
        &["--bind", &source.display().to_string()],
        &place.path("bound"),
    );
    for name in ["bound/new", "bound/sub/new"] {
        let heard = Heard::default();
        let answer = between(&source, &place.path(name), &Options::default(), &heard);
        let error = answer.expect_err(name).to_string();
        assert!(error.contains(" is in "), "{name}: {error}");
    }
}
