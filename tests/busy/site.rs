//! [`Site`]: a directory with a tree, and archives to replace it by.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use fixtures::archive::{Options, write};
use fixtures::snapshot::{Snapshot, names};
use fixtures::tree::{Node, TreeSpec};

pub(crate) struct Site {
    dir: tempfile::TempDir,
}

/// A tree whose file `etc/word` holds `word`, with a program to run.
fn tree(word: &str) -> TreeSpec {
    let program = fs::read("/bin/cat").expect("every system has it");
    TreeSpec::new()
        .with(Node::dir("").mode(0o755))
        .with(Node::dir("etc").mode(0o750))
        .with(Node::file("etc/word", word).mode(0o640))
        // An import reads ahead; half of the archive must be more than that.
        .with(Node::file("large", word.repeat(1 << 20)))
        .with(Node::dir("usr/bin"))
        .with(Node::file("usr/bin/cat", program).mode(0o755))
}

pub(crate) fn archive(word: &str) -> Vec<u8> {
    write(&tree(word), Options::gnu_tar())
}

impl Site {
    /// With the archives `old.tar` and `new.tar`, and the old tree as `tree`.
    pub(crate) fn new() -> Self {
        let site = Self {
            dir: tempfile::tempdir().expect("a temporary directory"),
        };
        for word in ["old", "new"] {
            let file = site.path(&format!("{word}.tar"));
            fs::write(file, archive(word)).expect("a new name");
        }
        site.publish("old");
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// imgtool, with pipes to talk to it.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgtool"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("it was built")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        let child = self.start(arguments);
        child.wait_with_output().expect("it ends").into()
    }

    pub(crate) fn replace(&self, word: &str) -> Answer {
        let archive = format!("{word}.tar");
        self.run(&["import", &archive, "--into", "tree", "--replace"])
    }

    /// Replaces the tree with nothing in the way, and leaves nothing behind.
    pub(crate) fn publish(&self, word: &str) {
        let answer = self.replace(word);
        // Of which architecture that one program is, is a finding on some.
        assert!(matches!(answer.status, Some(0 | 1)), "{answer:?}");
        assert_eq!(self.word(), word);
        assert_eq!(self.private(), ["tree.manifest", "tree.origin.json"]);
    }

    /// What the tree's own file holds.
    pub(crate) fn word(&self) -> String {
        fs::read_to_string(self.path("tree/etc/word")).expect("is there")
    }

    pub(crate) fn tree(&self) -> Snapshot {
        Snapshot::of(&self.path("tree"))
    }

    /// What is in the private directory.
    pub(crate) fn private(&self) -> Vec<String> {
        names(&self.path(".imgtool"))
    }
}

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: Option<i32>,
    pub(crate) results: String,
    pub(crate) errors: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            status: output.status.code(),
            results: text(&output.stdout),
            errors: text(&output.stderr),
        }
    }
}
