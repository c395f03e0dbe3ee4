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
    /// By a clone that is swapped in, after a comparison.
    Swapped,
    /// The same by a plan.
    SwappedAsPlanned,
}

impl Way {
    fn is_planned(self) -> bool {
        matches!(self, Self::Planned | Self::SwappedAsPlanned)
    }

    fn is_atomic(self) -> bool {
        matches!(self, Self::Swapped | Self::SwappedAsPlanned)
    }

    /// How what it was to do is found out anew.
    fn anew(self) -> Self {
        if self.is_atomic() {
            Self::Swapped
        } else {
            Self::Compared
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
        .with(Node::file("etc/was-file", "former"))
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
        for name in ["tree", ".imgtool"] {
            if self.path(name).exists() {
                fs::remove_dir_all(self.path(name)).expect("it is ours");
            }
        }
        target().create(&self.path("tree"), Privilege::Root);
        if self.way.is_planned() {
            let arguments = ["sync", "source", "tree", "--save-plan", "plan"];
            let arguments = self.arguments(&arguments);
            let run = strike::undisturbed(IMGTOOL, arguments);
            assert_eq!(run.status, Some(1), "{run:?}");
        }
    }

    fn arguments(&self, words: &[&str]) -> Vec<PathBuf> {
        let names = ["source", "tree", "plan"];
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
        let trees = if way.is_planned() {
            ["sync", "--plan", "plan"]
        } else {
            ["sync", "source", "tree"]
        };
        let atomic: &[&str] = if way.is_atomic() { &["--atomic"] } else { &[] };
        // Whoever reviews changes does without what cannot be read.
        let how = ["-w", "--jobs", "1", "--format", "itemize"];
        self.arguments(&[&trees[..], &how, atomic].concat())
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
        private
            .exists()
            .then(|| format!("left beside the tree: {:?}", names(&private)))
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
