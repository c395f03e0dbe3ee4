//! What goes, and what never does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use libimage::catalogue::{
    PruneOptions, Pruning, Reason, Retention, Shelf, Store as _, carry_out, plan,
};
use libimage::monitor::Silent;
use proptest::prelude::*;
use rustix::fs::{FlockOperation, flock};

use crate::place::Place;

fn options(retention: Retention) -> PruneOptions {
    let mut options = PruneOptions::default();
    options.retention = retention;
    options
}

fn last(count: u64) -> PruneOptions {
    options(Retention {
        last: count,
        ..Retention::default()
    })
}

fn planned(place: &Place, options: &PruneOptions) -> Pruning {
    plan(&place.shelf(), options, &Silent).expect("a directory")
}

/// Each backup's reasons, the oldest first.
fn reasons(pruning: &Pruning) -> Vec<String> {
    let all = pruning.trees.iter().flat_map(|judged| &judged.backups);
    let words = |reasons: &Vec<Reason>| {
        let words: Vec<_> = reasons.iter().map(ToString::to_string).collect();
        words.join(", ")
    };
    all.map(|(_, reasons)| words(reasons)).collect()
}

#[test]
fn a_plan_changes_nothing_and_is_what_is_done() {
    let place = Place::new();
    let whole = place.backup_of("tree");
    for hours in 1..=5 {
        place.put("tree", hours, &whole);
    }
    let before = place.names();
    let pruning = planned(&place, &last(2));
    assert_eq!(reasons(&pruning), ["", "", "", "last", "newest, last"]);
    assert_eq!(place.names(), before);
    // What comes in between is not touched, what went is no error.
    let late = place.put("tree", 6, &whole);
    fs::remove_file(place.file(&before[0])).expect("ours");
    carry_out(&place.shelf(), &pruning, &Silent).expect("ours");
    let expected = [before[3].clone(), before[4].clone(), late];
    assert_eq!(place.names(), expected);
    // There is nothing more to do for the same rule twice.
    let again = planned(&place, &last(3));
    assert_eq!(again.removed().count(), 0);
}

#[test]
fn what_is_read_to_its_end_counts_as_it_is() {
    let place = Place::new();
    let whole = place.backup_of("tree");
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    for (hours, bytes) in [(1, &whole), (2, &whole), (3, &damaged), (4, &damaged)] {
        place.put("tree", hours, bytes);
    }
    let mut options = last(1);
    assert_eq!(
        reasons(&planned(&place, &options)),
        ["", "", "", "newest, last"]
    );
    options.verify = true;
    let pruning = planned(&place, &options);
    assert_eq!(
        reasons(&pruning),
        ["", "newest good, last", "damaged", "damaged"]
    );
    carry_out(&place.shelf(), &pruning, &Silent).expect("ours");
    assert_eq!(place.names().len(), 3);
}

#[test]
fn what_is_of_the_future_makes_nothing_old() {
    let place = Place::new();
    let whole = place.backup_of("tree");
    let future = "tree-29991231T000000Z.tar.zst";
    fs::write(place.file(future), &whole).expect("ours");
    for hours in 1..=3 {
        place.put("tree", hours, &whole);
    }
    let within = Retention {
        within: "1h".parse().ok(),
        ..Retention::default()
    };
    let pruning = planned(&place, &options(within));
    assert_eq!(
        reasons(&pruning),
        ["", "within", "newest, within", "future"]
    );
    // One that is made at this moment is of today, though its second is taken.
    let made = [(); 3].map(|()| place.add("tree", false).generation);
    let pruning = planned(&place, &last(1));
    let goes: Vec<_> = pruning.removed().map(|kept| &kept.generation).collect();
    assert_eq!(goes.len(), 5);
    assert!(goes.contains(&&made[1]) && !goes.contains(&&made[2]));
}

/// As another command begins to write under it after the plan was made.
#[test]
fn what_is_written_by_now_is_not_removed() {
    let place = Place::new();
    let hidden = format!(".{}.7.partial", crate::place::name("tree", 1));
    fs::write(place.file(&hidden), "half").expect("ours");
    let pruning = planned(&place, &last(1));
    assert_eq!(pruning.abandoned().count(), 1);
    let writer = fs::File::open(place.file(&hidden)).expect("ours");
    flock(&writer, FlockOperation::LockExclusive).expect("nobody has it");
    carry_out(&place.shelf(), &pruning, &Silent).expect("ours");
    assert_eq!(place.names(), [hidden]);
    drop(writer);
    carry_out(&place.shelf(), &pruning, &Silent).expect("ours");
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn only_trees_that_are_named_are_pruned() {
    let place = Place::new();
    let whole = place.backup_of("tree");
    for (tree, hours) in [("a", 1), ("a", 2), ("b", 1), ("b", 2)] {
        place.put(tree, hours, &whole);
    }
    let mut options = last(1);
    options.trees.push((*b"b").into());
    let pruning = planned(&place, &options);
    carry_out(&place.shelf(), &pruning, &Silent).expect("ours");
    assert_eq!(place.names().len(), 3);
    assert!(place.names()[2].starts_with("b-"));
}

/// What a file in the directory may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Good,
    /// Of another directory of the same name.
    Other,
    Damaged,
    Cut,
    Text,
    Abandoned,
    Foreign,
}

const SORTS: [Sort; 7] = [
    Sort::Good,
    Sort::Other,
    Sort::Damaged,
    Sort::Cut,
    Sort::Text,
    Sort::Abandoned,
    Sort::Foreign,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn neither_the_newest_nor_the_only_good_one_goes(
        files in proptest::collection::btree_map((0_usize..2, 0_u32..5000), 0_usize..9, 0..14),
        (keep, daily, monthly) in (0_u64..3, 0_u64..3, 0_u64..3),
        days in 0_u16..40,
    ) {
        let place = Place::new();
        place.tree("parent/tree", "another");
        let (whole, other) = (place.backup_of("tree"), place.backup_of("parent/tree"));
        let mut damaged = whole.clone();
        *damaged.last_mut().expect("long") ^= 1;
        let mut sorts = BTreeMap::new();
        for ((tree, hours), sort) in files {
            // Good ones are more frequent than each of the others.
            let sort = SORTS[sort.saturating_sub(2)];
            let tree = ["one", "two"][tree];
            let name = match sort {
                Sort::Good => place.put(tree, hours, &whole),
                Sort::Other => place.put(tree, hours, &other),
                Sort::Damaged => place.put(tree, hours, &damaged),
                Sort::Cut => place.put(tree, hours, &whole[..whole.len() / 2]),
                Sort::Text => place.put(tree, hours, b"text"),
                Sort::Abandoned => {
                    let name = format!(".{}.7.partial", crate::place::name(tree, hours));
                    fs::write(place.file(&name), "half").expect("ours");
                    name
                }
                Sort::Foreign => {
                    let name = format!("{tree}-{hours}.tar.zst");
                    fs::write(place.file(&name), &whole).expect("ours");
                    name
                }
            };
            sorts.insert(name, (tree, sort));
        }
        let retention = Retention {
            last: keep,
            daily,
            monthly,
            within: (days > 0).then(|| format!("{days}d").parse().expect("a time")),
            ..Retention::default()
        };
        let pruning = planned(&place, &options(retention));
        let goes: BTreeSet<_> = pruning
            .removed()
            .map(|kept| String::from_utf8(kept.generation.name()).expect("ASCII"))
            .collect();
        carry_out(&place.shelf(), &pruning, &Silent).expect("ours");
        let left: BTreeSet<_> = place.names().into_iter().collect();
        for (name, (_, sort)) in &sorts {
            let stays = match sort {
                Sort::Abandoned => false,
                Sort::Good | Sort::Other => !goes.contains(name),
                _ => true,
            };
            prop_assert_eq!(left.contains(name), stays, "{} {:?}", name, sort);
        }
        prop_assert!(left.iter().all(|name| sorts.contains_key(name)));
        for tree in ["one", "two"] {
            for wanted in [Sort::Good, Sort::Other] {
                // Names sort as their times do.
                let all = sorts.iter().filter(|(_, sort)| **sort == (tree, wanted));
                let all: Vec<_> = all.map(|(name, _)| name).collect();
                let stay = all.iter().filter(|name| left.contains(**name)).count();
                prop_assert!(stay as u64 >= keep.min(all.len() as u64));
                if let Some(newest) = all.last() {
                    prop_assert!(left.contains(*newest), "{} went", newest);
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_removed_is_told() {
    let place = Place::new();
    let shelf = Shelf::open(&place.path("backups")).expect("a directory");
    fs::create_dir(place.file("name")).expect("ours");
    let error = shelf.remove(&[b"gone", b"name"]).expect_err("a directory");
    assert!(error.to_string().contains("name"), "{error}");
}
