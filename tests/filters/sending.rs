//! What the sender's side leaves out.

use std::path::Path;

use fixtures::random::Prng;
use fixtures::tree::{Privilege, TreeSpec};

use crate::list::List;
use crate::names;
use crate::rsync::{Desk, Names, difference};
use crate::seeds::for_each_seed;
use crate::walk::{Tree, sent_as_stream, sent_in_order};
use crate::writer::PerDirectory;

/// How many lists are tried on one tree.
const LISTS: usize = 4;

fn judge(seed: u64, per_directory: PerDirectory) -> Option<String> {
    let mut prng = Prng::new(seed);
    let desk = Desk::new();
    let place = desk.path("tree");
    let mut tree = names::tree(&mut prng, 30);
    List::add_to_tree(&mut prng, &mut tree, &place, per_directory);
    tree.create(&place, Privilege::User);
    for _ in 0..LISTS {
        let list = List::random(&mut prng, &tree, &[&place], per_directory);
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
    for_each_seed(|seed| judge(seed, PerDirectory::No));
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_sent_by_rules_in_directories_is_what_rsync_sends() {
    for_each_seed(|seed| judge(seed, PerDirectory::Yes));
}
