//! A place for a tree: what stands there before an import or a clone, and what
//! may stand there after one that went wrong.

use std::fs;
use std::path::{Path, PathBuf};

use fixtures::archive::{Options, write};
use fixtures::snapshot::Snapshot;
use fixtures::tree::{Node, Privilege, TreeSpec};

use crate::records;
use crate::strike::{self, Call, Run, Strike};

pub(crate) const IMGTOOL: &str = env!("CARGO_BIN_EXE_imgtool");

/// What stands at the place before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    EmptyDirectory,
    OldTree,
    /// The old tree, as an import left it that ended before its records got
    /// their names: those of an older tree are there still.
    OldTreeUnfinished,
}

/// What is imported then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Import {
    New,
    Replace,
    /// A tree that is not what is demanded, so that the old one stays, and
    /// only what another command left is put in order.
    Refused,
    /// No import, but a clone of a directory with the same.
    Clone,
    /// One that is read again, and has its manifest.
    CloneVerified,
    /// No import, but a restore of a backup of such a directory.
    Restore,
}

/// All that is worth a sweep.
pub(crate) const CASES: [(Before, Import); 11] = [
    (Before::Nothing, Import::New),
    (Before::EmptyDirectory, Import::New),
    (Before::OldTree, Import::Replace),
    (Before::OldTreeUnfinished, Import::Replace),
    (Before::OldTreeUnfinished, Import::Refused),
    (Before::Nothing, Import::Clone),
    (Before::OldTree, Import::CloneVerified),
    (Before::OldTreeUnfinished, Import::Clone),
    (Before::Nothing, Import::Restore),
    (Before::OldTree, Import::Restore),
    (Before::OldTreeUnfinished, Import::Restore),
];

/// A directory to import to, in which `tree` is the tree.
pub(crate) struct Place {
    pub(crate) dir: PathBuf,
    before: Before,
    import: Import,
    /// How an import of the old tree is ended early.
    cut_short: Option<String>,
    pub(crate) old: Option<Snapshot>,
    new: Option<Snapshot>,
}

/// A tree of every kind of entry, its files full of `word`.
pub(crate) fn tree(word: &str) -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("").mode(0o755))
        .with(Node::dir("etc"))
        .with(Node::file("etc/word", word))
        .with(Node::file("etc/large", word.repeat(100_000)))
        .with(Node::sparse("etc/sparse", 1 << 20, &[(1 << 19, b"x")]))
        .with(Node::hard_link("etc/again", "etc/word"))
        .with(Node::symlink("etc/link", "word"))
        .with(Node::fifo("etc/fifo"))
        .with(Node::char_device("etc/null", 1, 3))
        .with(Node::dir("usr").mode(0o555))
        .with(Node::file("usr/setuid", word).mode(0o4755).owner(1, 1))
        .with(Node::file("usr/note", word).xattr("user.note", word))
}

impl Place {
    /// A place in a directory of its own.
    pub(crate) fn new(dir: &Path, (before, import): (Before, Import)) -> Self {
        let mut place = Self {
            dir: dir.to_owned(),
            before,
            import,
            cut_short: None,
            old: None,
            new: None,
        };
        for word in ["older", "old", "new"] {
            let archive = write(&tree(word), Options::gnu_tar());
            fs::write(place.path(&format!("{word}.tar")), archive).expect("a new name");
            let directory = place.path(word);
            tree(word).create(&directory, Privilege::current());
            let backup = place.path(&format!("{word}.tar.zst"));
            let arguments = ["backup".into(), directory, "--to".into(), backup];
            let run = strike::undisturbed(IMGTOOL, arguments);
            assert_eq!(run.status, Some(0), "{run:?}");
        }
        place.publish("older");
        if before == Before::OldTreeUnfinished {
            let run = place.traced("old", Import::Replace, None);
            let names_the_manifest = |call: &Call<'_>| {
                call.name == "renameat2" && call.arguments.contains("\"tree.manifest\"")
            };
            let strike = run.strikes(names_the_manifest).pop_first();
            let strike = strike.unwrap_or_else(|| panic!("{run:?}"));
            place.cut_short = Some(strike.with("signal=KILL"));
        }
        place.publish("new");
        place.new = place.stands();
        place.reset();
        place.old = place.stands();
        assert_ne!(place.old, place.new);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn stands(&self) -> Option<Snapshot> {
        let tree = self.path("tree");
        tree.exists().then(|| Snapshot::of(&tree))
    }

    /// Makes everything as it shall be before the import.
    pub(crate) fn reset(&self) {
        self.publish(if self.was_tidy() { "old" } else { "older" });
        match self.before {
            Before::OldTree => {}
            Before::OldTreeUnfinished => {
                let run = self.traced("old", Import::Replace, self.cut_short.as_deref());
                assert_eq!(run.status, None, "{run:?}");
            }
            Before::Nothing | Before::EmptyDirectory => {
                fs::remove_dir_all(self.path("tree")).expect("it is ours");
                fs::remove_dir_all(self.path(".imgtool")).expect("it is ours");
                if self.before == Before::EmptyDirectory {
                    let empty = TreeSpec::new().with(Node::dir(""));
                    empty.create(&self.path("tree"), Privilege::Root);
                }
            }
        }
    }

    /// Whether nothing waits to be finished or removed before the import.
    pub(crate) fn was_tidy(&self) -> bool {
        self.before != Before::OldTreeUnfinished
    }

    /// Imports with nothing in the way: whatever happened before, that leaves
    /// a tree with its records and nothing else.
    pub(crate) fn publish(&self, word: &str) {
        let run = strike::undisturbed(IMGTOOL, self.arguments(word, Import::Replace));
        // That there is no ELF file in the tree is a finding.
        assert_eq!(run.status, Some(1), "{run:?}");
        assert_eq!(self.problem_with_records(), None, "{run:?}");
    }

    /// The arguments that make the tree which is full of `word`.
    pub(crate) fn arguments(&self, word: &str, import: Import) -> Vec<PathBuf> {
        let mut arguments = match import {
            Import::Clone | Import::CloneVerified => {
                vec!["clone".into(), self.path(word), self.path("tree")]
            }
            Import::Restore => {
                let backup = self.path(&format!("{word}.tar.zst"));
                vec!["restore".into(), backup, "--into".into(), self.path("tree")]
            }
            Import::New | Import::Replace | Import::Refused => {
                let archive = self.path(&format!("{word}.tar"));
                vec!["import".into(), archive, "--into".into(), self.path("tree")]
            }
        };
        let more: &[&str] = match import {
            Import::New => &["--jobs", "1"],
            Import::Replace | Import::Clone | Import::Restore => &["--jobs", "1", "--replace"],
            Import::CloneVerified => &["--jobs", "1", "--replace", "--verify"],
            Import::Refused => &["--jobs", "1", "--replace", "--arch", "x86_64"],
        };
        arguments.extend(more.iter().map(PathBuf::from));
        arguments
    }

    fn traced(&self, word: &str, import: Import, tamper: Option<&str>) -> Run {
        let log = self.path("strace.log");
        strike::traced(IMGTOOL, self.arguments(word, import), tamper, &log)
    }

    /// Every place for a strike at a wanted call of the import.
    pub(crate) fn strikes(&self, wanted: impl Fn(&Call<'_>) -> bool) -> Vec<Strike> {
        self.reset();
        let run = self.traced("new", self.import, None);
        let strikes: Vec<_> = run.strikes(wanted).into_iter().collect();
        assert!(strikes.len() > 20, "{run:?}");
        strikes
    }

    /// The import, with a call tampered with.
    pub(crate) fn import(&self, tamper: Option<&str>) -> Run {
        self.traced("new", self.import, tamper)
    }

    /// Whether the new tree stands, whole; if not, what was there before does.
    pub(crate) fn is_new(&self) -> Result<bool, String> {
        let stands = self.stands();
        if stands == self.new {
            return Ok(true);
        }
        if stands == self.old {
            return Ok(false);
        }
        let nothing = Snapshot::default();
        let [old, stands] = [&self.old, &stands].map(|tree| tree.as_ref().unwrap_or(&nothing));
        Err(format!("neither old nor new: {:?}", old.diff(stands)))
    }

    /// What is wrong when the next command is done. It is refused, and thus
    /// changes nothing but what another left unfinished.
    pub(crate) fn problem_after_the_next(&self) -> Option<String> {
        let before = self.stands();
        let run = strike::undisturbed(IMGTOOL, self.arguments("new", Import::Refused));
        if run.status != Some(3) {
            return Some(format!("the next command: {}", run.errors));
        }
        if self.stands() != before {
            return Some("the next command changed the tree".to_owned());
        }
        self.problem_with_records()
    }

    /// What is wrong unless there is a tree with its own records, or no tree
    /// and nothing beside it.
    pub(crate) fn problem_with_records(&self) -> Option<String> {
        records::problem(IMGTOOL, &self.path("tree"), &self.path(".imgtool"))
    }
}
