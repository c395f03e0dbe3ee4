//! Mounts that come at the worst time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::snapshot::{Snapshot, names};
use libimage::error::ErrorKind;
use libimage::error::ImageError as _;
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::monitor::{Monitor, Phase, Warning};
use libimage::writer::Destination;

use crate::site::Site;

fn mount(arguments: &[&str], at: &Path) {
    let status = Command::new("mount").args(arguments).arg(at).status();
    assert!(status.expect("mount runs").success(), "{arguments:?}");
}

fn umount(at: &Path) {
    // At once, whoever just starts a program with a handle to it.
    let status = Command::new("umount").arg("--lazy").arg(at).status();
    assert!(status.expect("umount runs").success(), "{}", at.display());
}

/// Mounts a directory from outside when a phase begins.
struct Meddler {
    when: Phase,
    outside: PathBuf,
    at: PathBuf,
}

impl Monitor for Meddler {
    fn begin(&self, phase: Phase, _: Option<u64>) {
        if phase == self.when {
            let outside = self.outside.to_str().expect("UTF-8");
            mount(&["--bind", outside], &self.at);
        }
    }
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// An import of the new tree over the old one.
pub(crate) fn replace(site: &Site, monitor: &dyn Monitor) -> Result<Outcome, ImportError> {
    let mut options = Options::default();
    options.replace = true;
    let destination = Destination::new(&site.path("tree")).expect("a good place");
    let source = Source::open(&site.path("new.tar")).expect("is there");
    import(source, &destination, &options, monitor)
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn what_is_mounted_while_a_tree_is_replaced_is_not_deleted() {
    // When, where, where it is then, and whether the new tree is published.
    let cases = [
        (Phase::Import, "tree/etc", "tree/etc", false),
        (Phase::Sync, "tree", "tree", false),
        (
            Phase::Sync,
            "tree/etc",
            ".imgtool/tree.staged/tree/etc",
            true,
        ),
        (
            Phase::Remove,
            ".imgtool/tree.staged/tree/etc",
            ".imgtool/tree.staged/tree/etc",
            true,
        ),
    ];
    for (when, at, then, published) in cases {
        let name = format!("{at} at {when:?}");
        let site = Site::new();
        let outside = site.path("outside");
        fs::create_dir_all(outside.join("deep")).expect("a new name");
        fs::write(outside.join("deep/precious"), "data").expect("a new name");
        let before = Snapshot::of(&outside);
        let meddler = Meddler {
            when,
            outside: outside.clone(),
            at: site.path(at),
        };
        let answer = replace(&site, &meddler);
        assert_eq!(before.touched(&Snapshot::of(&outside)), [""; 0], "{name}");
        let mounted = site.path(then);
        assert_eq!(names(&mounted), ["deep"], "{name}: {answer:?}");
        if published {
            let outcome = answer.expect(&name);
            let left = outcome.left_behind.expect("the mount is in it");
            assert!(mounted.starts_with(left), "{name}");
        } else {
            let error = answer.expect_err(&name);
            let kinds = [ErrorKind::Refused, ErrorKind::System];
            assert!(kinds.contains(&error.kind()), "{name}: {error}");
        }
        umount(&mounted);
        assert_eq!(site.word(), if published { "new" } else { "old" }, "{name}");
        // The next command has no trouble, and removes what was left.
        site.publish("new");
        assert_eq!(before.touched(&Snapshot::of(&outside)), [""; 0], "{name}");
    }
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_place_with_mounts_is_refused_before_anything_is_read() {
    for (at, fresh) in [("tree", false), ("tree/etc", false), ("empty", true)] {
        let site = Site::new();
        fs::create_dir(site.path("empty")).expect("a new name");
        mount(&["-t", "tmpfs", "none"], &site.path(at));
        let answer = if fresh {
            site.run(&["import", "new.tar", "--into", "empty"])
        } else {
            site.replace("new")
        };
        umount(&site.path(at));
        assert_eq!(answer.status, Some(3), "{at}: {answer:?}");
        let place = site.path(at).display().to_string();
        assert!(answer.errors.contains(&place), "{at}: {answer:?}");
        assert!(answer.errors.contains("unmount"), "{at}: {answer:?}");
        assert_eq!(site.word(), "old");
        site.publish("new");
    }
}

/// What imgtool may not delete stays, and is told of until somebody does.
#[test]
#[ignore = "needs root to make files immutable; .ci/run runs it"]
fn what_cannot_be_removed_stays_and_is_named() {
    let change = |how: &str, path: &Path| {
        let status = Command::new("chattr").arg(how).arg(path).status();
        assert!(status.expect("it is in the base system").success());
    };
    let site = Site::new();
    change("+i", &site.path("tree/etc/word"));
    let first = site.replace("new");
    assert!(matches!(first.status, Some(0 | 1)), "{first:?}");
    let left = site.path(".imgtool/tree.staged/tree/etc/word");
    assert!(
        first.errors.contains(left.to_str().expect("UTF-8")),
        "{first:?}"
    );
    assert_eq!(site.word(), "new");
    let second = site.replace("old");
    assert!(matches!(second.status, Some(0 | 1)), "{second:?}");
    let aside = site.path(".imgtool/tree.staged-1");
    assert!(
        second.errors.contains(aside.to_str().expect("UTF-8")),
        "{second:?}"
    );
    assert_eq!(site.word(), "old");
    change("-i", &aside.join("tree/etc/word"));
    fs::remove_dir_all(aside).expect("nothing hinders it any more");
    site.publish("new");
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_tree_that_is_a_mount_itself_is_synced_within_it() {
    let site = Site::new();
    let other = site.run(&["import", "new.tar", "--into", "other"]);
    assert!(matches!(other.status, Some(0 | 1)), "{other:?}");
    fs::create_dir(site.path("kept")).expect("a new name");
    let tree = site.path("tree");
    let before = site.private();
    for arguments in [
        &["--bind", tree.to_str().expect("UTF-8")][..],
        &["-t", "tmpfs", "none"],
    ] {
        mount(arguments, &tree);
        // Both have files of one size and time.
        let sync = ["sync", "other", "tree", "-w", "--checksum"];
        let refused = site.run(&[&sync[..], &["--backup-dir", "kept"]].concat());
        let done = site.run(&sync);
        let now = site.tree();
        umount(&tree);
        assert_eq!(refused.status, Some(2), "{refused:?}");
        assert_eq!(done.status, Some(0), "{done:?}");
        let other = Snapshot::of(&site.path("other"));
        assert_eq!(other.diff(&now), [""; 0]);
        // The manifest of what was there before went.
        let left = site.private();
        assert!(left.iter().all(|name| before.contains(name)), "{left:?}");
        let back = site.replace("old");
        assert!(matches!(back.status, Some(0 | 1)), "{back:?}");
    }
}
