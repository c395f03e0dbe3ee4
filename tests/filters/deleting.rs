//! What the receiver's side keeps from being deleted.

use std::collections::BTreeMap;
use std::path::Path;

use fixtures::random::Prng;
use fixtures::snapshot::Snapshot;
use fixtures::tree::{Privilege, TreeSpec, parent};
use libimage::filter::{Filter, Side};

use crate::list::List;
use crate::names;
use crate::rsync::{Desk, Names};
use crate::seeds::for_each_seed;
use crate::sending::{difference, image_path, sends};

/// How many lists are tried on one pair of trees.
const LISTS: usize = 3;

/// Judges what is left of the target.
struct Target<'a> {
    filter: &'a Filter,
    /// What is in each directory, and whether it is one, too.
    children: BTreeMap<&'a [u8], Vec<(&'a [u8], bool)>>,
    /// What the sender sent, and whether it is a directory.
    sent: BTreeMap<&'a [u8], bool>,
    left: Names,
}

impl<'a> Target<'a> {
    fn new(filter: &'a Filter, source: &'a TreeSpec, target: &'a TreeSpec) -> Self {
        let names = sends(filter, source);
        let sent = source
            .nodes
            .iter()
            .filter(|node| names.contains(&node.path));
        let mut children: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for node in &target.nodes {
            let children = children.entry(parent(&node.path)).or_default();
            children.push((&node.path[..], node.is_dir()));
        }
        Self {
            filter,
            children,
            sent: sent.map(|node| (&node.path[..], node.is_dir())).collect(),
            left: Names::new(),
        }
    }

    fn children(&self, dir: &[u8]) -> Vec<(&'a [u8], bool)> {
        self.children.get(dir).cloned().unwrap_or_default()
    }

    fn is_protected(&self, side: Side, path: &[u8], is_dir: bool) -> bool {
        let decision = self.filter.decide(side, &image_path(path), is_dir);
        decision.is_excluded()
    }

    /// Leaves a directory that the sender has, too.
    fn clean(&mut self, dir: &[u8]) {
        for (path, is_dir) in self.children(dir) {
            match self.sent.get(path) {
                Some(true) if is_dir => {
                    self.left.insert(path.to_vec());
                    self.clean(path);
                }
                Some(_) => self.keep(path),
                None if self.is_protected(Side::Receiver, path, is_dir) => self.keep(path),
                None => {
                    self.remove(path);
                }
            }
        }
    }

    /// Leaves all of something.
    fn keep(&mut self, path: &[u8]) {
        self.left.insert(path.to_vec());
        for (child, _) in self.children(path) {
            self.keep(child);
        }
    }

    /// Removes something, unless it holds what is protected; whether it went.
    fn remove(&mut self, path: &[u8]) -> bool {
        let mut is_empty = true;
        for (child, is_dir) in self.children(path) {
            if self.is_protected(Side::Removal, child, is_dir) {
                self.keep(child);
                is_empty = false;
            } else {
                is_empty &= self.remove(child);
            }
        }
        if !is_empty {
            self.left.insert(path.to_vec());
        }
        is_empty
    }
}

/// What rsync leaves of the target.
fn leaves(desk: &Desk, list: &List, options: &[&str], trees: [&Path; 2]) -> Option<Names> {
    desk.run(list, options, trees)?;
    let entries = Snapshot::of(trees[1]).entries;
    Some(
        entries
            .into_keys()
            .filter(|path| !path.is_empty())
            .collect(),
    )
}

fn judge(seed: u64) -> Option<String> {
    let mut prng = Prng::new(seed);
    let desk = Desk::new();
    let [source, mut target] = [12, 40].map(|size| names::tree(&mut prng, size));
    // rsync fails if it should look into what is no directory.
    let is_dir = |path: &[u8]| {
        source
            .nodes
            .iter()
            .any(|node| node.is_dir() && node.path == path)
    };
    target
        .nodes
        .retain(|node| node.is_dir() || !is_dir(&node.path));
    let places = ["source", "target"].map(|name| desk.path(name));
    source.create(&places[0], Privilege::User);
    for _ in 0..LISTS {
        let delete_excluded = prng.chance(30);
        let list = List::random(&mut prng, &target, &[&places[0], &places[1]]);
        let is_wrong = |list: &List| {
            // Nothing is sent, so that all the difference is what is deleted.
            let mut options = vec!["--existing", "--ignore-existing", "--delete"];
            if delete_excluded {
                options.push("--delete-excluded");
            }
            std::fs::remove_dir_all(&places[1]).ok();
            target.create(&places[1], Privilege::User);
            let theirs = leaves(&desk, list, &options, [&places[0], &places[1]]);
            let filter = list.filter(delete_excluded).ok();
            let filter = filter.map(|filter| filter.at(&places[0], &places[1]));
            let ours = filter.as_ref().map(|filter| {
                let mut target = Target::new(filter, &source, &target);
                target.clean(b"");
                target.left
            });
            difference(theirs.as_ref(), ours.as_ref())
        };
        if is_wrong(&list).is_some() {
            let list = list.reduced(|list| is_wrong(list).is_some());
            let wrong = is_wrong(&list).unwrap_or_default();
            let shown = list.shown();
            return Some(format!(
                "  delete_excluded {delete_excluded}\n{shown}{wrong}"
            ));
        }
    }
    None
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_left_is_what_rsync_leaves() {
    for_each_seed(judge);
}
