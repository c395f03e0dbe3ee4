//! Members in every order that a list of names can ask for.

use fixtures::random::Prng;
use fixtures::snapshot::{EntryKind, Snapshot};
use fixtures::tree::{Node, TreeSpec, is_below};

use crate::import::{differences, tree_of};
use crate::losses::{Loss, bsdtar, formats, programs, remainder, undescribed};
use crate::scratch::Scratch;
use crate::specimen;
use crate::writers::written;

/// Programs that archive the names in `../names` and nothing beneath them.
const PROGRAMS: &[(&str, &[Loss])] = &[
    (
        "tar --format=posix --xattrs --no-recursion --null -T ../names -cf -",
        &[formats::SOCKETS, programs::GNU_LINKED_SPECIALS],
    ),
    (
        "bsdtar --format=pax --no-read-sparse -n --null -T ../names -cf -",
        &[
            formats::SOCKETS,
            bsdtar::LINKED_DEVICES,
            bsdtar::NEGATIVE_FRACTIONS,
            bsdtar::ACL_IDS,
        ],
    ),
];

type Names = Vec<Vec<u8>>;

/// Has the names of the specimen archived in an order, and imported. `held` makes
/// of a tree what is held of it by an archive of some names, in their order.
fn check(order: impl Fn(Names) -> Names, held: impl Fn(&mut Snapshot, &[Vec<u8>])) {
    let scratch = Scratch::new();
    let tree = scratch.tree("tree", &specimen::tree());
    let original = Snapshot::of(&tree);
    let names = order(original.entries.keys().cloned().collect());
    let lines = names
        .iter()
        .flat_map(|name| [b"./", &name[..], b"\0"].concat());
    std::fs::write(scratch.path("names"), lines.collect::<Vec<_>>()).expect("there is space");
    for (number, (line, losses)) in PROGRAMS.iter().enumerate() {
        let archive = written(line, &tree);
        let mut expected = remainder(&original, losses);
        held(&mut expected, &names);
        let found = tree_of(line, &archive, &scratch.path(&number.to_string()));
        assert_eq!(differences(&expected, &found), [""; 0], "{line}");
    }
}

fn is_dir(tree: &TreeSpec, path: &[u8]) -> bool {
    tree.get(path).is_some_and(Node::is_dir)
}

#[test]
#[ignore = "needs root, GNU tar and bsdtar; .ci/run runs it"]
fn children_may_come_before_their_parents() {
    let reversed = |mut names: Names| {
        names.reverse();
        names
    };
    check(reversed, |_, _| ());
}

/// Hard links too: whichever name comes first is the file.
#[test]
#[ignore = "needs root, GNU tar and bsdtar; .ci/run runs it"]
fn names_may_come_in_any_order() {
    for seed in 0..8 {
        let shuffled = |mut names: Names| {
            let mut prng = Prng::new(seed);
            for last in (1..names.len()).rev() {
                names.swap(last, prng.below(last + 1));
            }
            names
        };
        check(shuffled, |_, _| ());
    }
}

/// All directories behind all that is in them.
#[test]
#[ignore = "needs root, GNU tar and bsdtar; .ci/run runs it"]
fn directories_may_come_last() {
    let tree = specimen::tree();
    let last = |names: Names| {
        let (dirs, mut others): (Names, Names) =
            names.into_iter().partition(|name| is_dir(&tree, name));
        others.extend(dirs);
        others
    };
    check(last, |_, _| ());
}

/// What no member describes is root's, open, and as old as the first member in it.
#[test]
#[ignore = "needs root, GNU tar and bsdtar; .ci/run runs it"]
fn parents_may_be_missing() {
    let tree = specimen::tree();
    check(
        |mut names| {
            names.retain(|name| !is_dir(&tree, name));
            names
        },
        |expected, names| {
            let first = |dir: &[u8]| {
                let inside = names.iter().filter(|name| is_below(name, dir));
                let kept = inside.filter_map(|name| expected.get(name));
                kept.map(|entry| entry.mtime).next()
            };
            let dirs = expected
                .entries
                .iter()
                .filter(|(_, entry)| entry.kind == EntryKind::Dir);
            let implied: Vec<_> = dirs
                .map(|(path, entry)| (path.clone(), entry.clone(), first(path)))
                .collect();
            for (path, entry, first) in implied {
                match first {
                    Some(mtime) => expected.entries.insert(path, undescribed(entry, mtime)),
                    None => expected.entries.remove(&path),
                };
            }
        },
    );
}
