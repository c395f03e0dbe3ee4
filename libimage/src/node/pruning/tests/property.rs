//! Whatever the rules and the trees: a comparison finds the same with a listing
//! from which pruning left out what it could as with the tree itself.

use std::path::Path;
use std::sync::Arc;

use fixtures::random::{self, Prng};
use fixtures::tree::{Node, Privilege, TreeSpec};

use super::super::{Pruning, Role};
use crate::diff::{self, Outcome, diff};
use crate::filter::{Argument, BcmLists, Builder};
use crate::manifest;
use crate::monitor::Silent;
use crate::path::ImagePath;
use crate::tree::{LiveTree, RecordedTree, Tree, Want};

/// How many pairs of trees are tried.
const SEEDS: u64 = 50;

/// A pattern for something in one of the trees.
fn pattern(prng: &mut Prng, paths: &[&[u8]]) -> Vec<u8> {
    let path = *prng.pick(paths);
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    let behind = prng
        .pick(&["", "", "/", "/*", "/*", "/**", "/***"])
        .as_bytes();
    match prng.below(10) {
        0..6 => [b"/", path, behind].concat(),
        6 => [name, behind].concat(),
        7 => [b"**/", name].concat(),
        8 => [&name[..1], b"*", behind].concat(),
        _ => (*prng.pick(&[&b"*"[..], b"/*", b"*/", b"/**"])).to_vec(),
    }
}

/// What one tree has and the other has not, or of another kind, and directories
/// among that: there rules are most in the way.
fn odd<'t>(trees: [&'t TreeSpec; 2]) -> Vec<&'t [u8]> {
    let [one, two] = trees;
    let differs = |tree: &TreeSpec, node: &Node| {
        tree.get(&node.path).is_none_or(|other| {
            std::mem::discriminant(&other.kind) != std::mem::discriminant(&node.kind)
        })
    };
    let first = one.nodes.iter().filter(|node| differs(two, node));
    let second = two.nodes.iter().filter(|node| differs(one, node));
    let mut odd: Vec<&[u8]> = first.chain(second).map(|node| &*node.path).collect();
    let directories = one
        .nodes
        .iter()
        .chain(&two.nodes)
        .filter(|node| node.is_dir());
    let directories: Vec<_> = directories.map(|node| &*node.path).collect();
    let of_directories = odd
        .iter()
        .copied()
        .filter(|path| directories.contains(path));
    for path in of_directories.collect::<Vec<_>>() {
        odd.extend([path; 3]);
    }
    odd
}

/// Rules for one of the trees, in text.
fn rules(prng: &mut Prng, trees: [&TreeSpec; 2]) -> Vec<Vec<u8>> {
    let all = trees.into_iter().flat_map(|tree| &tree.nodes);
    let all: Vec<_> = all.map(|node| &*node.path).collect();
    let is_line = |path: &&[u8]| {
        !path.is_empty() && !path.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0))
    };
    let [all, odd] =
        [all, odd(trees)].map(|paths| paths.into_iter().filter(is_line).collect::<Vec<_>>());
    let count = 1 + prng.below(5);
    let prefixes = [
        "- ", "- ", "- ", "- ", "+ ", "H ", "S ", "P ", "R ", "-p ", "-p ", "-! ", "+! ",
    ];
    (0..count)
        .map(|_| {
            let paths = if odd.is_empty() || prng.chance(30) {
                &all
            } else {
                &odd
            };
            let pattern = pattern(prng, paths);
            [prng.pick(&prefixes).as_bytes(), &pattern].concat()
        })
        .collect()
}

/// Options with random rules: one list, or two as in Base Command Manager.
fn options(prng: &mut Prng, trees: [&TreeSpec; 2]) -> (diff::Options, String) {
    let rules = rules(prng, trees);
    let mut options = diff::Options {
        checksum: prng.chance(50),
        delete: prng.chance(80),
        threads: 1,
        ..diff::Options::default()
    };
    let mut text = Vec::new();
    if prng.chance(40) {
        for rule in rules {
            if prng.chance(50) {
                text.extend_from_slice(b"no-new-files: ");
            }
            text.extend_from_slice(&rule);
            text.push(b'\n');
        }
        let lists = BcmLists::parse(&text, Path::new("list"), &mut |_| unreachable!("no file"));
        let lists = lists.expect("rules");
        options.filter = Arc::new(lists.all);
        options.new_files = Some(Arc::new(lists.no_new_files));
    } else {
        let mut builder = Builder::new();
        if prng.chance(20) {
            builder = builder.delete_excluded();
        }
        for rule in rules {
            text.extend_from_slice(&rule);
            text.push(b'\n');
            let argument = Argument::Filter(rule);
            let added = builder.argument(&argument, &mut |_| unreachable!("no file"));
            added.expect("a rule");
        }
        options.filter = Arc::new(builder.build());
    }
    (options, text.escape_ascii().to_string())
}

/// A listing of a tree without what need not be looked into, read back.
fn listed(tree: &dyn Tree, role: Role, options: &diff::Options) -> RecordedTree {
    let pruning = Pruning::of(role, &options.filter, options.new_files.as_deref());
    let left_out = |path: &ImagePath, is_directory| pruning.leaves_out(path, is_directory);
    let mut bytes = Vec::new();
    manifest::list(tree, &mut bytes, options.checksum, &left_out, 1, &Silent).expect("readable");
    let (tree, _) = manifest::read(&bytes[..], "listing").expect("whole");
    tree
}

fn closed(tree: &RecordedTree) -> usize {
    let records = tree.records();
    records.ids().filter(|&id| records.is_closed(id)).count()
}

fn found(outcome: &Outcome) -> String {
    format!(
        "{:#?} {:#?} {:?}",
        outcome.changes, outcome.totals, outcome.blocked
    )
}

#[test]
fn a_comparison_never_misses_what_is_left_out() {
    let mut left_out = [0; 2];
    for seed in 0..SEEDS {
        let privilege = Privilege::current();
        let mut pair = random::pair(seed, 40, privilege);
        // Whole directories are missing on either side.
        if seed.is_multiple_of(2) {
            std::mem::swap(&mut pair.source, &mut pair.target);
        }
        let dir = tempfile::tempdir().expect("a place for the trees");
        let live = |name: &str, spec: &TreeSpec| {
            let path = dir.path().join(name);
            spec.create(&path, privilege);
            LiveTree::open(&path, Want::All).expect("it was made")
        };
        let (source, target) = (live("source", &pair.source), live("target", &pair.target));
        let mut prng = Prng::new(seed);
        for _ in 0..8 {
            let (options, rules) = options(&mut prng, [&pair.source, &pair.target]);
            let expected = diff(&source, &target, &options, &Silent).expect("readable");
            let (one, two) = (
                listed(&source, Role::Source, &options),
                listed(&target, Role::Target, &options),
            );
            left_out[0] += closed(&one);
            left_out[1] += closed(&two);
            for (source, target) in [
                (&one as &dyn Tree, &target as &dyn Tree),
                (&source, &two),
                (&one, &two),
            ] {
                let outcome = diff(source, target, &options, &Silent);
                let outcome =
                    outcome.unwrap_or_else(|error| panic!("seed {seed}, {rules}: {error}"));
                assert_eq!(found(&outcome), found(&expected), "seed {seed}, {rules}");
            }
        }
    }
    assert!(left_out.iter().all(|&count| count > 50), "{left_out:?}");
}
