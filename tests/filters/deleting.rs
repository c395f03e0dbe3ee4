//! What the receiver's side keeps from being deleted.

use std::collections::BTreeMap;

use fixtures::random::Prng;
use fixtures::snapshot::Snapshot;
use fixtures::tree::TreeSpec;
use libimage::filter::{Filter, FilterError, Scope, Side};

use crate::list::List;
use crate::pair::{Deletes, Pair};
use crate::rsync::{Names, difference};
use crate::seeds::for_each_seed;
use crate::walk::{Tree, image_path};
use crate::writer::Sort;

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
        let top = left.tree.top(filter, Side::Receiver)?;
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

/// Two trees, of which rsync does not fail to compare what it should look into.
fn pair(prng: &mut Prng, sort: Sort) -> Pair {
    Pair::random(prng, [12, 40], sort, |_, [source, target]| {
        // It fails if it should look into what is no directory.
        let is_dir = |path: &[u8]| {
            let mut nodes = source.nodes.iter();
            nodes.any(|node| node.is_dir() && node.path == path)
        };
        target
            .nodes
            .retain(|node| node.is_dir() || !is_dir(&node.path));
    })
}

/// What rsync leaves of the target.
fn expected(pair: &Pair, list: &List, deletes: Deletes) -> Option<Names> {
    let [source, target] = &pair.places;
    pair.reset();
    // Nothing is sent, so that all the difference is what is deleted.
    let options = [&["--existing", "--ignore-existing"], deletes.options()].concat();
    pair.desk.run(list, &options, [source, target])?;
    let entries = Snapshot::of(target).entries.into_keys();
    Some(entries.filter(|path| !path.is_empty()).collect())
}

/// What libimage would leave of it.
fn found(pair: &Pair, list: &List, deletes: Deletes) -> Result<Names, FilterError> {
    let [source, target] = &pair.places;
    let filter = list.filter(deletes == Deletes::Excluded)?;
    Target::left(&filter.at(source, target), &pair.specs[0], &pair.specs[1])
}

fn judge(seed: u64, sort: Sort) -> Option<String> {
    let mut prng = Prng::new(seed);
    let pair = pair(&mut prng, sort);
    let deletes = [Deletes::Extra, Deletes::Extra, Deletes::Excluded];
    pair.disagreement(&mut prng, sort, &deletes, |list, deletes| {
        let expected = expected(&pair, list, deletes);
        // What a rule in a directory merges may be deleted before it is read.
        if expected.is_none() && sort == Sort::PerDirectory {
            return None;
        }
        let found = found(&pair, list, deletes);
        difference(expected.as_ref(), found.as_ref())
    })
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_left_is_what_rsync_leaves() {
    for_each_seed(|seed| judge(seed, Sort::Plain));
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_left_by_rules_in_directories_is_what_rsync_leaves() {
    for_each_seed(|seed| judge(seed, Sort::PerDirectory));
}
