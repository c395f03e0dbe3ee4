//! Generations of backups: whatever fails, or is the last call, leaves whole
//! backups and nothing else, the newest among them.

use std::fs;
use std::path::PathBuf;

use fixtures::snapshot::names;
use fixtures::tree::{Node, Privilege, TreeSpec};
use tempfile::TempDir;

use crate::judge;
use crate::place::IMGTOOL;
use crate::strike::{self, Call, Run, Strike, is_change};

/// What is done to a directory of three backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Add,
    Prune,
}

const OLD: [&str; 3] = [
    "tree-20260101T000000Z.tar.zst",
    "tree-20260102T000000Z.tar.zst",
    "tree-20260103T000000Z.tar.zst",
];

struct Shelf {
    dir: TempDir,
    deed: Deed,
}

impl Shelf {
    fn new(deed: Deed) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let shelf = Self { dir, deed };
        let tree = TreeSpec::new()
            .with(Node::file("a", "text"))
            .with(Node::file(
                "b",
                fixtures::random::Prng::new(7).bytes(100_000),
            ));
        tree.create(&shelf.path("tree"), Privilege::Root);
        let run = shelf.imgtool(&["backup", "tree", "--to", "one"]);
        assert_eq!(run.status, Some(0), "{run:?}");
        shelf.reset();
        shelf
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn arguments(&self, words: &[&str]) -> Vec<PathBuf> {
        // What stands in the directory is named by its whole path.
        let is_name = |word: &str| ["tree", "one", "backups"].contains(&word);
        let words = words.iter().map(|&word| {
            if is_name(word) {
                self.path(word)
            } else {
                word.into()
            }
        });
        words.collect()
    }

    fn imgtool(&self, words: &[&str]) -> Run {
        strike::undisturbed(IMGTOOL, self.arguments(words))
    }

    fn backups(&self) -> Vec<String> {
        names(&self.path("backups"))
    }

    fn reset(&self) {
        let backups = self.path("backups");
        let _ = fs::remove_dir_all(&backups);
        fs::create_dir(&backups).expect("ours");
        for name in OLD {
            fs::copy(self.path("one"), backups.join(name)).expect("ours");
        }
    }

    fn run(&self, tamper: Option<&str>) -> Run {
        let words: &[&str] = match self.deed {
            Deed::Add => &["backup", "tree", "--to", "backups", "--jobs", "1"],
            Deed::Prune => &[
                "backup",
                "prune",
                "backups",
                "--keep-last",
                "1",
                "-w",
                "--jobs",
                "1",
            ],
        };
        let log = self.path("strace.log");
        strike::traced(IMGTOOL, self.arguments(words), tamper, &log)
    }

    fn strikes(&self, wanted: impl Fn(&Call<'_>) -> bool) -> Vec<Strike> {
        self.reset();
        let run = self.run(None);
        assert_eq!(run.status, Some(0), "{run:?}");
        let strikes: Vec<_> = run.strikes(wanted).into_iter().collect();
        assert!(strikes.len() > 3, "{run:?}");
        strikes
    }

    /// What is wrong with the directory.
    fn problem(&self, run: &Run) -> Option<String> {
        let found = self.backups();
        let listed = self.imgtool(&["backup", "list", "backups"]);
        if listed.status != Some(0) || !listed.errors.is_empty() {
            return Some(format!("not all are whole: {found:?} {}", listed.errors));
        }
        if found.iter().any(|name| name.starts_with('.')) {
            return Some(format!("left behind: {found:?}"));
        }
        let done = match self.deed {
            Deed::Add if !OLD.iter().all(|&old| found.iter().any(|name| name == old)) => {
                return Some(format!("an old one is gone: {found:?}"));
            }
            Deed::Add => found.len() == 4,
            Deed::Prune if !found.iter().any(|name| name == OLD[2]) => {
                return Some(format!("the newest is gone: {found:?}"));
            }
            Deed::Prune => found.len() == 1,
        };
        match run.status {
            Some(0) if !done => Some(format!("said to be done: {found:?}")),
            Some(4) if self.deed == Deed::Add && done => {
                Some(format!("said to have failed: {found:?}"))
            }
            Some(0 | 4) | None => None,
            Some(_) => Some(format!("{run:?}")),
        }
    }
}

fn sweep(how: &str) {
    let mut wrong = Vec::new();
    for deed in [Deed::Add, Deed::Prune] {
        let shelf = Shelf::new(deed);
        for strike in shelf.strikes(is_change) {
            shelf.reset();
            let run = shelf.run(Some(&strike.with(how)));
            if !judge::was_hit(&run) {
                wrong.push(format!("{deed:?}, {strike}: it never came"));
            }
            if let Some(problem) = shelf.problem(&run) {
                wrong.push(format!("{deed:?}, {strike}: {problem}"));
            }
            // The next one does all of it.
            let next = shelf.run(None);
            if next.status != Some(0) || shelf.problem(&next).is_some_and(|_| deed == Deed::Prune) {
                wrong.push(format!("{deed:?} after {strike}: {next:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{how}\n{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_failing_disk_leaves_whole_backups() {
    sweep("error=EIO");
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_kill_leaves_whole_backups() {
    sweep("signal=KILL");
}

/// As on NFS.
#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn without_files_that_have_no_name_it_is_done_by_a_hidden_one() {
    let shelf = Shelf::new(Deed::Add);
    let run = shelf.run(None);
    let is_unnamed = |call: &Call<'_>| call.arguments.contains("O_TMPFILE");
    let strike = run.strikes(is_unnamed).pop_first();
    let Some(strike) = strike else {
        panic!("{run:?}");
    };
    shelf.reset();
    let run = shelf.run(Some(&strike.with("error=EOPNOTSUPP")));
    assert_eq!(run.status, Some(0), "{run:?}");
    assert_eq!(shelf.problem(&run), None);
    assert!(run.log.contains("EOPNOTSUPP"), "it never came: {run:?}");
}
