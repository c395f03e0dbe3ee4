//! What takes part is what the filter sends, as in a transfer by rsync.

use std::sync::Arc;

use fixtures::tree::{Node, TreeSpec};
use libimage::clone::Options;
use libimage::filter::{Argument, Builder};

use crate::place::Place;

fn place() -> Place {
    let tree = TreeSpec::new()
        .with(Node::dir("var/cache/apt"))
        .with(Node::file("var/cache/apt/list", "x"))
        .with(Node::file("var/cache/apt/.keep", "x"))
        .with(Node::file("var/log", "x"))
        .with(Node::hard_link("var/log.1", "var/log"))
        .with(Node::file("var/.rsync-filter", "- log\n"))
        .with(
            Node::file("a.o", "x")
                .xattr("user.a", "1")
                .xattr("user.b", "2"),
        )
        .with(Node::file("a.c", "x"));
    Place::with(&tree)
}

fn filtered(rules: &[&str]) -> Options {
    let mut builder = Builder::new().per_directory();
    for rule in rules {
        let argument = match *rule {
            "-F" => Argument::RsyncFilter,
            rule => Argument::Filter(rule.as_bytes().to_vec()),
        };
        builder
            .argument(&argument, &mut |_| unreachable!("names no file"))
            .expect("a rule");
    }
    let mut options = Options::default();
    options.filter = Arc::new(builder.build());
    options.verify = true;
    options
}

#[test]
fn what_the_filter_leaves_out_is_not_there() {
    let all = [
        "",
        "a.c",
        "a.o",
        "var",
        "var/.rsync-filter",
        "var/cache",
        "var/cache/apt",
        "var/cache/apt/.keep",
        "var/cache/apt/list",
        "var/log",
        "var/log.1",
    ];
    let cases: [(&[&str], &[&str], u64); 6] = [
        (&[], &[], 0),
        (&["- *.o"], &["a.o"], 1),
        (
            &["- /var/cache/*"],
            &["var/cache/apt", "var/cache/apt/.keep", "var/cache/apt/list"],
            1,
        ),
        (
            &["+ .keep", "- /var/cache/apt/*"],
            &["var/cache/apt/list"],
            1,
        ),
        // The other name of that file stays.
        (&["-F"], &["var/log"], 1),
        (&["P *.o", "-r *.c"], &[], 0),
    ];
    for (rules, missing, filtered_out) in cases {
        let place = place();
        let outcome = place.clone("tree", &filtered(rules)).expect("readable");
        let found = place.snapshot("tree");
        let expected: Vec<_> = all.iter().filter(|name| !missing.contains(name)).collect();
        let found: Vec<_> = found
            .entries
            .keys()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{rules:?}");
        assert_eq!(outcome.extent.filtered, filtered_out, "{rules:?}");
    }
}

#[test]
fn attributes_are_left_out_by_name() {
    for (rules, left) in [
        (&[][..], &["user.a", "user.b"][..]),
        (&["-x user.b"], &["user.a"]),
        (&["+x user.b", "-x user.*"], &["user.b"]),
    ] {
        let place = place();
        place.clone("tree", &filtered(rules)).expect("readable");
        let snapshot = place.snapshot("tree");
        let file = snapshot.get("a.o").expect("is there");
        let names: Vec<_> = file.xattrs.keys().map(Vec::as_slice).collect();
        let expected: Vec<_> = left.iter().map(|name| name.as_bytes()).collect();
        assert_eq!(names, expected, "{rules:?}");
    }
}
