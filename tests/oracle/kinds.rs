//! Everything in the place of everything else.

use fixtures::tree::{Node, TreeSpec};

use crate::pairs::Pair;
use crate::rsync::{Question, shown};

/// Something by the name `x` in a directory, of every sort.
fn sorts(at: &str) -> Vec<(&'static str, Vec<Node>)> {
    let x = format!("{at}/x");
    let within = |name: &str| format!("{x}/{name}");
    vec![
        ("nothing", vec![]),
        ("file", vec![Node::file(&*x, "text")]),
        ("empty-file", vec![Node::file(&*x, "")]),
        ("symlink", vec![Node::symlink(&*x, "nowhere")]),
        (
            "symlink-to-directory",
            vec![Node::symlink(&*x, "../beside")],
        ),
        ("fifo", vec![Node::fifo(&*x)]),
        ("socket", vec![Node::socket(&*x)]),
        ("char", vec![Node::char_device(&*x, 1, 3)]),
        ("block", vec![Node::block_device(&*x, 259, 3)]),
        ("empty-directory", vec![Node::dir(&*x)]),
        (
            "directory",
            vec![
                Node::dir(&*x),
                Node::file(within("a"), "a"),
                Node::fifo(within("p")),
                Node::dir(within("d")),
                Node::dir(within("d/e")),
                Node::symlink(within("d/e/l"), ".."),
            ],
        ),
        (
            "directory-with-links",
            vec![
                Node::dir(&*x),
                Node::file(within("a"), "a"),
                Node::hard_link(within("b"), within("a")),
                Node::dir(within("d")),
                Node::hard_link(within("d/c"), within("a")),
            ],
        ),
        (
            "closed-directory",
            vec![Node::dir(&*x).mode(0), Node::file(within("a"), "a")],
        ),
    ]
}

/// A directory for each two of them, with one on each side.
pub(crate) fn every_two() -> [TreeSpec; 2] {
    let beside = || {
        TreeSpec::new()
            .with(Node::dir(""))
            .with(Node::dir("beside"))
            .with(Node::file("beside/a", "a"))
    };
    let (mut source, mut target) = (beside(), beside());
    let names: Vec<_> = sorts("").into_iter().map(|(name, _)| name).collect();
    for (one, first) in names.iter().enumerate() {
        for (two, second) in names.iter().enumerate() {
            let at = format!("{first}-for-{second}");
            for (tree, which) in [(&mut source, one), (&mut target, two)] {
                tree.push(Node::dir(&*at));
                for node in sorts(&at).swap_remove(which).1 {
                    tree.push(node);
                }
            }
        }
    }
    [source, target]
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn everything_takes_the_place_of_everything() {
    let [source, target] = every_two();
    let pair = Pair::new(&source, &target);
    for question in Question::ALL {
        for threads in [1, 4] {
            let found = pair.mismatches(question, threads);
            assert!(found.is_empty(), "{question:?}\n{}", shown(&found));
        }
    }
}
