//! What is mounted beneath a tree is not part of it, and never entered.
#![allow(
    clippy::disallowed_methods,
    reason = "prepares and inspects trees as an administrator's shell would"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fixtures::mount::Mount;
use libimage::diff::{Charset, Options, diff};
use libimage::import::{self, Source, import};
use libimage::manifest;
use libimage::monitor::{Monitor, Phase, Silent, Warning};
use libimage::rules::{Demand, Policy};
use libimage::tree::{LiveTree, Want};
use libimage::verify;
use libimage::writer::{Destination, WriteError};

/// Keeps the warnings.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Monitor for Heard {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, warning: Warning) {
        let mut heard = self.0.lock().expect("no thread panics");
        heard.push(warning.to_string());
    }
    fn cancelled(&self) -> bool {
        false
    }
}

struct Case {
    dir: tempfile::TempDir,
    _mounts: [Mount; 3],
}

impl Case {
    /// `tree/proc` has another file system mounted, `tree/bound` a directory
    /// of the same one, both with a file `secret`; `tree/etc/resolv.conf` has
    /// a file from outside mounted over it, as chroot helpers do.
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| dir.path().join(name);
        for name in ["tree/proc", "tree/bound", "tree/etc", "outside"] {
            fs::create_dir_all(path(name)).expect("a new name");
        }
        fs::write(path("outside/secret"), "x").expect("a new name");
        fs::write(path("tree/etc/file"), "x").expect("a new name");
        fs::write(path("tree/etc/resolv.conf"), "own").expect("a new name");
        let outside = path("outside");
        let secret = outside.join("secret");
        let outside = outside.to_str().expect("UTF-8");
        let secret = secret.to_str().expect("UTF-8");
        let mounts = [
            Mount::new(&["-t", "tmpfs", "none"], &path("tree/proc")),
            Mount::new(&["--bind", outside], &path("tree/bound")),
            Mount::new(&["--bind", secret], &path("tree/etc/resolv.conf")),
        ];
        fs::write(path("tree/proc/secret"), "x").expect("a new name");
        Self {
            dir,
            _mounts: mounts,
        }
    }

    fn tree(&self) -> PathBuf {
        self.dir.path().join("tree")
    }
}

fn open(path: &Path) -> LiveTree {
    LiveTree::open(path, Want::All).expect("a directory")
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_walk_names_each_mount_once_and_enters_none() {
    let case = Case::new();
    let heard = Heard::default();
    let mut out = Vec::new();
    let summary = manifest::build(&open(&case.tree()), &mut out, 2, &heard).expect("readable");
    assert_eq!(summary.counts.mounts, 3);
    let out = String::from_utf8(out).expect("ASCII");
    assert!(out.contains(" etc/file "), "{out}");
    for mounted in ["secret", "proc", "bound", "resolv.conf"] {
        assert!(!out.contains(mounted), "{out}");
    }
    let mut heard = heard.0.into_inner().expect("no thread panics");
    heard.sort();
    assert_eq!(heard.len(), 3, "{heard:?}");
    for (line, name) in heard.iter().zip(["bound", "etc/resolv.conf", "proc"]) {
        assert!(
            line.starts_with(&format!("{name}: something is mounted here")),
            "{line}"
        );
    }
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_comparison_says_nothing_of_what_is_beneath_a_mount() {
    let case = Case::new();
    let other = case.dir.path().join("other");
    for name in ["proc", "bound", "etc"] {
        fs::create_dir_all(other.join(name)).expect("a new name");
        fs::write(other.join(name).join("file"), "x").expect("a new name");
    }
    for (source, target) in [(case.tree(), other.clone()), (other, case.tree())] {
        let heard = Heard::default();
        let (source, target) = (open(&source), open(&target));
        let outcome = diff(&source, &target, &Options::default(), &heard).expect("readable");
        for change in &outcome.changes {
            let line = change.itemize(Charset::Utf8).expect("all are listed");
            let line = String::from_utf8(line).expect("ASCII");
            for mounted in ["secret", "proc", "bound", "resolv.conf"] {
                assert!(!line.contains(mounted), "{line}");
            }
        }
        assert_eq!(outcome.totals.mounts, 3);
        assert_eq!(heard.0.into_inner().expect("no thread panics").len(), 3);
    }
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn what_is_mounted_was_not_verified() {
    let case = Case::new();
    let options = verify::Options {
        demand: Demand::default(),
        policy: Policy::default(),
        threads: 2,
        depth: verify::Depth::ALONE,
    };
    let outcome = verify::verify(&open(&case.tree()), &options, &Silent).expect("readable");
    let found: Vec<_> = outcome.findings.iter().map(ToString::to_string).collect();
    let said = found
        .iter()
        .find(|line| line.contains("something is mounted here"));
    let said = said.unwrap_or_else(|| panic!("{found:?}"));
    assert!(said.starts_with("warning[file-unreadable]: 3 "), "{said}");
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_tree_with_mounts_is_not_replaced() {
    let case = Case::new();
    let archive = case.dir.path().join("image.tar");
    let image = fixtures::image::software_image(
        fixtures::image::Arch::X86_64,
        fixtures::image::Distro::Debian12,
    );
    let bytes = fixtures::archive::write(&image, fixtures::archive::Options::gnu_tar());
    fs::write(&archive, bytes).expect("a new name");
    let mut options = import::Options::default();
    options.replace = true;
    let destination = Destination::new(&case.tree()).expect("a good place");
    let source = Source::open(&archive).expect("is there");
    let refused = import(source, &destination, &options, &Silent);
    let Err(import::ImportError::Write(WriteError::Mounted { mounts, .. })) = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(mounts.len(), 3);
    assert!(case.tree().join("proc/secret").exists());
    assert!(case.dir.path().join("outside/secret").exists());
}
