//! A sync of which a call fails, or is the last: each name of the target is as it
//! was or as it is to become, with `--atomic` all of them together, and the next one
//! finishes it and leaves no litter.

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::snapshot::{Entry, EntryKind, Snapshot, names};
use fixtures::tree::{Node, Privilege, TreeSpec};

use crate::judge::{self, is_open_beneath_dir};
use crate::place::IMGTOOL;
use crate::strike::{self, Call, Run, is_change};

/// How the interrupted sync, and the one that finishes it, are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Two trees are compared, each time anew.
    Compared,
    /// A plan says what is done, both times.
    Planned,
    /// As compared, and what goes is kept.
    Keeping,
    /// The same by a plan.
    KeepingAsPlanned,
    /// By a clone that is swapped in, after a comparison.
    Swapped,
    /// The same by a plan.
    SwappedAsPlanned,
}

impl Way {
    fn is_planned(self) -> bool {
        matches!(
            self,
            Self::Planned | Self::KeepingAsPlanned | Self::SwappedAsPlanned
        )
    }

    fn is_atomic(self) -> bool {
        matches!(self, Self::Swapped | Self::SwappedAsPlanned)
    }

    fn keeps(self) -> bool {
        matches!(self, Self::Keeping | Self::KeepingAsPlanned)
    }

    /// How what it was to do is found out anew.
    fn anew(self) -> Self {
        match self {
            Self::Swapped | Self::SwappedAsPlanned => Self::Swapped,
            Self::Keeping | Self::KeepingAsPlanned => Self::Keeping,
            Self::Compared | Self::Planned => Self::Compared,
        }
    }
}

struct Field {
    dir: PathBuf,
    old: Snapshot,
    new: Snapshot,
    way: Way,
}

/// What is sent: each sort of step is needed for it.
fn source() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("").mode(0o755))
        .with(Node::dir("etc").mode(0o750))
        .with(Node::file("etc/word", "new"))
        .with(Node::file("etc/large", "new".repeat(100_000)))
        .with(Node::hard_link("etc/again", "etc/word"))
        .with(Node::symlink("etc/link", "word"))
        .with(Node::file("etc/mode", "same").mode(0o4755).owner(1, 1))
        .with(Node::file("etc/was-dir", "new"))
        .with(Node::symlink("etc/was-dir-too", "was-file"))
        .with(Node::file("etc/alike", "new"))
        .with(Node::dir("etc/was-file").mode(0o555))
        .with(Node::file("etc/was-file/in", "new"))
        .with(Node::char_device("etc/null", 1, 3))
        .with(Node::fifo("etc/fifo"))
        .with(Node::dir("kept"))
        .with(Node::dir("made").mode(0o2755))
        .with(Node::dir("made/deep"))
        .with(Node::sparse(
            "made/deep/sparse",
            1 << 20,
            &[(1 << 19, b"x")],
        ))
}

fn target() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("").mode(0o755))
        .with(Node::dir("etc").mode(0o755))
        .with(Node::file("etc/word", "older"))
        .with(Node::hard_link("etc/also", "etc/word"))
        .with(Node::file("etc/again", "former"))
        .with(Node::file("etc/large", "former"))
        .with(Node::symlink("etc/link", "elsewhere"))
        .with(Node::file("etc/mode", "same").mode(0o600))
        .with(Node::dir("etc/was-dir"))
        .with(Node::dir("etc/was-dir/deep"))
        .with(Node::file("etc/was-dir/deep/in", "former"))
        .with(Node::dir("etc/was-dir-too"))
        .with(Node::file("etc/was-dir-too/in", "former"))
        .with(Node::file("etc/was-file", "former"))
        .with(Node::file("etc/alike", "old"))
        .with(Node::char_device("etc/null", 1, 5))
        .with(Node::dir("gone"))
        .with(Node::file("gone/a", "former"))
        .with(Node::dir("gone/deep"))
        .with(Node::symlink("gone/deep/link", "nowhere"))
        .with(Node::dir("kept"))
        .with(Node::file("kept/gone", "former"))
}

impl Field {
    fn new(dir: &Path, way: Way) -> Self {
        source().create(&dir.join("source"), Privilege::Root);
        let mut field = Self {
            dir: dir.to_owned(),
            old: Snapshot::default(),
            new: Snapshot::of(&dir.join("source")),
            way,
        };
        field.reset();
        field.old = field.stands();
        field
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn stands(&self) -> Snapshot {
        Snapshot::of(&self.path("tree"))
    }

    fn reset(&self) {
        for name in ["tree", ".imgtool", "kept"] {
            if self.path(name).exists() {
                fs::remove_dir_all(self.path(name)).expect("it is ours");
            }
        }
        target().create(&self.path("tree"), Privilege::Root);
        fs::create_dir(self.path("kept")).expect("a new name");
        if self.way.is_planned() {
            let arguments = [
                "sync",
                "source",
                "tree",
                "--checksum",
                "--save-plan",
                "plan",
            ];
            let arguments = self.arguments(&arguments);
            let run = strike::undisturbed(IMGTOOL, arguments);
            assert_eq!(run.status, Some(1), "{run:?}");
        }
    }

    fn arguments(&self, words: &[&str]) -> Vec<PathBuf> {
        let names = ["source", "tree", "plan", "kept"];
        let path = |word: &&str| {
            if names.contains(word) {
                self.path(word)
            } else {
                PathBuf::from(word)
            }
        };
        words.iter().map(path).collect()
    }

    fn sync(&self, way: Way) -> Vec<PathBuf> {
        let trees: &[&str] = match way {
            Way::Compared | Way::Swapped => &["sync", "source", "tree", "--checksum"],
            Way::Planned | Way::SwappedAsPlanned => &["sync", "--plan", "plan"],
            Way::Keeping => &[
                "sync",
                "source",
                "tree",
                "--checksum",
                "--backup-dir",
                "kept",
            ],
            Way::KeepingAsPlanned => &["sync", "--plan", "plan", "--backup-dir", "kept"],
        };
        let atomic: &[&str] = if way.is_atomic() { &["--atomic"] } else { &[] };
        // Whoever reviews changes does without what cannot be read.
        let how = ["-w", "--jobs", "1", "--format", "itemize"];
        self.arguments(&[trees, &how, atomic].concat())
    }

    fn traced(&self, tamper: Option<&str>) -> Run {
        strike::traced(
            IMGTOOL,
            self.sync(self.way),
            tamper,
            &self.path("strace.log"),
        )
    }

    /// The first name that is neither as it was nor as it is to become. Metadata
    /// that is set in place comes piece by piece, and so do directories.
    fn half(&self) -> Option<String> {
        let now = self.stands();
        if self.way.is_atomic() {
            let [old, new] = [&self.old, &self.new].map(|side| now.diff(side));
            let is_whole = old.is_empty() || new.is_empty();
            return (!is_whole).then(|| format!("neither old, {old:?}, nor new, {new:?}"));
        }
        let names = self.old.entries.keys().chain(self.new.entries.keys());
        let names = names.chain(now.entries.keys());
        names
            .filter(|name| {
                let now = now.entries.get(*name);
                let sides = [&self.old, &self.new].map(|side| side.entries.get(*name));
                !sides.iter().any(|side| is_as(*side, now)) && !is_on_its_way(sides, now)
            })
            .map(|name| format!("`{}` is {:?}", name.escape_ascii(), now.entries.get(name)))
            .next()
    }

    /// The first content that is neither in its place nor kept, if it should be.
    fn lost(&self) -> Option<String> {
        if !self.way.keeps() {
            return None;
        }
        let places = ["tree", "kept"].map(|name| Snapshot::of(&self.path(name)));
        let is_file = |entry: &Entry| matches!(entry.kind, EntryKind::File { .. });
        let mut files = self.old.entries.iter().filter(|(_, entry)| is_file(entry));
        let lost = files.find(|(name, entry)| {
            let mut found = places.iter().filter_map(|place| place.get(name));
            !found.any(|found| found.kind == entry.kind)
        });
        lost.map(|(name, _)| format!("`{}` was not kept", name.escape_ascii()))
    }

    /// What is wrong after the sync that comes next.
    fn problem_after_the_next(&self) -> Option<String> {
        // A plan that was carried out to its end is not the tree's any more.
        let is_done = !self.path(".imgtool/tree.journal").exists() && self.stands() == self.new;
        let way = if is_done { self.way.anew() } else { self.way };
        let run = strike::undisturbed(IMGTOOL, self.sync(way));
        if run.status != Some(0) {
            return Some(format!("the next one: {:?} {}", run.status, run.errors));
        }
        let differences = self.stands().diff(&self.new);
        if !differences.is_empty() {
            return Some(format!("the next one left {differences:?}"));
        }
        let private = self.path(".imgtool");
        let left = private
            .exists()
            .then(|| format!("left beside the tree: {:?}", names(&private)));
        left.or_else(|| self.lost())
    }
}

/// The same but for which other names there are.
fn is_as(one: Option<&Entry>, now: Option<&Entry>) -> bool {
    let alone = |entry: Option<&Entry>| {
        entry.map(|entry| Entry {
            leader: None,
            ..entry.clone()
        })
    };
    alone(one) == alone(now)
}

fn is_on_its_way([old, new]: [Option<&Entry>; 2], now: Option<&Entry>) -> bool {
    let Some(now) = now else {
        // A directory goes before what takes its place comes, or a file before
        // a directory.
        let is_dir =
            |entry: Option<&Entry>| entry.is_some_and(|entry| entry.kind == EntryKind::Dir);
        return is_dir(old) != is_dir(new);
    };
    let is_alike = |side: Option<&Entry>| side.is_some_and(|side| side.kind == now.kind);
    match now.kind {
        EntryKind::Dir => is_alike(old) || is_alike(new),
        _ => is_alike(old) && is_alike(new),
    }
}

fn sweep(
    how: &str,
    wanted: impl Fn(&Field, &Call<'_>) -> bool,
    judge: impl Fn(&Run) -> Option<String>,
) {
    let mut wrong = Vec::new();
    for way in [
        Way::Compared,
        Way::Planned,
        Way::Keeping,
        Way::KeepingAsPlanned,
        Way::Swapped,
        Way::SwappedAsPlanned,
    ] {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let field = Field::new(dir.path(), way);
        field.reset();
        let run = field.traced(None);
        assert_eq!(run.status, Some(0), "{run:?}");
        assert_eq!(field.stands().diff(&field.new), [""; 0]);
        let strikes = run.strikes(|call| wanted(&field, call));
        assert!(strikes.len() > 20, "{run:?}");
        for strike in strikes {
            field.reset();
            let run = field.traced(Some(&strike.with(how)));
            let missed = (!judge::was_hit(&run)).then(|| "it never came".to_owned());
            let problem = missed
                .or_else(|| judge(&run))
                .or_else(|| field.half())
                .or_else(|| field.lost())
                .or_else(|| field.problem_after_the_next());
            if let Some(problem) = problem {
                wrong.push(format!("{way:?}, {strike}: {problem}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{how}\n{}", wrong.join("\n"));
}

/// A failure is told, with where and why; what only removes may fail unseen.
fn told(run: &Run, text: &str) -> Option<String> {
    let is_mute = run.errors.is_empty() && run.calls().any(|(_, call)| call.is_message());
    match run.status {
        Some(0) if run.calls().any(|(_, call)| call.name == "unlinkat") => None,
        Some(0) if run.errors.contains("could not be removed whole") => None,
        Some(4) if is_mute || judge::says_why(run, text) => None,
        status => Some(format!("{status:?} {}", run.errors)),
    }
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_kill_at_any_call_leaves_each_file_old_or_new() {
    sweep("signal=KILL", |_, call| is_change(call), |_| None);
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_full_disk_at_any_call_leaves_each_file_old_or_new() {
    let text = "No space left on device";
    sweep(
        "error=ENOSPC",
        |_, call| is_change(call),
        |run| told(run, text),
    );
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_failing_disk_at_any_call_leaves_each_file_old_or_new() {
    let text = "Input/output error";
    sweep(
        "error=EIO",
        |_, call| is_change(call),
        |run| told(run, text),
    );
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn too_many_open_files_at_any_call_leave_each_file_old_or_new() {
    let text = "Too many open files";
    sweep(
        "error=EMFILE",
        |field, call| is_open_beneath_dir(&field.dir, call),
        |run| told(run, text),
    );
}

/// Files that are replaced by larger ones, where there is room for some of them:
/// each is old or new, and with as much more as is said the next run does it.
#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_disk_that_fills_up_is_told_with_how_much_more_is_needed() {
    const KIB: u64 = 1 << 10;
    let dir = tempfile::tempdir().expect("a temporary directory");
    let disk = dir.path().join("disk");
    fs::create_dir_all(disk.join("tree")).expect("a new name");
    let _mounted = fixtures::mount::Mount::new(&["-t", "tmpfs", "-o", "size=2848k", "none"], &disk);
    let (source, tree) = (dir.path().join("source"), disk.join("tree"));
    let fill = |tree: &Path, byte: u8, kib: u64| {
        fs::create_dir(tree).expect("a new name");
        for file in 0..8 {
            let content = vec![byte; usize::try_from(kib * KIB).expect("small")];
            fs::write(tree.join(file.to_string()), content).expect("there is room");
        }
    };
    fill(&source, b'n', 384);
    fill(&tree, b'o', 256);
    let sync = || {
        let words = ["sync", "-w", "--format", "itemize", "--no-room-check"];
        let words = words.map(PathBuf::from).into_iter();
        let arguments: Vec<_> = words.chain([source.clone(), tree.clone()]).collect();
        strike::undisturbed(IMGTOOL, arguments)
    };
    let run = sync();
    assert_eq!(run.status, Some(4), "{run:?}");
    assert!(judge::says_why(&run, "No space left on device"), "{run:?}");
    let of = |path: PathBuf| fs::read(path).expect("is there");
    let files = (0..8).map(|file| of(tree.join(file.to_string())));
    let is_new = |content: &Vec<u8>| match (content[0], content.len()) {
        (b'n', 393_216) => true,
        (b'o', 262_144) => false,
        other => panic!("half: {other:?}"),
    };
    let new = files.filter(is_new).count();
    assert!((1..8).contains(&new), "{new}");
    // What the new ones have beyond the old ones, and one that waits.
    let left = 8 - new as u64;
    let used = rustix::fs::statvfs(&disk).expect("it is mounted");
    let free = used.f_bfree * used.f_frsize;
    let missing = (384 * KIB + (left - 1) * 128 * KIB - free) / KIB;
    let told = run.errors.split(" KiB more are needed").next();
    let told = told.and_then(|text| text.rsplit("; ").next()?.split('.').next());
    let told: u64 = told.and_then(|told| told.parse().ok()).expect("it is told");
    // The lock is gone by now, and the journal that was written is not.
    assert!(told.abs_diff(missing) <= 16, "{missing}: {run:?}");
    assert!(!disk.join(".imgtool/tree.sync").exists(), "it takes room");
    let size = format!("remount,size={}k", 2848 + told + 1);
    let remounted = std::process::Command::new("mount")
        .args(["-o", &size])
        .arg(&disk)
        .status();
    assert!(remounted.expect("mount runs").success());
    let run = sync();
    assert_eq!(run.status, Some(0), "{run:?}");
    let differences = Snapshot::of(&source).without_top();
    let differences = differences.diff(&Snapshot::of(&tree).without_top());
    assert_eq!(differences, [""; 0]);
}
