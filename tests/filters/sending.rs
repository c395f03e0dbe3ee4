//! What the sender's side leaves out.

use std::fmt::Write as _;

use fixtures::random::Prng;
use fixtures::tree::{Privilege, TreeSpec, parent};
use libimage::filter::{Filter, Side};
use libimage::path::ImagePath;

use crate::list::List;
use crate::names;
use crate::rsync::{Desk, Names};
use crate::seeds::for_each_seed;

/// How many lists are tried on one tree.
const LISTS: usize = 4;

pub(crate) fn image_path(path: &[u8]) -> ImagePath {
    ImagePath::new(path).expect("the fixtures make no others")
}

/// What libimage would send, walking from the top.
pub(crate) fn sends(filter: &Filter, tree: &TreeSpec) -> Names {
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

/// What libimage would send, asked in any order.
fn sends_of_stream(filter: &Filter, tree: &TreeSpec, prng: &mut Prng) -> Names {
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

/// In what two answers differ.
pub(crate) fn difference(rsync: Option<&Names>, ours: Option<&Names>) -> Option<String> {
    match (rsync, ours) {
        (Some(rsync), Some(ours)) if rsync == ours => None,
        (None, None) => None,
        (Some(rsync), Some(ours)) => {
            let mut text = String::new();
            for (who, names) in [("rsync", rsync - ours), ("libimage", ours - rsync)] {
                for name in names {
                    writeln!(text, "  only {who}: {}", name.escape_ascii())
                        .expect("a String takes everything");
                }
            }
            Some(text)
        }
        (rsync, _) => Some(format!("  accepted by rsync: {}\n", rsync.is_some())),
    }
}

fn judge(seed: u64) -> Option<String> {
    let mut prng = Prng::new(seed);
    let desk = Desk::new();
    let tree = names::tree(&mut prng, 30);
    let place = desk.path("tree");
    tree.create(&place, Privilege::User);
    let is_wrong = |list: &List| {
        let theirs = desk.sends(list, &place);
        let filter = list
            .filter(false)
            .ok()
            .map(|filter| filter.at(&place, &place));
        let ours = filter.as_ref().map(|filter| sends(filter, &tree));
        difference(theirs.as_ref(), ours.as_ref())
    };
    for _ in 0..LISTS {
        let list = List::random(&mut prng, &tree, &[&place]);
        if is_wrong(&list).is_some() {
            let list = list.reduced(|list| is_wrong(list).is_some());
            let wrong = is_wrong(&list).unwrap_or_default();
            return Some(format!("{}{wrong}", list.shown()));
        }
        let Ok(filter) = list.filter(false) else {
            continue;
        };
        let walked = sends(&filter, &tree);
        let streamed = sends_of_stream(&filter, &tree, &mut prng);
        if let Some(wrong) = difference(Some(&walked), Some(&streamed)) {
            return Some(format!("{}  as a stream\n{wrong}", list.shown()));
        }
    }
    None
}

#[test]
#[ignore = "needs rsync; .ci/run runs it"]
fn what_is_sent_is_what_rsync_sends() {
    for_each_seed(judge);
}
