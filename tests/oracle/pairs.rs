//! Pairs of trees on disk, compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use fixtures::tree::{Kind, Node, TreeSpec, display, is_below};
use libimage::tree::{LiveTree, Want};

use crate::rsync::{self, Mismatches, Question};
use crate::scratch::Scratch;

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
        let Some(straight) = &self.straight else {
            return rsync::rsyncs(&self.source, &self.target, question);
        };
        let path = self.scratch.path("straight");
        if !path.exists() {
            self.scratch.tree("straight", straight);
        }
        rsync::rsyncs(&self.source, &path, question)
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

/// `target` without whatever stands, and is no directory, where `source` has a
/// directory with hard-linked names; nothing if there is none.
///
/// A dry run of rsync looks there for the leader of such names, though a real
/// one would have made the directory by then: it takes what lies behind a
/// symlink for the leader, and fails if nothing can. Where the target has
/// nothing, the line is the same. `exceptions` proves it.
fn straightened(source: &TreeSpec, target: &TreeSpec) -> Option<TreeSpec> {
    let is_detour = |node: &Node| {
        !node.is_dir()
            && source.get(&node.path).is_some_and(Node::is_dir)
            && source
                .nodes
                .iter()
                .any(|other| is_below(&other.path, &node.path) && is_linked(source, other))
    };
    let detours: Vec<_> = target.nodes.iter().filter(|node| is_detour(node)).collect();
    if detours.is_empty() {
        return None;
    }
    // What is left of a group finds itself a leader.
    let mut straight = TreeSpec::new();
    let mut leaders: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
    for node in &target.nodes {
        let owner = target.leader(node);
        if detours.contains(&node) {
            continue;
        }
        if let Some(leader) = leaders.get(&*owner.path) {
            straight.push(Node::hard_link(&*node.path, *leader));
        } else {
            leaders.insert(&owner.path, &node.path);
            straight.push(Node {
                path: node.path.clone(),
                ..owner.clone()
            });
        }
    }
    Some(straight)
}

fn is_linked(tree: &TreeSpec, node: &Node) -> bool {
    let leader = &tree.leader(node).path;
    let names = tree.nodes.iter();
    names
        .filter(|other| tree.leader(other).path == *leader)
        .count()
        > 1
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
