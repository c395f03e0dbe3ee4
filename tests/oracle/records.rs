//! Trees written down: their manifests.

use std::path::Path;

use fixtures::random;
use fixtures::tree::Privilege;
use libimage::manifest::{self, Summary};
use libimage::monitor::Silent;
use libimage::tree::{RecordedTree, Tree};

use crate::pairs::{Pair, live};
use crate::random::{for_each_seed, size};
use crate::rsync::{self, Question, shown};

/// The manifest of a tree, and what it lists in sum.
pub(crate) fn write(tree: &dyn Tree, threads: usize) -> (Vec<u8>, Summary) {
    let mut bytes = Vec::new();
    let summary = manifest::build(tree, &mut bytes, threads, &Silent).expect("it can be read");
    (bytes, summary)
}

/// The manifest of a directory, read back.
pub(crate) fn recorded(path: &Path) -> RecordedTree {
    let (bytes, written) = write(&live(path), 2);
    let (tree, read) = manifest::read(&bytes[..], "manifest").expect("it was just written");
    assert_eq!(read, written);
    tree
}

/// In what a comparison through manifests differs from one of directories.
fn judge(seed: u64) -> Option<String> {
    let pair = random::pair(seed, size(seed), Privilege::Root);
    let pair = Pair::new(&pair.source, &pair.target);
    let live = pair.live();
    let records = [recorded(&pair.source), recorded(&pair.target)];
    let trees: [[&dyn Tree; 2]; 2] = [[&live[0], &records[0]], [&live[1], &records[1]]];
    for question in Question::ALL {
        let expected = rsync::ours(&live[0], &live[1], question, 1);
        for (from, to) in [(0, 1), (1, 0), (1, 1)] {
            let found = rsync::ours(trees[0][from], trees[1][to], question, 2);
            if expected != found {
                let lines = shown(&pair.compare(&expected, &found));
                return Some(format!("{question:?}, manifests {from} {to}\n{lines}"));
            }
        }
    }
    for (one, two) in live.iter().zip(&records) {
        let found = rsync::differences(one, two);
        if !found.is_empty() {
            return Some(format!("differs from its own manifest: {found:?}\n"));
        }
    }
    None
}

#[test]
#[ignore = "needs root; .ci/run runs it"]
fn manifests_compare_as_the_trees_do() {
    for_each_seed(judge);
}

/// A manifest's manifest is itself, byte by byte.
#[test]
#[ignore = "needs root; .ci/run runs it"]
fn a_manifest_comes_back_as_it_was() {
    for_each_seed(|seed| {
        let tree = random::tree(seed, size(seed), Privilege::Root);
        let pair = Pair::new(&tree, &tree);
        let (bytes, summary) = write(&live(&pair.source), 1);
        let (tree, _) = manifest::read(&bytes[..], "manifest").expect("it was just written");
        let (again, sum) = write(&tree, 2);
        (bytes != again || summary != sum).then(|| "is another\n".to_owned())
    });
}
