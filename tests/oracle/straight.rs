//! The target without what sends a dry run of rsync astray.
//!
//! A real run makes room before it links names; a dry run looks at what stands
//! there still. `exceptions` proves that it says other things then, and that
//! libimage says what the real run does.

use std::collections::{BTreeMap, BTreeSet};

use fixtures::tree::{Kind, Node, TreeSpec, parent};

/// `target` with the same lines to come of it, or nothing if it is as good:
///
/// - without whatever stands, and is no directory, where `source` has a
///   directory with hard-linked names. A dry run looks there for their leader:
///   it takes what lies behind a symlink for it, and fails if nothing can.
/// - with an inode of its own for every name that `source` links with others
///   and that is of another type here. A dry run takes names that are linked
///   here for linked already, though none of them will be left.
pub(crate) fn straightened(source: &TreeSpec, target: &TreeSpec) -> Option<TreeSpec> {
    let (sources, targets) = (Names::of(source), Names::of(target));
    let above_links = sources.above_links();
    let is_in_the_way = |path: &[u8]| {
        above_links.contains(path)
            && sources.is(path, Node::is_dir)
            && !targets.is(path, Node::is_dir)
    };
    let is_of_another_type = |path: &[u8]| {
        let types = sources.owners.get(path).zip(targets.owners.get(path));
        types.is_some_and(|(one, two)| letter(one) != letter(two))
            && sources.is_linked(path)
            && targets.is_linked(path)
    };
    let mut is_astray = false;
    let mut straight = TreeSpec::new();
    // What is left of a group finds itself a leader.
    let mut leaders: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
    for Node { path, .. } in &target.nodes {
        let owner = targets.owners[&path[..]];
        let own = Node {
            path: path.clone(),
            ..owner.clone()
        };
        if is_in_the_way(path) {
            is_astray = true;
        } else if is_of_another_type(path) {
            is_astray = true;
            straight.push(own);
        } else if let Some(leader) = leaders.get(&owner.path[..]) {
            straight.push(Node::hard_link(path.clone(), *leader));
        } else {
            leaders.insert(&owner.path, path);
            straight.push(own);
        }
    }
    is_astray.then_some(straight)
}

/// The names of a tree and their inodes.
struct Names<'a> {
    /// The node that describes the inode of a name.
    owners: BTreeMap<&'a [u8], &'a Node>,
    /// How many names a node's inode has.
    counts: BTreeMap<&'a [u8], usize>,
}

impl<'a> Names<'a> {
    fn of(tree: &'a TreeSpec) -> Self {
        let mut names = Self {
            owners: BTreeMap::new(),
            counts: BTreeMap::new(),
        };
        for node in &tree.nodes {
            let owner = match &node.kind {
                Kind::HardLink(of) => names.owners[&of[..]],
                _ => node,
            };
            names.owners.insert(&node.path, owner);
            *names.counts.entry(&owner.path).or_default() += 1;
        }
        names
    }

    fn is(&self, path: &[u8], what: impl Fn(&Node) -> bool) -> bool {
        self.owners.get(path).is_some_and(|owner| what(owner))
    }

    fn is_linked(&self, path: &[u8]) -> bool {
        self.is(path, |owner| self.counts[&owner.path[..]] > 1)
    }

    /// Every directory with a linked name somewhere below it.
    fn above_links(&self) -> BTreeSet<&'a [u8]> {
        let mut above = BTreeSet::new();
        for path in self.owners.keys().filter(|path| self.is_linked(path)) {
            let mut dir = *path;
            while !dir.is_empty() {
                dir = parent(dir);
                above.insert(dir);
            }
        }
        above
    }
}

/// What rsync takes for one type.
fn letter(node: &Node) -> char {
    match node.kind {
        Kind::File { .. } => 'f',
        Kind::Dir => 'd',
        Kind::Symlink(_) => 'L',
        Kind::CharDevice(..) | Kind::BlockDevice(..) => 'D',
        Kind::Fifo | Kind::Socket => 'S',
        Kind::HardLink(_) => unreachable!("a hard link describes no inode"),
    }
}
