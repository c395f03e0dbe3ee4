//! Trees in archives that GNU tar made.

use std::path::Path;
use std::process::Command;

use fixtures::random;
use fixtures::tree::{Kind, Node, Privilege, TreeSpec};
use libimage::archive::{ArchiveReader, Limits, index};
use libimage::monitor::Silent;
use libimage::tree::RecordedTree;

use crate::pairs::Pair;
use crate::random::{for_each_seed, size};
use crate::rsync::{self, Question, shown};

/// What GNU tar makes of a directory, with everything it can keep.
///
/// It runs where no uid and no gid has a name: into ACLs it writes names in
/// spite of `--numeric-owner`, and those of this host mean nothing to the tree.
fn gnu_tar(tree: &Path) -> Vec<u8> {
    let script = "mount --bind /dev/null /etc/passwd && mount --bind /dev/null /etc/group && \
        exec tar --format=posix --xattrs --xattrs-include='*' --acls --numeric-owner -S \
        -C \"$1\" -cf - .";
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", script, "sh"])
        .arg(tree)
        .output()
        .expect("unshare is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "tar: {said}");
    output.stdout
}

/// An archive as a tree.
fn indexed(archive: Vec<u8>) -> RecordedTree {
    let input = Box::new(std::io::Cursor::new(archive));
    let reader = ArchiveReader::new(input, "archive".to_owned(), Limits::default())
        .expect("GNU tar made it");
    index(reader, "archive", None, &Silent)
        .expect("GNU tar made it")
        .0
}

/// The tree without what GNU tar doesn't keep: sockets, and the further names
/// of fifos and devices, which it makes files of their own.
fn archivable(tree: &TreeSpec) -> TreeSpec {
    let is_kept = |node: &&Node| {
        let is_link = matches!(node.kind, Kind::HardLink(_));
        match tree.leader(node).kind {
            Kind::Socket => false,
            Kind::Fifo | Kind::CharDevice(..) | Kind::BlockDevice(..) => !is_link,
            _ => true,
        }
    };
    TreeSpec {
        nodes: tree.nodes.iter().filter(is_kept).cloned().collect(),
    }
}

/// In what a comparison with an archive differs from one with its directory.
fn judge(seed: u64) -> Option<String> {
    let pair = random::pair(seed, size(seed), Privilege::Root);
    let pair = Pair::new(&archivable(&pair.source), &pair.target);
    let [source, target] = pair.live();
    let archive = indexed(gnu_tar(&pair.source));
    let found = rsync::differences(&archive, &source);
    if !found.is_empty() {
        return Some(format!("differs from its own archive: {found:?}\n"));
    }
    for question in Question::ALL {
        for (expected, found) in [
            (
                rsync::ours(&source, &target, question, 1),
                rsync::ours(&archive, &target, question, 2),
            ),
            (
                rsync::ours(&target, &source, question, 1),
                rsync::ours(&target, &archive, question, 2),
            ),
        ] {
            if expected != found {
                let lines = shown(&pair.compare(&expected, &found));
                return Some(format!("{question:?}\n{lines}"));
            }
        }
    }
    None
}

#[test]
#[ignore = "needs root and GNU tar; .ci/run runs it"]
fn archives_compare_as_the_trees_do() {
    for_each_seed(judge);
}
