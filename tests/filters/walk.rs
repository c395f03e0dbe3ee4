//! libimage's answers over whole trees, as they are described.

use std::collections::{BTreeMap, BTreeSet};

use fixtures::random::Prng;
use fixtures::tree::{Kind, Node, TreeSpec, parent};
use libimage::filter::{Filter, FilterError, Scope, Side};
use libimage::path::ImagePath;

use crate::rsync::Names;

/// A tree to walk.
pub(crate) struct Tree<'a> {
    /// What is in each directory.
    children: BTreeMap<&'a [u8], Vec<&'a Node>>,
    directories: BTreeSet<&'a [u8]>,
    files: BTreeMap<&'a [u8], &'a [u8]>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(spec: &'a TreeSpec) -> Self {
        let mut tree = Self {
            children: BTreeMap::new(),
            directories: BTreeSet::new(),
            files: BTreeMap::new(),
        };
        for node in &spec.nodes {
            tree.children
                .entry(parent(&node.path))
                .or_default()
                .push(node);
            if node.is_dir() {
                tree.directories.insert(&node.path);
            }
            if let Kind::File { content, .. } = &node.kind {
                tree.files.insert(&node.path, content);
            }
        }
        tree
    }

    pub(crate) fn children(&self, dir: &[u8]) -> &[&'a Node] {
        self.children.get(dir).map_or(&[], Vec::as_slice)
    }

    /// The rules at the top of one side's tree.
    pub(crate) fn top<'f>(&self, filter: &'f Filter, side: Side) -> Result<Scope<'f>, FilterError> {
        filter.scope(side, &mut |path| Ok(self.read(path)))
    }

    /// The rules in a directory.
    pub(crate) fn enter<'f>(
        &self,
        scope: &Scope<'f>,
        dir: &[u8],
    ) -> Result<Scope<'f>, FilterError> {
        scope.enter(&image_path(dir), &mut |path| Ok(self.read(path)))
    }

    fn read(&self, path: &ImagePath) -> Option<Vec<u8>> {
        if path.is_root() || self.directories.contains(path.as_bytes()) {
            return Some(Vec::new());
        }
        self.files
            .get(path.as_bytes())
            .map(|content| content.to_vec())
    }

    /// What is sent.
    pub(crate) fn sent(&self, filter: &Filter) -> Result<Names, FilterError> {
        let mut sent = Names::new();
        let mut open = vec![(&b""[..], self.top(filter, Side::Sender)?)];
        while let Some((dir, scope)) = open.pop() {
            for node in self.children(dir) {
                let path = image_path(&node.path);
                if scope
                    .decide(Side::Sender, &path, node.is_dir())
                    .is_excluded()
                {
                    continue;
                }
                sent.insert(node.path.clone());
                if node.is_dir() {
                    open.push((&node.path, self.enter(&scope, &node.path)?));
                }
            }
        }
        Ok(sent)
    }
}

pub(crate) fn image_path(path: &[u8]) -> ImagePath {
    ImagePath::new(path).expect("the fixtures make no others")
}

/// What is sent by a filter that needs no scopes, asked from the top.
pub(crate) fn sent_in_order(filter: &Filter, tree: &TreeSpec) -> Names {
    let mut sent = Names::new();
    for node in &tree.nodes {
        let above = parent(&node.path);
        let is_reached = above.is_empty() || sent.contains(above);
        let decision = filter.decide(Side::Sender, &image_path(&node.path), node.is_dir());
        if is_reached && !decision.is_excluded() {
            sent.insert(node.path.clone());
        }
    }
    sent
}

/// What is sent by a filter that needs no scopes, asked in any order.
pub(crate) fn sent_as_stream(filter: &Filter, tree: &TreeSpec, prng: &mut Prng) -> Names {
    let mut nodes: Vec<_> = tree.nodes.iter().collect();
    for index in 0..nodes.len() {
        let other = prng.below(index + 1);
        nodes.swap(index, other);
    }
    let mut beneath = filter.beneath(Side::Sender);
    nodes.retain(|node| {
        let excluded = beneath.excludes(&image_path(&node.path), node.is_dir());
        excluded.is_none()
    });
    nodes.into_iter().map(|node| node.path.clone()).collect()
}
