//! A sync whose power is cut: each file is old or new, and the next one makes
//! the target what the source is.

use std::fs;
use std::path::PathBuf;

use fixtures::snapshot::{Entry, EntryKind, Snapshot};
use fixtures::tree::{Node, Privilege, TreeSpec};

use crate::disk::{Disk, FileSystem};
use crate::place::IMGTOOL;
use crate::strike::{self, Run, is_change};

struct Field {
    disk: Disk,
    source: Snapshot,
    before: Snapshot,
}

/// With a hole at its end a file has its length before its content is written.
fn sparse(path: &str) -> Node {
    Node::sparse(path, 1 << 20, &[(0, b"content"), (1 << 18, b"more")])
}

fn source() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("").mode(0o755))
        .with(Node::file("large", "new".repeat(50_000)))
        .with(Node::file("small", "new"))
        .with(Node::hard_link("also", "small"))
        .with(sparse("sparse"))
        .with(Node::dir("made"))
        .with(sparse("made/sparse"))
        .with(Node::file("made/file", "new".repeat(5_000)))
        .with(Node::symlink("link", "new"))
        .with(Node::file("mode", "same").mode(0o600))
}

fn target() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("").mode(0o755))
        .with(Node::file("large", "old".repeat(40_000)))
        .with(Node::file("small", "older"))
        .with(Node::file("sparse", "old"))
        .with(Node::symlink("link", "old"))
        .with(Node::file("mode", "same").mode(0o644))
        .with(Node::dir("gone"))
        .with(Node::file("gone/file", "old"))
}

impl Field {
    fn new(file_system: FileSystem) -> Self {
        let disk = Disk::new(file_system);
        // Elsewhere: blocks that are shared are on the disk already.
        let elsewhere = disk.path().with_file_name("source");
        source().create(&elsewhere, Privilege::Root);
        let mut field = Self {
            source: Snapshot::of(&elsewhere),
            before: Snapshot::default(),
            disk,
        };
        field.reset();
        field.before = field.target();
        field
    }

    fn path(&self, name: &str) -> PathBuf {
        self.disk.path().join(name)
    }

    fn target(&self) -> Snapshot {
        Snapshot::of(&self.path("tree"))
    }

    fn reset(&self) {
        for name in ["tree", ".imgtool"] {
            if self.path(name).exists() {
                fs::remove_dir_all(self.path(name)).expect("it is ours");
            }
        }
        target().create(&self.path("tree"), Privilege::Root);
        self.disk.sync();
    }

    fn sync(&self, tamper: Option<&str>) -> Run {
        let words = ["sync", "-w", "--jobs", "1", "--format", "itemize"];
        let words = words.map(PathBuf::from);
        let trees = [self.disk.path().with_file_name("source"), self.path("tree")];
        let arguments: Vec<_> = words.into_iter().chain(trees).collect();
        strike::traced(IMGTOOL, arguments, tamper, &self.path("strace.log"))
    }

    /// The first file that is neither as it was nor as it is to become.
    fn half(&self) -> Option<String> {
        let now = self.target();
        let names = self.source.entries.keys().chain(self.before.entries.keys());
        let content = |entry: Option<&Entry>| entry.map(|entry| entry.kind.clone());
        let is_dir = |kind: &Option<EntryKind>| *kind == Some(EntryKind::Dir);
        let mut half = names.filter(|name| {
            let sides = [&self.before, &self.source].map(|side| content(side.get(name)));
            let now = content(now.get(name));
            !sides.contains(&now) && !sides.iter().any(is_dir)
        });
        half.next()
            .map(|name| format!("`{}` is {:?}", name.escape_ascii(), now.get(name)))
    }

    /// What the next sync leaves that is not the source's.
    fn after_the_next(&self) -> Vec<String> {
        let run = self.sync(None);
        if run.status != Some(0) {
            return vec![format!("the next one: {run:?}")];
        }
        self.source.diff(&self.target())
    }
}

/// Cuts the power behind a sync that has succeeded: all of it is there.
pub(crate) fn cut_behind(file_system: FileSystem) {
    let field = Field::new(file_system);
    let run = field.sync(None);
    assert_eq!(run.status, Some(0), "{run:?}");
    field.disk.cut();
    assert_eq!(field.source.diff(&field.target()), [""; 0]);
}

/// Cuts the power where a sync is about to change something, at each such place
/// in turn, with what was written so far on the disk or not.
pub(crate) fn cut_within(file_system: FileSystem) {
    let field = Field::new(file_system);
    let strikes = field.sync(None).strikes(is_change);
    assert!(strikes.len() > 20);
    let mut wrong = Vec::new();
    for strike in strikes {
        for flushed in [false, true] {
            field.reset();
            let run = field.sync(Some(&strike.with("signal=KILL")));
            assert_eq!(run.status, None, "{strike}: {run:?}");
            if flushed {
                field.disk.flush_names();
            }
            field.disk.cut();
            let half = field.half().into_iter();
            let problems: Vec<_> = half.chain(field.after_the_next()).collect();
            if !problems.is_empty() {
                wrong.push(format!("{strike}, flushed {flushed}: {problems:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Has a sync be lied to about what is on the disk: if that goes unseen here, so
/// does a sync that does not ask.
pub(crate) fn lie(file_system: FileSystem) {
    let field = Field::new(file_system);
    let run = field.sync(Some("syncfs:retval=0"));
    assert_eq!(run.status, Some(0), "{run:?}");
    field.disk.flush_names();
    field.disk.cut();
    assert!(field.half().is_some(), "the cut is not seen");
}
