//! What the sender's side leaves out.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use fixtures::random::Prng;
use fixtures::tree::{Privilege, TreeSpec};

use crate::list::List;
use crate::names;
use crate::rsync::{Desk, Names, difference};
use crate::seeds::for_each_seed;
use crate::walk::{Tree, sent_as_stream, sent_in_order};
use crate::writer::Sort;

/// How many lists are tried on one tree.
const LISTS: usize = 4;

/// How many lists there were, and how many of them sent some of their tree
/// and left some of it out.
#[derive(Default)]
struct Tally {
    lists: AtomicUsize,
    telling: AtomicUsize,
}

impl Tally {
    fn count(&self, list: &List, tree: &TreeSpec) {
        let sent = list
            .filter(false)
            .and_then(|filter| Tree::new(tree).sent(&filter));
        let is_telling = sent.is_ok_and(|sent| (1..tree.nodes.len()).contains(&sent.len()));
        self.lists.fetch_add(1, Ordering::Relaxed);
        self.telling
            .fetch_add(usize::from(is_telling), Ordering::Relaxed);
    }

    /// Fails if so few lists told anything that the generator must be broken.
    fn check(self) {
        let (lists, telling) = (self.lists.into_inner(), self.telling.into_inner());
        let message = "lists sent some and left some";
        assert!(
            lists < 100 || telling > lists / 5,
            "{telling} of {lists} {message}"
        );
    }
}

fn judge(seed: u64, sort: Sort, tally: &Tally) -> Option<String> {
    let mut prng = Prng::new(seed);
    let desk = Desk::new();
    let place = desk.path("tree");
    let mut tree = names::tree(&mut prng, 30);
    List::add_to_tree(&mut prng, &mut tree, &place, sort, true);
    tree.create(&place, Privilege::User);
    for _ in 0..LISTS {
        let list = List::random(&mut prng, &tree, &[&place], sort);
        let wrong = |list: &List| disagreement(list, &tree, &place, &desk);
        if wrong(&list).is_some() {
            let list = list.reduced(|list| wrong(list).is_some());
            let wrong = wrong(&list).unwrap_or_default();
            return Some(format!(
                "{}{wrong}{}",
                list.shown(),
                names::shown_files(&tree)
            ));
        }
        tally.count(&list, &tree);
        if let Some(wrong) = flat_disagreement(&list, &tree, &mut prng) {
            return Some(format!("{}  without scopes\n{wrong}", list.shown()));
        }
    }
    None
}

/// In what rsync and libimage differ.
fn disagreement(list: &List, tree: &TreeSpec, place: &Path, desk: &Desk) -> Option<String> {
    let theirs = desk.sends(list, place);
    let filter = list.filter(false).map(|filter| filter.at(place, place));
    let ours = filter.and_then(|filter| Tree::new(tree).sent(&filter));
    difference(theirs.as_ref(), ours.as_ref())
}

/// In what libimage differs from itself when it is asked without scopes.
fn flat_disagreement(list: &List, tree: &TreeSpec, prng: &mut Prng) -> Option<String> {
    let filter = list.flat_filter().ok()?;
    let walked = Tree::new(tree).sent(&filter);
    let others: [Names; 2] = [
        sent_in_order(&filter, tree),
        sent_as_stream(&filter, tree, prng),
    ];
    others
        .iter()
        .find_map(|names| difference(Some(names), walked.as_ref()))
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_sent_is_what_rsync_sends() {
    let tally = Tally::default();
    for_each_seed(|seed| judge(seed, Sort::Plain, &tally));
    tally.check();
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_sent_by_rules_in_directories_is_what_rsync_sends() {
    let tally = Tally::default();
    for_each_seed(|seed| judge(seed, Sort::PerDirectory, &tally));
    tally.check();
}
