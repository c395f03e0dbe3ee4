//! Listings of nodes that differ, break off and hang.
#![allow(
    clippy::disallowed_methods,
    reason = "makes what nodes wrote as any program would"
)]

use std::path::Path;

use fixtures::tree::{Node, Privilege, TreeSpec};

use super::*;
use crate::entry::Kind;
use crate::manifest;
use crate::monitor::Silent;
use crate::tree::{LiveTree, RecordedTree, Records, Want};

fn image() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir(""))
        .with(Node::dir("etc"))
        .with(Node::file("etc/hostname", "image\n"))
        .with(Node::file("etc/fstab", "none\n"))
}

/// What a node with this tree writes.
fn write(directory: &Path, name: &str, tree: &TreeSpec) -> Member {
    let live = directory.join(format!("{name}.tree"));
    tree.create(&live, Privilege::current());
    let live = LiveTree::open(&live, Want::All).expect("opens");
    let mut text = Vec::new();
    manifest::build(&live, &mut text, 1, &Silent).expect("readable");
    let path = directory.join(name);
    std::fs::write(&path, text).expect("writes");
    Member::Listing {
        name: name.to_owned(),
        path,
    }
}

fn open(directory: &Path, tree: &TreeSpec) -> LiveTree {
    let path = directory.join("image.tree");
    tree.create(&path, Privilege::current());
    LiveTree::open(&path, Want::All).expect("opens")
}

fn names(outcome: &Outcome) -> Vec<(String, u64)> {
    let groups = outcome.groups.iter();
    groups
        .map(|group| (group.names.join(" "), group.totals.changes()))
        .collect()
}

#[test]
fn nodes_are_grouped_by_what_would_be_done() {
    let dir = tempfile::tempdir().expect("makes");
    let source = open(dir.path(), &image());
    let edited = |content: &str| {
        let mut tree = image();
        tree.get_mut("etc/hostname").expect("there").kind = Node::file("", content).kind;
        tree
    };
    let more = image().with(Node::file("etc/local", "x"));
    let members = [
        write(dir.path(), "n1", &edited("a node\n")),
        write(dir.path(), "n2", &image()),
        // Of another size, and to be replaced as well.
        write(dir.path(), "n3", &edited("another node\n")),
        write(dir.path(), "n4", &more),
        write(dir.path(), "n5", &edited("n5\n")),
    ];
    for at_once in [1, 3] {
        let options = Options {
            at_once: NonZero::new(at_once).expect("not zero"),
            ..Options::default()
        };
        let outcome = fleet(&source, &members, &options, &Silent).expect("readable");
        let found = names(&outcome);
        let expected = [("n1 n3 n5", 1), ("n2", 0), ("n4", 1)];
        let expected = expected.map(|(names, count)| (names.to_owned(), count));
        assert_eq!(found, expected);
        assert!(outcome.failed.is_empty() && outcome.warnings.is_empty());
        let changes = outcome.groups[2].changes.as_ref().expect("few");
        assert_eq!(changes[0].path.as_bytes(), b"etc/local");
        let beside = outcome.groups[2].beside(&outcome.groups[0]).expect("kept");
        assert_eq!(beside.len(), 1);
        let itself = outcome.groups[0].beside(&outcome.groups[0]).expect("kept");
        assert!(itself.is_empty());
    }
}

#[test]
fn what_cannot_be_read_is_told_and_stops_nothing() {
    let dir = tempfile::tempdir().expect("makes");
    let source = open(dir.path(), &image());
    let members = [
        write(dir.path(), "cut", &image()),
        write(dir.path(), "well", &image()),
        Member::Listing {
            name: "gone".to_owned(),
            path: dir.path().join("gone"),
        },
    ];
    let cut = dir.path().join("cut");
    let text = std::fs::read(&cut).expect("there");
    std::fs::write(&cut, &text[..text.len() - 20]).expect("writes");
    let outcome = fleet(&source, &members, &Options::default(), &Silent).expect("readable");
    assert_eq!(names(&outcome), [("well".to_owned(), 0)]);
    let failed: Vec<_> = outcome.failed.iter().map(|one| &*one.name).collect();
    assert_eq!(failed, ["cut", "gone"]);
    assert!(outcome.failed[0].error.to_string().contains("corrupt"));
}

#[test]
fn more_changes_than_are_kept_are_counted() {
    let dir = tempfile::tempdir().expect("makes");
    let source = open(dir.path(), &image());
    let empty = TreeSpec::new().with(Node::dir(""));
    let members = [
        write(dir.path(), "n1", &empty),
        write(dir.path(), "n2", &image().with(Node::fifo("p"))),
    ];
    let options = Options {
        most_changes: 2,
        at_once: NonZero::new(1).expect("not zero"),
        ..Options::default()
    };
    let outcome = fleet(&source, &members, &options, &Silent).expect("readable");
    let kept: Vec<_> = outcome
        .groups
        .iter()
        .map(|group| group.changes.as_ref().map(Vec::len))
        .collect();
    assert_eq!(kept, [None, Some(1)]);
    assert_eq!(outcome.groups[0].totals.changes(), 3);
}

#[test]
fn content_is_compared_with_what_was_remembered() {
    let dir = tempfile::tempdir().expect("makes");
    let source = open(dir.path(), &image());
    let mut other = image();
    other.get_mut("etc/fstab").expect("there").kind = Node::file("", "nome\n").kind;
    let members = [
        write(dir.path(), "n1", &other),
        write(dir.path(), "n2", &image()),
        write(dir.path(), "n3", &other),
    ];
    let mut options = Options::default();
    let quick = fleet(&source, &members, &options, &Silent).expect("readable");
    assert_eq!(names(&quick), [("n1 n2 n3".to_owned(), 0)]);
    options.diff.checksum = true;
    let outcome = fleet(&source, &members, &options, &Silent).expect("readable");
    let expected = [("n1 n3", 1), ("n2", 0)].map(|(names, count)| (names.to_owned(), count));
    assert_eq!(names(&outcome), expected);
}

#[test]
fn a_source_that_cannot_be_read_and_a_stop_are_errors() {
    struct Stopped;
    impl Monitor for Stopped {
        fn begin(&self, _: Phase, _: Option<u64>) {}
        fn advance(&self, _: u64, _: u64) {}
        fn warn(&self, _: monitor::Warning) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let dir = tempfile::tempdir().expect("makes");
    let source = open(dir.path(), &image());
    let members = [write(dir.path(), "n1", &image())];
    assert!(fleet(&source, &members, &Options::default(), &Stopped).is_err());
    let options = Options {
        time_limit: Some(Duration::ZERO),
        ..Options::default()
    };
    let outcome = fleet(&source, &members, &options, &Silent).expect("readable");
    assert!(matches!(
        outcome.failed[..],
        [Failed {
            error: MemberError::TooLong,
            ..
        }]
    ));
}

/// A listing of a tree in which some directories are left out.
fn listed(directory: &Path, tree: &dyn Tree, left_out: &[&str]) -> crate::open::Opened {
    let mut text = Vec::new();
    let is_left_out = |path: &ImagePath, _| left_out.contains(&&*path.to_string());
    manifest::list(tree, &mut text, false, &is_left_out, 1, &Silent).expect("readable");
    let path = directory.join("listing");
    std::fs::write(&path, text).expect("writes");
    let choice = crate::source::Choice::default();
    crate::open::open(&path, Want::All, &choice, &Limits::default(), &Silent).expect("ours")
}

#[test]
fn what_a_source_does_not_list_may_be_left_out() {
    let dir = tempfile::tempdir().expect("makes");
    let tree = image()
        .with(Node::dir("scratch"))
        .with(Node::file("scratch/data", "x"));
    let source = listed(dir.path(), &open(dir.path(), &tree), &["scratch"]);
    let members = [write(dir.path(), "n1", &tree.with(Node::fifo("p")))];
    let mut options = Options::default();
    let outcome = fleet(source.tree(), &members, &options, &Silent).expect("readable");
    assert_eq!(outcome.failed.len(), 1, "it must be looked into");
    let rule = crate::filter::Argument::Exclude(b"/scratch".to_vec());
    let filter = crate::filter::Filter::new(&[rule], &mut |_| unreachable!("no file is named"));
    options.diff.filter = std::sync::Arc::new(filter.expect("a rule"));
    let outcome = fleet(source.tree(), &members, &options, &Silent).expect("readable");
    assert_eq!(names(&outcome), [("n1".to_owned(), 1)]);
}

#[test]
fn who_answers_first_changes_nothing() {
    let dir = tempfile::tempdir().expect("makes");
    let source = open(dir.path(), &image());
    let members: Vec<_> = ["n1", "n2", "n3"]
        .into_iter()
        .map(|name| {
            let content = name.repeat(usize::from(name.as_bytes()[1] - b'0'));
            write(
                dir.path(),
                name,
                &image().with(Node::file("local", content)),
            )
        })
        .collect();
    let shown = |order: [usize; 3]| {
        let mut gathered = Gathered {
            groups: HashMap::new(),
            failed: Vec::new(),
            warnings: HashMap::new(),
            kept: 0,
        };
        for number in order {
            let compared = compare(&source, &members[number], &Options::default(), &Silent);
            gathered.add(number, compared.expect("readable"), 10);
            gathered.warn(number, vec![format!("of {number}"), "of all".to_owned()]);
        }
        format!("{:#?}", gathered.finish(&members))
    };
    let expected = shown([0, 1, 2]);
    for order in [[1, 0, 2], [2, 1, 0], [2, 0, 1]] {
        assert_eq!(shown(order), expected, "{order:?}");
    }
}

#[test]
fn what_is_mounted_on_a_node_hides_what_is_beneath_it() {
    let dir = tempfile::tempdir().expect("makes");
    let tree = image().with(Node::dir("proc")).with(Node::dir("data"));
    let source = open(dir.path(), &tree);
    for (mount, hides) in [("proc", false), ("data", true)] {
        let live = source.root().expect("there").1;
        let mut records = Records::new(source.root().expect("there").0.metadata);
        for mut entry in live.entries(&Silent).expect("readable") {
            if entry.name == mount.as_bytes().into() {
                entry.kind = Kind::Mount;
            }
            records.insert(Records::ROOT, entry);
        }
        let node = RecordedTree::new(records, String::new());
        listed(dir.path(), &node, &[]);
        let members = [Member::Listing {
            name: "n1".to_owned(),
            path: dir.path().join("listing"),
        }];
        let outcome = fleet(&source, &members, &Options::default(), &Silent).expect("readable");
        let [group] = &outcome.groups[..] else {
            panic!("{outcome:#?}");
        };
        assert_eq!(group.hides, hides, "{mount}");
    }
}
