//! A directory of the tree becomes a symlink to the outside while a command is
//! at it: nothing there is read or changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use fixtures::snapshot::{EntryKind, Snapshot};
use libimage::backup;
use libimage::clone::{self, clone};
use libimage::diff::{self, diff};
use libimage::digest::Digest;
use libimage::manifest;
use libimage::monitor::{Monitor, Phase, Silent, Warning};
use libimage::plan::Plan;
use libimage::restore::{self, restore};
use libimage::rules::{Demand, Policy};
use libimage::seekable;
use libimage::sync;
use libimage::tree::{LiveTree, Want};
use libimage::verify::{self, verify};
use libimage::writer::Destination;

use crate::mounts::replace;
use crate::site::Site;

/// Swaps a directory for a symlink, at once or when the first entries are done.
struct Swap {
    phase: Phase,
    at_once: bool,
    directory: PathBuf,
    outside: PathBuf,
    current: Mutex<Option<Phase>>,
}

impl Swap {
    fn new(site: &Site, phase: Phase, at_once: bool, directory: &str) -> Self {
        Self {
            phase,
            at_once,
            directory: site.path(directory),
            outside: site.path("outside"),
            current: Mutex::new(None),
        }
    }

    /// What is swapped goes where nobody looks for it.
    fn real(&self) -> PathBuf {
        self.outside.with_file_name("real")
    }

    fn happened(&self) -> bool {
        self.real().exists()
    }

    /// The first time that the phase is this one and the directory is there.
    fn swap(&self, phase: Option<Phase>) {
        if phase == Some(self.phase) && !self.happened() && self.directory.exists() {
            fs::rename(&self.directory, self.real()).expect("it is there");
            symlink(&self.outside, &self.directory).expect("the name is free");
        }
    }
}

impl Monitor for Swap {
    fn begin(&self, phase: Phase, _: Option<u64>) {
        let mut current = self.current.lock().expect("nobody panics");
        *current = Some(phase);
        if self.at_once {
            self.swap(*current);
        }
    }
    fn advance(&self, _: u64, _: u64) {
        let current = self.current.lock().expect("nobody panics");
        self.swap(*current);
    }
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        false
    }
}

/// With a directory outside, in which names of the tree stand for other things,
/// and `other`, equal to the tree.
fn site() -> (Site, Snapshot) {
    let site = Site::new();
    let other = site.run(&["import", "old.tar", "--into", "other"]);
    assert!(matches!(other.status, Some(0 | 1)), "{other:?}");
    let foreign = fixtures::elf::executable(fixtures::elf::Machine::S390);
    fs::create_dir_all(site.path("outside/bin")).expect("a new name");
    for name in ["word", "precious", "bin/precious", "bin/cat"] {
        fs::write(site.path("outside").join(name), &foreign).expect("a new name");
    }
    let before = Snapshot::of(&site.path("outside"));
    (site, before)
}

fn open(site: &Site, name: &str) -> LiveTree {
    LiveTree::open(&site.path(name), Want::All).expect("it is a directory")
}

/// All that a command says, if it succeeds: whether it notices or was done
/// before is up to its threads.
type Reader = fn(&Site, &Swap) -> Option<String>;

fn manifest_of(site: &Site, swap: &Swap) -> Option<String> {
    let mut out = Vec::new();
    manifest::build(&open(site, "tree"), &mut out, 1, swap).ok()?;
    Some(String::from_utf8_lossy(&out).into_owned())
}

fn diff_of(site: &Site, swap: &Swap) -> Option<String> {
    let mut options = diff::Options::default();
    options.checksum = true;
    let outcome = diff(&open(site, "other"), &open(site, "tree"), &options, swap).ok()?;
    Some(format!("{:?}", outcome.changes))
}

fn findings_of(site: &Site, swap: &Swap) -> Option<String> {
    let options = verify::Options {
        demand: Demand::default(),
        policy: Policy::default(),
        depth: verify::Depth::ALONE,
        threads: 1,
    };
    let outcome = verify(&open(site, "tree"), &options, swap).ok()?;
    Some(format!("{:?}", outcome.findings))
}

#[test]
fn nothing_outside_is_read() {
    let readers: [(&str, Reader, Phase); 3] = [
        ("manifest", manifest_of, Phase::Hash),
        ("diff", diff_of, Phase::Compare),
        ("verify-arch", findings_of, Phase::Walk),
    ];
    for (name, reader, phase) in readers {
        for at_once in [true, false] {
            let (site, _) = site();
            let swap = Swap::new(&site, phase, at_once, "tree/usr");
            let said = reader(&site, &swap).unwrap_or_default();
            assert!(swap.happened(), "{name}");
            for foreign in ["precious", "s390"] {
                assert!(!said.contains(foreign), "{name}: {said}");
            }
        }
    }
}

#[test]
fn nothing_outside_is_changed() {
    let cases = [
        (Phase::Import, false, ".imgtool/tree.staged/tree/etc"),
        (Phase::Finish, true, ".imgtool/tree.staged/tree/etc"),
        (Phase::Finish, true, ".imgtool/tree.staged/tree/usr"),
        (Phase::Sync, true, ".imgtool/tree.staged/tree"),
        (Phase::Sync, true, "tree"),
        (Phase::Sync, true, "tree/etc"),
        (Phase::Remove, true, ".imgtool/tree.staged/tree"),
        (Phase::Remove, true, ".imgtool/tree.staged/tree/etc"),
        (Phase::Remove, false, ".imgtool/tree.staged/tree/usr"),
    ];
    for (phase, at_once, directory) in cases {
        let (site, before) = site();
        let swap = Swap::new(&site, phase, at_once, directory);
        let answer = replace(&site, &swap);
        let name = format!("{directory} at {phase:?}: {answer:?}");
        assert!(swap.happened(), "{name}");
        let after = Snapshot::of(&site.path("outside"));
        assert_eq!(before.touched(&after), [""; 0], "{name}");
    }
}

/// Makes the tree what the other is, by a plan that is made before.
fn sync_of(site: &Site, swap: &Swap) -> Result<sync::Outcome, sync::SyncError> {
    let source = open(site, "other");
    let place = sync::Site::open(&site.path("tree"), &Silent)?;
    let mut options = diff::Options::default();
    options.sides = true;
    options.threads = 1;
    let target = place.tree(Want::All);
    let outcome = diff(&source, &target, &options, &Silent).expect("nobody is there yet");
    let plan = Plan::new(&outcome, &options);
    assert!(!plan.is_empty());
    let mut how = sync::Options::default();
    how.threads = 1;
    how.backup_dir = Some(site.path("kept"));
    sync::apply(&plan, &source, &place, &how, swap)
}

#[test]
fn a_sync_has_nothing_from_outside_and_changes_nothing_there() {
    let cases = [
        (Phase::Check, true, "tree/usr"),
        (Phase::Check, false, "tree/usr"),
        (Phase::Check, false, "other/usr"),
        (Phase::Apply, true, "tree/usr"),
        (Phase::Apply, true, "tree/usr/bin"),
        (Phase::Apply, true, "tree/gone"),
        (Phase::Apply, true, "other/usr"),
        (Phase::Apply, true, "kept/gone"),
        (Phase::Apply, true, ".imgtool/tree.sync"),
        (Phase::Apply, false, "tree/usr"),
        (Phase::Apply, false, "tree/gone"),
        (Phase::Apply, false, "tree/gone/bin"),
        (Phase::Apply, false, "other/usr/bin"),
        (Phase::Apply, false, "kept/gone"),
        (Phase::Apply, false, ".imgtool/tree.sync"),
        (Phase::Sync, true, "tree/usr"),
        (Phase::Sync, true, ".imgtool/tree.sync"),
    ];
    let mut swapped = 0;
    for (phase, at_once, directory) in cases {
        let (site, before) = site();
        fs::create_dir_all(site.path("kept/gone")).expect("a new name");
        // What is to be sent, changed and deleted.
        for name in [
            "other/usr/bin/new",
            "tree/gone/bin/precious",
            "tree/gone/word",
        ] {
            let parent = site.path(name);
            fs::create_dir_all(parent.parent().expect("it has one")).expect("ours");
            fs::write(parent, name).expect("a new name");
        }
        fs::write(site.path("tree/usr/bin/cat"), "another").expect("ours");
        fs::write(site.path("tree/usr/bin/precious"), "goes").expect("a new name");
        let swap = Swap::new(&site, phase, at_once, directory);
        let answer = sync_of(&site, &swap);
        let name = format!("{directory} at {phase:?}: {answer:?}");
        swapped += usize::from(swap.happened());
        let after = Snapshot::of(&site.path("outside"));
        assert_eq!(before.touched(&after), [""; 0], "{name}");
        // Nothing of the same name came from there, and nothing was kept of it.
        let foreign = fs::read(site.path("outside/bin/cat")).expect("is there");
        for tree in ["tree", "kept"] {
            for (path, entry) in Snapshot::of(&site.path(tree)).entries {
                let at = site
                    .path(tree)
                    .join(String::from_utf8_lossy(&path).into_owned());
                if matches!(entry.kind, EntryKind::File { .. }) {
                    assert_ne!(fs::read(&at).ok().as_ref(), Some(&foreign), "{name}");
                }
            }
        }
    }
    assert!(swapped >= cases.len() - 3, "{swapped}");
}

/// Clones the tree, and reads the clone again.
fn clone_of(site: &Site, swap: &Swap) -> Option<Snapshot> {
    let mut options = clone::Options::default();
    options.verify = true;
    let destination = Destination::new(&site.path("new")).expect("a good place");
    clone(&site.path("tree"), &destination, &options, swap).ok()?;
    Some(Snapshot::of(&site.path("new")))
}

#[test]
fn a_clone_has_nothing_from_outside_and_changes_nothing_there() {
    let cases = [
        (Phase::Walk, true, "tree/etc"),
        (Phase::Walk, false, "tree/usr"),
        (Phase::Copy, true, "tree/etc"),
        (Phase::Copy, true, "tree/usr"),
        (Phase::Copy, false, "tree/usr"),
        (Phase::Hash, true, "tree/etc"),
        (Phase::Hash, true, ".imgtool/new.staged/tree/etc"),
        (Phase::Hash, false, ".imgtool/new.staged/tree/usr"),
        (Phase::Finish, true, ".imgtool/new.staged/tree/etc"),
        (Phase::Finish, true, ".imgtool/new.staged/tree/usr"),
        (Phase::Sync, true, ".imgtool/new.staged/tree"),
    ];
    for (phase, at_once, directory) in cases {
        let (site, before) = site();
        let whole = site.tree();
        let swap = Swap::new(&site, phase, at_once, directory);
        let clone = clone_of(&site, &swap);
        let name = format!("{directory} at {phase:?}");
        assert!(swap.happened(), "{name}");
        let after = Snapshot::of(&site.path("outside"));
        assert_eq!(before.touched(&after), [""; 0], "{name}");
        for path in clone.iter().flat_map(|clone| clone.entries.keys()) {
            let known = whole.get(path).is_some();
            assert!(known || path.is_empty(), "{name}: {}", path.escape_ascii());
        }
    }
}

/// Backs the tree up, and lists what is in the backup.
fn backup_of(site: &Site, swap: &Swap) -> Option<String> {
    let file = site.path("b");
    let mut options = backup::Options::default();
    options.threads = 1;
    backup::to_file(&site.path("tree"), &file, true, &options, swap).ok()?;
    backup::verify(&file, 1, &Silent).expect("it was published");
    let (tree, _) = seekable::Reader::open(&file).ok()?.tree().ok()?;
    let mut out = Vec::new();
    manifest::build(&tree, &mut out, 1, &Silent).ok()?;
    Some(String::from_utf8_lossy(&out).into_owned())
}

#[test]
fn a_backup_has_nothing_from_outside_and_changes_nothing_there() {
    let cases = [
        (true, "tree/etc"),
        (true, "tree/usr"),
        (true, "tree/usr/bin"),
        (false, "tree/etc"),
        (false, "tree/usr"),
        (false, "tree/usr/bin"),
    ];
    for (at_once, directory) in cases {
        let (site, before) = site();
        let swap = Swap::new(&site, Phase::Backup, at_once, directory);
        let said = backup_of(&site, &swap).unwrap_or_default();
        assert!(swap.happened(), "{directory}");
        let after = Snapshot::of(&site.path("outside"));
        assert_eq!(before.touched(&after), [""; 0], "{directory}");
        let foreign = fs::read(site.path("outside/word")).expect("ours");
        let foreign = Digest::of(&foreign).to_string();
        for word in ["precious", &foreign] {
            assert!(!said.contains(word), "{directory}: {said}");
        }
    }
}

#[test]
fn a_restore_changes_nothing_outside() {
    let cases = [
        (Phase::Restore, false, ".imgtool/new.staged/tree/etc"),
        (Phase::Restore, false, ".imgtool/new.staged/tree"),
        (Phase::Finish, true, ".imgtool/new.staged/tree/etc"),
        (Phase::Finish, true, ".imgtool/new.staged/tree/usr"),
        (Phase::Sync, true, ".imgtool/new.staged/tree"),
        (Phase::Sync, true, ".imgtool/new.staged/tree/etc"),
    ];
    for (phase, at_once, directory) in cases {
        let (site, before) = site();
        let made = site.run(&["backup", "tree", "--to", "b", "-q"]);
        assert_eq!(made.status, Some(0), "{made:?}");
        let swap = Swap::new(&site, phase, at_once, directory);
        let destination = Destination::new(&site.path("new")).expect("a good place");
        let reader = Arc::new(seekable::Reader::open(&site.path("b")).expect("a backup"));
        let options = restore::Options::default();
        let answer = restore(&reader, &destination, &options, &swap);
        let name = format!("{directory} at {phase:?}: {:?}", answer.map(|_| ()));
        assert!(swap.happened(), "{name}");
        let after = Snapshot::of(&site.path("outside"));
        assert_eq!(before.touched(&after), [""; 0], "{name}");
    }
}
