//! Pairs of trees on disk, compared.

use std::fmt::Write as _;
use std::path::PathBuf;

use fixtures::tree::{Kind, Node, TreeSpec, display};
use libimage::tree::{LiveTree, Want};

use crate::rsync::{self, Mismatches, Question};
use crate::scratch::Scratch;
use crate::straight::straightened;

/// Two trees on disk.
pub(crate) struct Pair {
    scratch: Scratch,
    pub(crate) source: PathBuf,
    pub(crate) target: PathBuf,
    /// The target without what sends a dry run of rsync astray.
    straight: Option<TreeSpec>,
}

impl Pair {
    /// Makes two trees.
    pub(crate) fn new(source: &TreeSpec, target: &TreeSpec) -> Self {
        let scratch = Scratch::new();
        Self {
            source: scratch.tree("source", source),
            target: scratch.tree("target", target),
            straight: straightened(source, target),
            scratch,
        }
    }

    /// Makes two trees from nodes, under tops that are alike.
    pub(crate) fn of(source: &[Node], target: &[Node]) -> Self {
        Self::new(&spec(source), &spec(target))
    }

    /// Both trees, to be read by libimage.
    pub(crate) fn live(&self) -> [LiveTree; 2] {
        [&self.source, &self.target].map(|path| live(path))
    }

    /// rsync's answer.
    pub(crate) fn expected(&self, question: Question) -> Vec<Vec<u8>> {
        rsync::rsyncs(&self.source, &self.straight(), question)
    }

    /// The target as a dry run of rsync takes it right.
    pub(crate) fn straight(&self) -> PathBuf {
        let Some(straight) = &self.straight else {
            return self.target.clone();
        };
        let path = self.scratch.path("straight");
        if !path.exists() {
            self.scratch.tree("straight", straight);
        }
        path
    }

    /// In what the answers of rsync and libimage differ.
    pub(crate) fn mismatches(&self, question: Question, threads: usize) -> Mismatches {
        let [source, target] = self.live();
        let found = rsync::ours(&source, &target, question, threads);
        self.compare(&self.expected(question), &found)
    }

    /// In what two answers differ.
    pub(crate) fn compare(&self, expected: &[Vec<u8>], found: &[Vec<u8>]) -> Mismatches {
        rsync::mismatches(expected, found, &self.source, &self.target)
    }
}

/// A tree on disk, all of it.
pub(crate) fn live(path: &std::path::Path) -> LiveTree {
    LiveTree::open(path, Want::All).expect("it is a directory")
}

/// A tree of nodes, its top unless they say otherwise a default one.
pub(crate) fn spec(nodes: &[Node]) -> TreeSpec {
    let mut tree = TreeSpec::new();
    if nodes.iter().all(|node| !node.path.is_empty()) {
        tree.push(Node::dir(""));
    }
    nodes.iter().cloned().for_each(|node| tree.push(node));
    tree
}

/// What a tree says of some names and of what is linked with them.
pub(crate) fn about(tree: &TreeSpec, names: &[Vec<u8>]) -> String {
    let concerned: Vec<_> = tree
        .nodes
        .iter()
        .filter(|node| names.contains(&node.path))
        .map(|node| tree.leader(node).path.clone())
        .collect();
    let mut text = String::new();
    for node in &tree.nodes {
        if concerned.contains(&tree.leader(node).path) {
            writeln!(text, "    {}", describe(node)).expect("a String takes everything");
        }
    }
    text
}

fn describe(node: &Node) -> String {
    let kind = match &node.kind {
        Kind::File { content, holes } => {
            format!("file {} bytes, sparse {}", content.len(), holes.is_some())
        }
        Kind::HardLink(of) => return format!("{} = {}", display(&node.path), display(of)),
        Kind::Symlink(target) => format!("symlink {}", display(target)),
        other => format!("{other:?}"),
    };
    let xattrs: Vec<_> = node
        .xattrs
        .iter()
        .map(|(name, value)| format!("{}={}", display(name), display(value)))
        .collect();
    format!(
        "{}: {kind} {:04o} {}:{} {}.{:09} {}",
        display(&node.path),
        node.mode,
        node.uid,
        node.gid,
        node.mtime.secs,
        node.mtime.nanos,
        xattrs.join(" ")
    )
}
