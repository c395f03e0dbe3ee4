//! The tree digest depends on what a tree is, and on nothing else.

use std::path::Path;
use std::process::Command;

use fixtures::random;
use fixtures::tree::{Privilege, TreeSpec};
use libimage::digest::Digest;

use crate::pairs::live;
use crate::random::{for_each_seed, seeds, size};
use crate::records::write;
use crate::scratch::Scratch;

fn digest(path: &Path, threads: usize) -> Digest {
    write(&live(path), threads).1.digest
}

fn tree(seed: u64) -> TreeSpec {
    random::tree(seed, size(seed), Privilege::Root)
}

#[test]
#[ignore = "needs root; .ci/run runs it"]
fn any_number_of_threads_finds_the_same_digest() {
    for_each_seed(|seed| {
        let scratch = Scratch::new();
        let path = scratch.tree("tree", &tree(seed));
        let digests = [1, 2, 8].map(|threads| digest(&path, threads));
        let equal = digests.iter().all(|digest| *digest == digests[0]);
        (!equal).then(|| format!("{digests:?}\n"))
    });
}

/// One in memory, the other where the tests are built.
#[test]
#[ignore = "needs root and two file systems; .ci/run runs it"]
fn any_file_system_holds_the_same_digest() {
    let places = ["/dev/shm", env!("CARGO_TARGET_TMPDIR")].map(Path::new);
    let types = places.map(|place| rustix::fs::statfs(place).expect("it is there").f_type);
    assert_ne!(types[0], types[1], "of one type: this proves nothing");
    for_each_seed(|seed| {
        let digests = places.map(|place| {
            let scratch = Scratch::beneath(place);
            digest(&scratch.tree("tree", &tree(seed)), 1)
        });
        (digests[0] != digests[1]).then(|| format!("{digests:?}\n"))
    });
}

#[test]
#[ignore = "needs root; .ci/run runs it"]
fn a_copy_has_the_same_digest() {
    for_each_seed(|seed| {
        let scratch = Scratch::new();
        let path = scratch.tree("tree", &tree(seed));
        let copy = scratch.path("copy");
        let status = Command::new("cp").arg("-a").args([&path, &copy]).status();
        assert!(status.expect("cp is installed").success());
        let digests = [digest(&path, 1), digest(&copy, 2)];
        (digests[0] != digests[1]).then(|| format!("{digests:?}\n"))
    });
}

/// The digests of two trees are equal exactly if the fixtures find them equal.
#[test]
#[ignore = "needs root; .ci/run runs it"]
fn another_tree_has_another_digest() {
    for_each_seed(|seed| {
        let pair = random::pair(seed, size(seed), Privilege::Root);
        let scratch = Scratch::new();
        let paths = [
            scratch.tree("source", &pair.source),
            scratch.tree("target", &pair.target),
        ];
        let [one, two] = paths
            .each_ref()
            .map(|path| fixtures::snapshot::Snapshot::of(path));
        let digests = paths.each_ref().map(|path| digest(path, 1));
        let lines = one.diff(&two);
        (lines.is_empty() != (digests[0] == digests[1])).then(|| format!("{lines:?}\n"))
    });
    assert!(!seeds().is_empty());
}
