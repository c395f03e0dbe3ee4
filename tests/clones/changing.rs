//! A source that changes while it is cloned.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use fixtures::tree::{Node, TreeSpec};
use libimage::clone::Options;
use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::{Monitor, Phase, Warning};
use libimage::writer::Reflink;

use crate::place::{Place, options, verifying};

type Meddle = fn(&Path);

/// Meddles with the source once, in a phase: at its beginning, or when the
/// first bytes were copied.
struct Meddler {
    when: (Phase, bool),
    source: PathBuf,
    meddle: Meddle,
    copying: AtomicBool,
    done: AtomicBool,
}

impl Meddler {
    fn meddle(&self) {
        if !self.done.swap(true, Ordering::Relaxed) {
            (self.meddle)(&self.source);
        }
    }
}

impl Monitor for Meddler {
    fn begin(&self, phase: Phase, _: Option<u64>) {
        let (when, at_once) = self.when;
        self.copying.store(phase == when, Ordering::Relaxed);
        if phase == when && at_once {
            self.meddle();
        }
    }
    fn advance(&self, _: u64, bytes: u64) {
        if bytes > 0 && self.copying.load(Ordering::Relaxed) {
            self.meddle();
        }
    }
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        false
    }
}

fn append(path: &Path) {
    let mut content = fs::read(path).expect("is there");
    content.push(b'x');
    fs::write(path, content).expect("ours");
}

/// Only the content changes, and with it the time.
fn rewrite(path: &Path) {
    let length = fs::read(path).expect("is there").len();
    fs::write(path, vec![b'y'; length]).expect("ours");
}

/// Only the content changes.
fn rewrite_unseen(path: &Path) {
    let time = fs::metadata(path).and_then(|data| data.modified());
    rewrite(path);
    let file = fs::File::options().write(true).open(path).expect("ours");
    file.set_modified(time.expect("a time")).expect("ours");
}

fn set_attribute(path: &Path) {
    let flags = rustix::fs::XattrFlags::empty();
    let set = rustix::fs::setxattr(path, "user.new", b"x", flags);
    set.expect("a file system with attributes");
}

#[test]
fn a_source_that_changes_is_noticed_and_nothing_is_published() {
    let cases: [(&str, bool, Meddle); 16] = [
        ("grows later", true, |source| append(&source.join("large"))),
        ("grows", false, |source| append(&source.join("large"))),
        ("shrinks", false, |source| {
            fs::write(source.join("large"), "x").expect("ours");
        }),
        ("rewritten", false, |source| rewrite(&source.join("large"))),
        ("rewritten unseen", true, |source| {
            rewrite_unseen(&source.join("large"));
        }),
        ("an attribute", false, |source| {
            set_attribute(&source.join("etc/word"));
        }),
        ("an owner", true, |source| {
            // Nobody needs a privilege for the group that it is of.
            let path = source.join("etc/word");
            let group = fs::metadata(&path).expect("is there").gid();
            chown(path, None, Some(group)).expect("ours");
        }),
        ("a symlink's owner", true, |source| {
            let path = source.join("link");
            let group = fs::symlink_metadata(&path).expect("is there").gid();
            lchown(path, None, Some(group)).expect("ours");
        }),
        ("vanishes", true, |source| {
            fs::remove_file(source.join("large")).expect("ours");
        }),
        ("is a symlink", true, |source| {
            fs::remove_file(source.join("large")).expect("ours");
            symlink("/etc/passwd", source.join("large")).expect("a new name");
        }),
        ("another comes", false, |source| {
            fs::write(source.join("etc/new"), "x").expect("a new name");
        }),
        ("another comes unseen", true, |source| {
            let directory = source.join("etc");
            let time = fs::metadata(&directory).and_then(|data| data.modified());
            fs::write(directory.join("new"), "x").expect("a new name");
            let file = fs::File::open(&directory).expect("is there");
            file.set_modified(time.expect("a time")).expect("ours");
        }),
        ("an empty one goes", false, |source| {
            fs::remove_dir(source.join("empty")).expect("ours");
        }),
        ("a directory is a symlink", true, |source| {
            fs::rename(source.join("etc"), source.join("../etc")).expect("ours");
            symlink("../etc", source.join("etc")).expect("a new name");
        }),
        ("a directory is a file", false, |source| {
            fs::remove_dir(source.join("empty")).expect("ours");
            fs::write(source.join("empty"), "x").expect("a new name");
        }),
        ("a fifo takes a name", true, |source| {
            fs::remove_file(source.join("large")).expect("ours");
            let status = std::process::Command::new("mkfifo")
                .arg(source.join("large"))
                .status();
            assert!(status.expect("it is in the base system").success());
        }),
    ];
    for (name, at_once, meddle) in cases {
        for reflink in [Reflink::Auto, Reflink::Never] {
            let place = changeable();
            let answer = watched(&place, &options(reflink), (Phase::Copy, at_once), meddle);
            let error = answer.expect_err(name);
            assert_eq!(error.kind(), ErrorKind::System, "{name}: {error}");
            assert!(
                error.to_string().contains("changed while it was read"),
                "{name}: {error}"
            );
            assert!(!place.path("tree").exists(), "{name}");
            assert!(!place.path(".imgtool").exists(), "{name}");
        }
    }
}

#[test]
fn what_is_another_when_it_is_read_again_was_not_verified() {
    let cases: [(&str, Meddle, ErrorKind); 5] = [
        (
            "content",
            |source| rewrite_unseen(&source.join("large")),
            ErrorKind::Refused,
        ),
        (
            "an attribute",
            |source| set_attribute(&source.join("large")),
            ErrorKind::System,
        ),
        (
            "a new file",
            |source| fs::write(source.join("new"), "x").expect("a new name"),
            ErrorKind::System,
        ),
        (
            "a directory less",
            |source| fs::remove_dir(source.join("empty")).expect("ours"),
            ErrorKind::System,
        ),
        (
            "a file less",
            |source| fs::remove_file(source.join("large")).expect("ours"),
            ErrorKind::System,
        ),
    ];
    for (name, meddle, kind) in cases {
        let place = changeable();
        let answer = watched(&place, &verifying(), (Phase::Hash, true), meddle);
        let error = answer.expect_err(name);
        assert_eq!(error.kind(), kind, "{name}: {error}");
        assert!(!place.path("tree").exists(), "{name}");
        assert!(!place.path(".imgtool").exists(), "{name}");
    }
}

/// A tree that was changed last long ago, so that any change has another time.
fn changeable() -> Place {
    let tree = TreeSpec::new()
        .with(Node::dir(""))
        .with(Node::dir("empty"))
        .with(Node::dir("etc"))
        .with(Node::file("etc/word", "word"))
        .with(Node::symlink("link", "etc/word"))
        .with(Node::file("large", vec![b'x'; 3 << 20]));
    let place = Place::with(&tree);
    let long_ago = SystemTime::now() - Duration::from_secs(1000);
    for name in ["large", "etc", "empty", "."] {
        let file = fs::File::open(place.path("source").join(name)).expect("is there");
        file.set_modified(long_ago).expect("ours");
    }
    // Ctimes cannot be set: the clock of the file system goes on by ticks.
    std::thread::sleep(Duration::from_millis(20));
    place
}

fn watched(
    place: &Place,
    options: &Options,
    when: (Phase, bool),
    meddle: Meddle,
) -> Result<libimage::clone::Outcome, libimage::clone::CloneError> {
    let meddler = Meddler {
        when,
        source: place.path("source"),
        meddle,
        copying: AtomicBool::new(false),
        done: AtomicBool::new(false),
    };
    let answer = place.watched("tree", options, &meddler);
    assert!(meddler.done.into_inner(), "nobody meddled");
    answer
}
