//! mtree files, with libarchive's bsdtar and NetBSD's mtree as judges.
//!
//! Needs root, `bsdtar` (libarchive-tools) and `mtree` (mtree-netbsd).
#![allow(clippy::disallowed_methods, reason = "makes what other programs read")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use fixtures::random;
use fixtures::tree::{Kind, Privilege, TreeSpec};
use libimage::diff::{self, Charset, ModifyWindow, Outcome};
use libimage::entry::{Respect, Respects};
use libimage::manifest::mtree;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, RecordedTree, Tree, Want};
use tempfile::TempDir;

const SEEDS: std::ops::Range<u64> = 0..60;

/// Whether one of the names of a tree has one of these bytes.
fn names_have(tree: &TreeSpec, bytes: &[u8]) -> bool {
    let mut paths = tree.nodes.iter().flat_map(|node| &node.path);
    paths.any(|byte| bytes.contains(byte))
}

/// A random tree on the disk.
fn scratch(spec: &TreeSpec) -> TempDir {
    let dir = tempfile::tempdir().expect("makes");
    spec.create(&dir.path().join("tree"), Privilege::Root);
    dir
}

fn live(dir: &TempDir) -> LiveTree {
    LiveTree::open(&dir.path().join("tree"), Want::All).expect("opens")
}

/// What a program writes about a tree.
fn output(program: &str, arguments: &[&str], tree: &Path) -> Vec<u8> {
    let run = Command::new(program)
        .args(arguments)
        .arg(tree)
        .args(if program == "bsdtar" { &["."][..] } else { &[] })
        .env("LC_ALL", "C")
        .output()
        .expect("it is installed");
    assert!(
        run.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&run.stderr)
    );
    run.stdout
}

fn read(text: &[u8]) -> RecordedTree {
    mtree::read(text, "mtree").unwrap_or_else(|error| {
        panic!("{error}\n{}", String::from_utf8_lossy(text));
    })
}

fn written(tree: &dyn Tree) -> Vec<u8> {
    let mut out = Vec::new();
    mtree::write(tree, &mut out, true, 2, &Silent).expect("readable");
    out
}

fn compare(source: &dyn Tree, target: &dyn Tree, ignore: Respects) -> Outcome {
    let mut options = diff::Options::default();
    options.checksum = true;
    options.window = ModifyWindow::Exact;
    options.ignore = ignore;
    diff::diff(source, target, &options, &Silent).expect("readable")
}

fn lines(outcome: &Outcome) -> Vec<String> {
    let lines = outcome.changes.iter().map(|change| {
        let line = change.itemize(Charset::Ascii).unwrap_or_default();
        format!("{:?} {}", change.action, String::from_utf8_lossy(&line))
    });
    lines.collect()
}

fn attributes() -> Respects {
    Respects::from(Respect::Acl) | Respect::Xattr.into()
}

#[test]
#[ignore = "needs root, bsdtar and mtree"]
fn what_bsdtar_writes_is_the_tree() {
    // Of files with ACLs it would write other modes than stat(2) tells.
    let arguments = [
        "--no-acls",
        "--format=mtree",
        "--options=mtree:all",
        "-cf",
        "-",
        "-C",
    ];
    for seed in SEEDS {
        let dir = scratch(&random::tree(seed, 20, Privilege::Root));
        let text = output("bsdtar", &arguments, &dir.path().join("tree"));
        let outcome = compare(&read(&text), &live(&dir), Respects::NONE);
        assert_eq!(lines(&outcome), [""; 0], "seed {seed}");
        assert_eq!(outcome.unrecorded, attributes());
    }
}

#[test]
#[ignore = "needs root, bsdtar and mtree"]
fn what_mtree_writes_is_the_tree() {
    let keywords = "type,mode,uid,gid,size,time,link,device,sha256";
    let mut tried = 0;
    for seed in SEEDS {
        let tree = random::tree(seed, 20, Privilege::Root);
        // It writes names as they are into comments, of one line each.
        if names_have(&tree, b"\n") {
            continue;
        }
        tried += 1;
        let dir = scratch(&tree);
        let text = output(
            "mtree",
            &["-c", "-k", keywords, "-p"],
            &dir.path().join("tree"),
        );
        let outcome = compare(&read(&text), &live(&dir), Respects::NONE);
        assert_eq!(lines(&outcome), [""; 0], "seed {seed}");
        assert_eq!(outcome.unrecorded, attributes() | Respect::Links.into());
    }
    assert!(tried > 20, "only {tried} trees");
}

/// What NetBSD's mtree finds to differ from a specification.
fn verified(specification: &[u8], tree: &Path) -> (bool, String) {
    let mut child = Command::new("mtree")
        .arg("-p")
        .arg(tree)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it is installed");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(specification).expect("it reads all");
    drop(input);
    let run = child.wait_with_output().expect("it ends");
    let said = [run.stdout, run.stderr].concat();
    (
        run.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
#[ignore = "needs root, bsdtar and mtree"]
fn mtree_finds_the_tree_to_be_what_is_written() {
    let mut tried = 0;
    for seed in SEEDS {
        let pair = random::pair(seed, 20, Privilege::Root);
        // It takes such names for patterns, however they are escaped.
        if names_have(&pair.source, b"*?[") {
            continue;
        }
        tried += 1;
        let (source, target) = (scratch(&pair.source), scratch(&pair.target));
        let text = written(&live(&source));
        let (is_same, said) = verified(&text, &source.path().join("tree"));
        assert!(is_same && said.is_empty(), "seed {seed}: {said}");
        let ignore = attributes() | Respect::Links.into();
        let outcome = compare(&live(&source), &live(&target), ignore);
        let (is_same, said) = verified(&text, &target.path().join("tree"));
        // Owner and mode of symlinks count there, so it may find more.
        if outcome.totals.changes() > 0 {
            assert!(
                !is_same || !said.is_empty(),
                "seed {seed}: {:?}",
                lines(&outcome)
            );
        }
    }
    assert!(tried > 20, "only {tried} trees");
}

#[test]
#[ignore = "needs root, bsdtar and mtree"]
fn bsdtar_reads_what_is_written() {
    let mut tried = 0;
    for seed in SEEDS {
        let tree = random::tree(seed, 20, Privilege::Root);
        // It does not know sockets.
        if tree.nodes.iter().any(|node| node.kind == Kind::Socket) {
            continue;
        }
        tried += 1;
        let dir = scratch(&tree);
        let list = dir.path().join("list");
        let text = written(&live(&dir));
        std::fs::write(&list, &text).expect("writes");
        // It makes an mtree file of one, here without the files.
        let empty = dir.path().join("empty");
        std::fs::create_dir(&empty).expect("makes");
        let run = Command::new("bsdtar")
            .current_dir(&empty)
            .args(["--format=mtree", "-cf", "-"])
            .arg(format!("@{}", list.display()))
            .output()
            .expect("it is installed");
        assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
        let mut options = diff::Options::default();
        options.window = ModifyWindow::Exact;
        let outcome = diff::diff(&read(&run.stdout), &read(&text), &options, &Silent);
        let outcome = outcome.expect("recorded");
        assert_eq!(lines(&outcome), [""; 0], "seed {seed}");
        assert!(outcome.totals.unchanged > 1);
    }
    assert!(tried > 20, "only {tried} trees");
}

#[test]
#[ignore = "needs root, bsdtar and mtree"]
fn a_difference_is_the_same_from_either() {
    let ignore = attributes() | Respect::Links.into();
    let mut differ = 0;
    for seed in SEEDS {
        let pair = random::pair(seed, 20, Privilege::Root);
        let (source, target) = (scratch(&pair.source), scratch(&pair.target));
        let expected = compare(&live(&source), &live(&target), ignore);
        let (one, two) = (written(&live(&source)), written(&live(&target)));
        for (source, target) in [
            (&read(&one) as &dyn Tree, &live(&target) as &dyn Tree),
            (&live(&source), &read(&two)),
            (&read(&one), &read(&two)),
        ] {
            let outcome = compare(source, target, Respects::NONE);
            assert_eq!(outcome.unrecorded, ignore);
            assert_eq!(lines(&outcome), lines(&expected), "seed {seed}");
        }
        differ += usize::from(expected.totals.changes() > 0);
    }
    assert!(differ > 30, "only {differ} pairs differ at all");
}
