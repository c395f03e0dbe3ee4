//! What the receiver's side keeps from being deleted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fixtures::random::Prng;
use fixtures::snapshot::Snapshot;
use fixtures::tree::{Privilege, TreeSpec};
use libimage::filter::{Filter, FilterError, Scope, Side};

use crate::list::List;
use crate::names;
use crate::rsync::{Desk, Names, difference};
use crate::seeds::for_each_seed;
use crate::walk::{Tree, image_path};
use crate::writer::PerDirectory;

/// How many lists are tried on one pair of trees.
const LISTS: usize = 3;

/// Judges what is left of the target.
struct Target<'a> {
    tree: Tree<'a>,
    /// What the sender sent, and whether it is a directory.
    sent: BTreeMap<&'a [u8], bool>,
    left: Names,
}

impl<'a> Target<'a> {
    fn left(
        filter: &Filter,
        source: &'a TreeSpec,
        target: &'a TreeSpec,
    ) -> Result<Names, FilterError> {
        let names = Tree::new(source).sent(filter)?;
        let sent = source
            .nodes
            .iter()
            .filter(|node| names.contains(&node.path));
        let mut left = Self {
            tree: Tree::new(target),
            sent: sent.map(|node| (&node.path[..], node.is_dir())).collect(),
            left: Names::new(),
        };
        let top = left.tree.top(filter)?;
        left.clean(b"", &top)?;
        Ok(left.left)
    }

    /// Leaves a directory that the sender has, too.
    fn clean(&mut self, dir: &[u8], scope: &Scope<'_>) -> Result<(), FilterError> {
        for node in self.tree.children(dir).to_vec() {
            let path = &node.path[..];
            let decision = scope.decide(Side::Receiver, &image_path(path), node.is_dir());
            match self.sent.get(path) {
                Some(true) if node.is_dir() => {
                    self.left.insert(path.to_vec());
                    let scope = self.tree.enter(scope, path)?;
                    self.clean(path, &scope)?;
                }
                Some(_) => self.keep(path),
                None if decision.is_excluded() => self.keep(path),
                None => {
                    self.remove(path, scope)?;
                }
            }
        }
        Ok(())
    }

    /// Leaves all of something.
    fn keep(&mut self, path: &[u8]) {
        self.left.insert(path.to_vec());
        for node in self.tree.children(path).to_vec() {
            self.keep(&node.path);
        }
    }

    /// Removes something, unless it holds what is protected; whether it went.
    fn remove(&mut self, path: &[u8], scope: &Scope<'_>) -> Result<bool, FilterError> {
        let scope = self.tree.enter(scope, path)?;
        let mut is_empty = true;
        for node in self.tree.children(path).to_vec() {
            let child = &node.path[..];
            let decision = scope.decide(Side::Removal, &image_path(child), node.is_dir());
            if decision.is_excluded() {
                self.keep(child);
                is_empty = false;
            } else {
                is_empty &= self.remove(child, &scope)?;
            }
        }
        if !is_empty {
            self.left.insert(path.to_vec());
        }
        Ok(is_empty)
    }
}

/// Two trees and where they stand.
struct Pair {
    desk: Desk,
    specs: [TreeSpec; 2],
    places: [PathBuf; 2],
}

impl Pair {
    fn random(prng: &mut Prng, per_directory: PerDirectory) -> Self {
        let desk = Desk::new();
        let places = ["source", "target"].map(|name| desk.path(name));
        let [mut source, mut target] = [12, 40].map(|size| names::tree(prng, size));
        List::add_to_tree(prng, &mut source, &places[0], per_directory);
        List::add_to_tree(prng, &mut target, &places[1], per_directory);
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
        source.create(&places[0], Privilege::User);
        Self {
            desk,
            specs: [source, target],
            places,
        }
    }

    /// What rsync leaves of the target.
    fn expected(&self, list: &List, delete_excluded: bool) -> Option<Names> {
        let [source, target] = &self.places;
        std::fs::remove_dir_all(target).ok();
        self.specs[1].create(target, Privilege::User);
        // Nothing is sent, so that all the difference is what is deleted.
        let mut options = vec!["--existing", "--ignore-existing", "--delete"];
        if delete_excluded {
            options.push("--delete-excluded");
        }
        self.desk.run(list, &options, [source, target])?;
        let entries = Snapshot::of(target).entries.into_keys();
        Some(entries.filter(|path| !path.is_empty()).collect())
    }

    /// What libimage would leave of it.
    fn found(&self, list: &List, delete_excluded: bool) -> Result<Names, FilterError> {
        let [source, target] = self.places.each_ref().map(Path::new);
        let filter = list.filter(delete_excluded)?.at(source, target);
        Target::left(&filter, &self.specs[0], &self.specs[1])
    }
}

fn judge(seed: u64, per_directory: PerDirectory) -> Option<String> {
    let mut prng = Prng::new(seed);
    let pair = Pair::random(&mut prng, per_directory);
    let [source, target] = &pair.places;
    for _ in 0..LISTS {
        let delete_excluded = prng.chance(30);
        let list = List::random(&mut prng, &pair.specs[1], &[source, target], per_directory);
        let wrong = |list: &List| {
            let expected = pair.expected(list, delete_excluded);
            let found = pair.found(list, delete_excluded);
            difference(expected.as_ref(), found.as_ref())
        };
        if wrong(&list).is_some() {
            let list = list.reduced(|list| wrong(list).is_some());
            let wrong = wrong(&list).unwrap_or_default();
            let files = pair.specs.each_ref().map(names::shown_files).concat();
            let shown = list.shown();
            return Some(format!(
                "  delete_excluded {delete_excluded}\n{shown}{wrong}{files}"
            ));
        }
    }
    None
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_left_is_what_rsync_leaves() {
    for_each_seed(|seed| judge(seed, PerDirectory::No));
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_left_by_rules_in_directories_is_what_rsync_leaves() {
    for_each_seed(|seed| judge(seed, PerDirectory::Yes));
}
