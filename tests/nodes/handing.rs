//! A plan that is handed to rsync, which does to a node what a sync does here.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fixtures::random;
use fixtures::snapshot::Snapshot;
use fixtures::tree::{Node, Privilege, TreeSpec};
use tempfile::TempDir;

use crate::server::{Programs, Server};
use crate::trees::everything;

/// A source, a target that rsync reaches over ssh, and the same for a sync here.
struct Field {
    dir: TempDir,
}

/// The name of the directory that rsync changes.
const THERE: &str = "there it's $HOME [*] \n";

impl Field {
    fn new(source: &TreeSpec, target: &TreeSpec) -> Self {
        let field = Self {
            dir: tempfile::tempdir().expect("a place for the trees"),
        };
        fs::create_dir_all(field.path("elsewhere/lists")).expect("a new name");
        source.create(&field.path("source"), Privilege::Root);
        for name in [THERE, "here"] {
            target.create(&field.path(name), Privilege::Root);
        }
        field
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn snapshot(&self, name: &str) -> Snapshot {
        Snapshot::of(&self.path(name))
    }

    fn node(&self) -> Vec<u8> {
        [b"node001:", self.path(THERE).as_os_str().as_bytes()].concat()
    }

    /// Runs imgtool.
    fn run(&self, server: &Server, arguments: &[&[u8]]) -> Output {
        let arguments = arguments
            .iter()
            .map(|word| std::ffi::OsStr::from_bytes(word));
        Command::new(env!("CARGO_BIN_EXE_imgtool"))
            .args(arguments)
            .current_dir(self.dir.path())
            .env("IMGTOOL_SSH", server.rsh())
            .output()
            .expect("it was built")
    }

    /// Runs the script that was written into `lists`, where a shell that is told to
    /// look elsewhere would find another directory of that name.
    fn script(&self, arguments: &[&[u8]]) -> Output {
        let arguments = arguments
            .iter()
            .map(|word| std::ffi::OsStr::from_bytes(word));
        Command::new("sh")
            .arg("lists/sync.sh")
            .args(arguments)
            .current_dir(self.dir.path())
            .env("CDPATH", self.path("elsewhere"))
            .output()
            .expect("there is a shell")
    }
}

fn text(output: &Output) -> String {
    format!(
        "{:?}\n{}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn server() -> Server {
    Server::with(Programs::tools().with("rsync").with("mkdir"))
}

/// Which plan is handed over.
#[derive(Clone, Copy)]
enum Made {
    /// The one that is made for it.
    Now,
    /// One that was saved.
    Before,
}

/// Hands the plan over and compares what rsync leaves with what a sync leaves.
fn judge(field: &Field, server: &Server, options: &[&[u8]], made: Made, name: &str) {
    let node = field.node();
    let trees: [&[u8]; 3] = [b"sync", b"source", &node];
    let emit: [&[u8]; 2] = [b"--emit-rsync", b"lists"];
    let runs = match made {
        Made::Now => vec![[&trees, options, &emit].concat()],
        Made::Before => vec![
            [&trees, options, &[b"--save-plan", b"plan"]].concat(),
            [&[b"sync".as_slice(), b"--plan", b"plan"][..], &emit].concat(),
        ],
    };
    for run in runs {
        let emitted = field.run(server, &run);
        assert!(
            matches!(emitted.status.code(), Some(0 | 1)),
            "{name}: {}",
            text(&emitted)
        );
        let said = String::from_utf8_lossy(&emitted.stderr);
        assert!(!said.contains("rsync cannot"), "{name}: {said}");
    }
    let before = field.snapshot(THERE);
    let shown = field.script(&[]);
    assert!(shown.status.success(), "{name}: {}", text(&shown));
    let mut lines: Vec<_> = shown.stdout.split(|&byte| byte == b'\n').collect();
    lines.sort_unstable();
    let twice = lines.windows(2).find(|lines| lines[0] == lines[1]);
    assert_eq!(twice, None, "{name}: {}", text(&shown));
    assert_eq!(before.touched(&field.snapshot(THERE)), [""; 0], "{name}");
    let done = field.script(&[b"-w"]);
    assert!(done.status.success(), "{name}: {}", text(&done));
    let here: [&[u8]; 4] = [b"sync", b"source", b"here", b"-w"];
    let synced = field.run(server, &[&here[..], options].concat());
    assert_eq!(synced.status.code(), Some(0), "{name}: {}", text(&synced));
    let [there, here] = [THERE, "here"].map(|tree| field.snapshot(tree));
    assert_eq!(there.diff(&here), [""; 0], "{name}: {}", text(&done));
    fs::remove_dir_all(field.path("lists")).expect("ours");
}

#[test]
#[ignore = "needs root, sshd and rsync; .ci/run runs it"]
fn a_node_becomes_what_a_sync_makes_here() {
    let server = server();
    let old = TreeSpec::new()
        .with(Node::dir("").mode(0o700))
        .with(Node::dir("odd"))
        .with(Node::file("odd/#gone", "x"))
        .with(Node::file("odd/;gone", "x"))
        .with(Node::file("odd/-w", "x"))
        .with(Node::dir("acl"))
        .with(Node::dir("acl/was"))
        .with(Node::file("acl/was/full", "x"))
        .with(Node::block_device("null", 1, 3))
        .with(Node::file("setuid", "x").mode(0o600));
    for (name, source, target) in [
        ("made", everything(), TreeSpec::new().with(Node::dir(""))),
        ("removed", old.clone(), everything()),
        ("changed", everything(), old),
    ] {
        let field = Field::new(&source, &target);
        judge(&field, &server, &[], Made::Now, name);
    }
}

#[test]
#[ignore = "needs root, sshd and rsync; .ci/run runs it"]
fn random_nodes_become_what_a_sync_makes_here() {
    let server = server();
    let questions: [&[&[u8]]; 4] = [
        &[],
        &[b"--checksum", b"--modify-window=-1"],
        &[b"--no-delete"],
        &[b"--modify-window=1", b"--exclude=n1*"],
    ];
    for seed in 0..8 {
        let pair = random::pair(seed, 40, Privilege::Root);
        let field = Field::new(&pair.source, &pair.target);
        let question = questions[usize::try_from(seed % 4).expect("below 4")];
        let made = if seed < 4 { Made::Now } else { Made::Before };
        judge(&field, &server, question, made, &format!("seed {seed}"));
    }
}

/// The two trees of which one name differs in more than is compared.
fn small() -> Field {
    let source = TreeSpec::new()
        .with(Node::dir("").mtime(1_000, 0))
        .with(Node::file("word", "new").owner(1, 1).mtime(1_000, 0))
        .with(
            Node::file("mode", "same")
                .mode(0o600)
                .owner(1, 1)
                .mtime(1_000, 0),
        );
    let target = TreeSpec::new()
        .with(Node::dir("").mtime(1_000, 0))
        .with(Node::file("word", "older").owner(2, 2).mtime(2_000, 0))
        .with(
            Node::file("mode", "same")
                .mode(0o644)
                .owner(2, 2)
                .mtime(2_000, 0),
        );
    Field::new(&source, &target)
}

#[test]
#[ignore = "needs root, sshd and rsync; .ci/run runs it"]
fn what_is_not_compared_stays_or_is_told() {
    let field = small();
    let server = server();
    let node = field.node();
    let emit: [&[u8]; 7] = [
        b"sync",
        b"source",
        &node,
        b"--emit-rsync",
        b"lists",
        b"--ignore",
        b"owner,group,mtime",
    ];
    let emitted = text(&field.run(&server, &emit));
    let told = "word: rsync cannot do the same: owner, group will be the source's";
    assert!(emitted.contains(told), "{emitted}");
    let script = fs::read_to_string(field.path("lists/sync.sh")).expect("UTF-8");
    assert!(
        script.contains("rsync does not do the same with 1 name:"),
        "{script}"
    );
    let done = field.script(&[b"-w"]);
    assert!(done.status.success(), "{}", text(&done));
    let there = field.snapshot(THERE);
    let mode = there.get(b"mode").expect("it is there");
    assert_eq!(
        (mode.uid, mode.gid, mode.mtime.secs, mode.mode & 0o777),
        (2, 2, 2_000, 0o600)
    );
}

#[test]
#[ignore = "needs root, sshd and rsync; .ci/run runs it"]
fn of_a_manifest_the_target_is_named_to_the_script() {
    let field = small();
    let server = server();
    let manifest: [&[u8]; 4] = [b"manifest", b"here", b"-o", b"manifest"];
    field.run(&server, &manifest);
    let emit: [&[u8]; 5] = [b"sync", b"source", b"manifest", b"--emit-rsync", b"lists"];
    let emitted = field.run(&server, &emit);
    assert_eq!(emitted.status.code(), Some(1), "{}", text(&emitted));
    let unnamed = field.script(&[b"-w"]);
    assert_eq!(unnamed.status.code(), Some(2), "{}", text(&unnamed));
    assert!(text(&unnamed).contains("name the target"), "{unnamed:?}");
    let rsh = format!("--rsh={}", server.rsh());
    let done = field.script(&[b"-w", b"-t", &field.node(), rsh.as_bytes()]);
    assert!(done.status.success(), "{}", text(&done));
    assert_eq!(
        field.snapshot(THERE).diff(&field.snapshot("source")),
        [""; 0]
    );
}

#[test]
#[ignore = "needs root, sshd and rsync; .ci/run runs it"]
fn what_has_come_since_is_not_removed() {
    let source = TreeSpec::new().with(Node::dir(""));
    let target = TreeSpec::new()
        .with(Node::dir(""))
        .with(Node::dir("gone"))
        .with(Node::file("gone/known", "x"));
    let field = Field::new(&source, &target);
    let node = field.node();
    let emit: [&[u8]; 5] = [b"sync", b"source", &node, b"--emit-rsync", b"lists"];
    field.run(&server(), &emit);
    let late = field.path(THERE).join("gone/late");
    fs::write(&late, "precious").expect("ours");
    let local = field.path(THERE);
    let done = field.script(&[b"-w", b"-t", local.as_os_str().as_bytes()]);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    assert!(
        text(&done).contains("cannot delete non-empty directory: gone"),
        "{}",
        text(&done)
    );
    assert_eq!(fs::read(late).expect("still there"), b"precious");
    assert!(!Path::new(&field.path(THERE)).join("gone/known").exists());
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn a_node_is_not_written_and_only_directories_are_handed_over() {
    let field = small();
    let server = server();
    let node = field.node();
    let archive = fixtures::archive::write(
        &TreeSpec::new().with(Node::dir("")),
        fixtures::archive::Options::gnu_tar(),
    );
    fs::write(field.path("a.tar"), archive).expect("a new name");
    fs::create_dir(field.path("taken")).expect("a new name");
    let before = field.snapshot(THERE);
    let cases: [(&[&[u8]], i32, &str); 4] = [
        (
            &[b"source", &node, b"-w"],
            2,
            "--emit-rsync DIR instead of -w",
        ),
        (
            &[b"source", &node, b"-w", b"--emit-rsync", b"x"],
            2,
            "cannot be used with",
        ),
        (
            &[b"a.tar", &node, b"--emit-rsync", b"x"],
            2,
            "rsync sends directories",
        ),
        (
            &[b"source", &node, b"--emit-rsync", b"taken"],
            3,
            "exists already",
        ),
    ];
    for (arguments, status, words) in cases {
        let output = field.run(&server, &[&[b"sync".as_slice()], arguments].concat());
        assert_eq!(output.status.code(), Some(status), "{}", text(&output));
        assert!(text(&output).contains(words), "{}", text(&output));
    }
    assert_eq!(before.touched(&field.snapshot(THERE)), [""; 0]);
    assert!(!field.path("x").exists());
}
