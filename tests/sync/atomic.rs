//! What a sync by a clone shares with the target, and when it must not swap.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fixtures::mount::Mount;
use fixtures::snapshot::Snapshot;
use libimage::diff::{self, ModifyWindow, diff};
use libimage::monitor::{Monitor, Phase, Silent, Warning};
use libimage::plan::Plan;
use libimage::sync::{self, Outcome, Site, SyncError, apply};
use libimage::tree::{LiveTree, Want};
use tempfile::TempDir;

/// Trees of which one file differs, one is missing and one is too many.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a place for trees"));
        for (name, content) in [
            ("source/etc/changed", "new content"),
            ("source/etc/new", "new"),
            ("target/etc/changed", "old"),
            ("target/etc/gone", "old"),
            ("target/gone/file", "old"),
        ] {
            place.file(name, content);
        }
        for tree in ["source", "target"] {
            let twice = [tree, "/etc/twice"].concat();
            place.file(&twice, "same");
            let again = place.path(&[tree, "/etc/again"].concat());
            fs::hard_link(place.path(&twice), again).expect("a new name");
            place.old(&twice);
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("in a tree")).expect("ours");
        fs::write(path, content).expect("ours");
    }

    /// Of one time in both trees.
    fn old(&self, name: &str) {
        let file = fs::File::options().write(true).open(self.path(name));
        let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        file.and_then(|file| file.set_modified(time)).expect("ours");
    }

    fn sync(&self, monitor: &dyn Monitor) -> Result<Outcome, SyncError> {
        self.sync_as(|_| (), monitor)
    }

    fn sync_as(
        &self,
        adapt: impl Fn(&mut sync::Options),
        monitor: &dyn Monitor,
    ) -> Result<Outcome, SyncError> {
        let source = LiveTree::open(&self.path("source"), Want::All).expect("it is there");
        let site = Site::open(&self.path("target"), &Silent).expect("nobody is there");
        let mut options = diff::Options::default();
        options.sides = true;
        options.window = ModifyWindow::Exact;
        let found = diff(&source, &site.tree(Want::All), &options, &Silent).expect("readable");
        let mut how = sync::Options::default();
        how.threads = 2;
        how.atomic = true;
        adapt(&mut how);
        apply(&Plan::new(&found, &options), &source, &site, &how, monitor)
    }
}

#[test]
fn what_is_replaced_is_not_cloned_and_what_stays_keeps_its_links() {
    let place = Place::new();
    // A copy by hard links, as of a snapshot, is another tree.
    fs::hard_link(place.path("target/etc/changed"), place.path("beside")).expect("a new name");
    let before = fs::metadata(place.path("target")).expect("there").ino();
    let outcome = place.sync(&Silent).expect("nothing hinders it");
    let cloned = outcome.cloned.expect("it was");
    // `twice`, once for both of its names.
    assert_eq!(cloned.reflinked_files + cloned.copied_files, 1);
    assert_eq!(
        Snapshot::of(&place.path("target")).diff(&Snapshot::of(&place.path("source"))),
        [""; 0]
    );
    let after = fs::metadata(place.path("target")).expect("there").ino();
    assert_ne!(before, after);
    assert_eq!(fs::read(place.path("beside")).expect("there"), b"old");
    assert!(!place.path(".imgtool").exists());
}

/// Does something when a phase begins.
struct Meddler<'a>(Phase, &'a (dyn Fn() + Sync));

impl Monitor for Meddler<'_> {
    fn begin(&self, phase: Phase, _: Option<u64>) {
        if phase == self.0 {
            self.1();
        }
    }
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        false
    }
}

#[test]
fn a_target_that_changes_meanwhile_is_not_swapped_out() {
    type Change = fn(&Path);
    let changes: [(&str, Phase, Change); 8] = [
        ("a new name", Phase::Apply, |dir| {
            fs::write(dir.join("target/etc/late"), "x").expect("ours");
        }),
        ("another content", Phase::Apply, |dir| {
            fs::write(dir.join("target/etc/twice"), "another").expect("ours");
        }),
        ("a name less", Phase::Apply, |dir| {
            fs::remove_file(dir.join("target/etc/again")).expect("ours");
        }),
        ("a new name in what goes", Phase::Apply, |dir| {
            fs::write(dir.join("target/gone/late"), "x").expect("ours");
        }),
        ("another content of what is replaced", Phase::Apply, |dir| {
            fs::write(dir.join("target/etc/changed"), "late").expect("ours");
        }),
        // By its ctime alone, as an owner or an attribute would be.
        ("another attribute", Phase::Apply, |dir| {
            let file = dir.join("target/etc/twice");
            let moment = |path: &Path| {
                let stat = fs::metadata(path).expect("there");
                (stat.ctime(), stat.ctime_nsec())
            };
            let begun = moment(&dir.join(".imgtool/target.staged"));
            // The clock of a file system has its ticks.
            while moment(&file) <= begun {
                let mode = fs::metadata(&file).expect("there").permissions();
                fs::set_permissions(&file, mode).expect("ours");
            }
        }),
        ("another directory", Phase::Apply, |dir| {
            fs::rename(dir.join("target"), dir.join("moved")).expect("ours");
            fs::create_dir(dir.join("target")).expect("ours");
        }),
        ("another directory, late", Phase::Sync, |dir| {
            fs::rename(dir.join("target"), dir.join("moved")).expect("ours");
            fs::create_dir(dir.join("target")).expect("ours");
        }),
    ];
    for (name, when, change) in changes {
        let place = Place::new();
        let dir = place.0.path();
        let seen = std::sync::Mutex::new(None);
        let meddle = || {
            change(dir);
            *seen.lock().expect("one thread") = Some(Snapshot::of(&dir.join("target")));
        };
        place
            .sync(&Meddler(when, &meddle))
            .expect_err("it must not be swapped");
        let before = seen.into_inner().expect("one thread").expect("it came");
        let stands = Snapshot::of(&dir.join("target"));
        assert_eq!(stands.diff(&before), [""; 0], "{name}");
        assert!(!dir.join(".imgtool").exists(), "{name}");
    }
}

/// A clone takes room for what stays, too; without it nothing is changed, whether
/// that is known before or comes out in the middle, and told is what is missing.
#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn where_there_is_no_room_for_a_clone_the_target_stays() {
    const KIB: usize = 1 << 10;
    // What stays, what is written anew, and how much room there is, in KiB.
    for (name, stays, anew, size, words) in [
        ("what stays", 1024, 64, 1408, " are missing"),
        ("what is new", 64, 1024, 1152, " more are needed"),
    ] {
        let place = Place::new();
        let disk = place.path("disk");
        fs::create_dir(&disk).expect("a new name");
        let options = format!("size={size}k");
        let _mount = Mount::new(&["-t", "tmpfs", "-o", &options, "none"], &disk);
        fs::rename(place.path("target"), place.path("unused")).expect("ours");
        fs::create_dir(disk.join("target")).expect("a new name");
        std::os::unix::fs::symlink("disk/target", place.path("target")).expect("a new name");
        place.file("target/stays", &"s".repeat(stays * KIB));
        place.file("target/etc/large", "old");
        place.file("source/stays", &"s".repeat(stays * KIB));
        for tree in ["source", "target"] {
            place.old(&format!("{tree}/stays"));
        }
        for part in 0..8 {
            let part = format!("source/etc/large{part}");
            place.file(&part, &"n".repeat(anew * KIB / 8));
        }
        let before = Snapshot::of(&disk.join("target"));
        let refused = place.sync(&Silent).expect_err("there is no room");
        assert!(
            matches!(&refused, SyncError::Clone(error) if error.to_string().contains("no room")),
            "{name}: {refused}"
        );
        let how = |options: &mut sync::Options| options.room_check = false;
        let stopped = place.sync_as(how, &Silent).expect_err("there is none");
        assert!(stopped.to_string().contains(words), "{name}: {stopped}");
        let after = Snapshot::of(&disk.join("target"));
        assert_eq!(after.diff(&before), [""; 0], "{name}");
        assert!(!disk.join(".imgtool").exists(), "{name}");
        let larger = std::process::Command::new("mount")
            .args(["-o", "remount,size=8m"])
            .arg(&disk)
            .status();
        assert!(larger.expect("mount runs").success());
        place.sync(&Silent).expect("there is room now");
        assert_eq!(
            Snapshot::of(&disk.join("target")).diff(&Snapshot::of(&place.path("source"))),
            [""; 0],
            "{name}"
        );
    }
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn what_is_mounted_stands_in_the_way() {
    for (at, words) in [
        ("target", "it is a mount point of its own"),
        ("target/etc", "something is mounted at"),
    ] {
        let place = Place::new();
        let from = place.path("source/etc");
        let from = from.to_str().expect("UTF-8");
        let _mount = Mount::new(&["--bind", from], &place.path(at));
        let site = Site::open(&place.path("target"), &Silent).expect("nobody is there");
        let told = site.check_swap().expect_err("it must not be").to_string();
        assert!(told.contains(words), "{told}");
        assert!(
            told.contains(&place.path(at).display().to_string()),
            "{told}"
        );
    }
}
