//! Where members land, and what is refused.

use super::*;

fn metadata() -> Metadata {
    Metadata {
        mode: 0o644,
        ..implied((0, 0), Timestamp::from_seconds(7))
    }
}

fn symlink(target: &str) -> MemberKind {
    MemberKind::Symlink {
        target: target.as_bytes().into(),
    }
}

fn hard_link(target: &str) -> MemberKind {
    MemberKind::HardLink {
        target: target.as_bytes().into(),
    }
}

/// Small ones, so that a test can pass them.
fn limits() -> Limits {
    Limits {
        depth: 5,
        entries: 8,
        ..Limits::default()
    }
}

fn file() -> MemberKind {
    MemberKind::File {
        size: 0,
        sparse: None,
    }
}

type Members = Vec<(&'static str, MemberKind)>;

/// The paths of the tree that the members make, or what the last one was
/// refused for.
fn made(members: Members) -> Result<Vec<String>, String> {
    let mut layout = Layout::new("a.tar".to_owned(), (0, 0), limits());
    place(&mut layout, members)?;
    Ok(paths(&layout.into_records()))
}

fn place(layout: &mut Layout, members: Members) -> Result<(), String> {
    for (path, kind) in members {
        let member = Member {
            path: path.as_bytes().into(),
            kind,
            metadata: metadata(),
            start: 0,
            named_acls: Vec::new(),
        };
        layout.place(member).map_err(|error| error.to_string())?;
    }
    layout.settle_links().map_err(|error| error.to_string())?;
    Ok(())
}

fn paths(records: &Records) -> Vec<String> {
    let mut paths = Vec::new();
    let mut stack = vec![Records::ROOT];
    while let Some(id) = stack.pop() {
        for child in records.children(id).into_iter().rev() {
            stack.push(child);
        }
        if id != Records::ROOT {
            paths.push(records.path(id).to_string());
        }
    }
    paths
}

#[test]
fn honest_members_land_where_a_chroot_would_put_them() {
    use MemberKind::Directory;
    let cases: Vec<(Members, Vec<&str>)> = vec![
        (vec![("./", Directory), ("./a/b", file())], vec!["a", "a/b"]),
        (vec![("/etc/x", file())], vec!["etc", "etc/x"]),
        (
            vec![("var/run", symlink("/run")), ("var/run/x", file())],
            vec!["run", "run/x", "var", "var/run"],
        ),
        (
            vec![
                ("usr/bin", Directory),
                ("bin", symlink("usr/bin")),
                ("bin/sh", file()),
            ],
            vec!["bin", "usr", "usr/bin", "usr/bin/sh"],
        ),
        (
            vec![("a/l", symlink("../b")), ("a/l/x", file())],
            vec!["a", "a/l", "b", "b/x"],
        ),
        (vec![("f", symlink("victim")), ("f", file())], vec!["f"]),
        (
            vec![("d", file()), ("d", Directory), ("d/x", file())],
            vec!["d", "d/x"],
        ),
        (vec![("d", Directory), ("d", symlink("/"))], vec!["d"]),
        (
            vec![
                ("a", file()),
                ("b", hard_link("./a")),
                ("c", hard_link("/b")),
            ],
            vec!["a", "b", "c"],
        ),
        (
            vec![("s", symlink("x")), ("h", hard_link("s"))],
            vec!["h", "s"],
        ),
        (vec![("a", file()), ("a", hard_link("a"))], vec!["a"]),
        // What a hard link names may come behind it.
        (vec![("a", hard_link("b")), ("b", file())], vec!["a", "b"]),
        (
            vec![
                ("a", hard_link("b")),
                ("b", hard_link("c")),
                ("c", hard_link("d/e")),
                ("d/e", file()),
            ],
            vec!["a", "b", "c", "d", "d/e"],
        ),
        (
            vec![
                ("a", hard_link("b")),
                ("a", Directory),
                ("b", file()),
                ("a/x", file()),
            ],
            vec!["b", "a", "a/x"],
        ),
    ];
    for (members, expected) in cases {
        let shown = format!("{members:?}");
        let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(made(members), Ok(expected), "{shown}");
    }
}

#[test]
fn what_leaves_the_tree_or_makes_no_sense_is_refused() {
    use MemberKind::Directory;
    let cases: Vec<(Members, &str)> = vec![
        (vec![("../x", file())], "`..`"),
        (vec![("a/../../x", file())], "`..`"),
        (vec![("", file())], "empty"),
        (vec![(".", file())], "root"),
        (vec![("./", symlink("/"))], "root"),
        (
            vec![("s", symlink("..")), ("s/f", file())],
            "leaves the tree",
        ),
        (
            vec![
                ("in/up", symlink("..")),
                ("in/up/esc", symlink("../victim")),
                ("esc/new", file()),
            ],
            "leaves the tree",
        ),
        (vec![("l", symlink("l")), ("l/x", file())], "circle"),
        (vec![("a/.wh.x", file())], "whiteout"),
        (vec![("s", symlink(""))], "target"),
        (vec![("1/2/3/4/5/6", file())], "nested directories"),
        (
            vec![("l", symlink("a/b/c/d/e")), ("l/x", file())],
            "nested directories",
        ),
        (
            vec![
                ("a/b/c/d", Directory),
                ("l", symlink("a/b/c/d")),
                ("l/e", Directory),
                ("l/e/f", file()),
            ],
            "nested directories",
        ),
        (
            vec![("a/b/c/d/e", file()), ("b/c/d/e/f", file())],
            "more than 8 members",
        ),
        (vec![("f", file()), ("f/x", file())], "no directory"),
        (
            vec![("d", Directory), ("d/x", file()), ("d", file())],
            "not empty",
        ),
        (vec![("h", hard_link("missing"))], "not in the archive"),
        (
            vec![("a", hard_link("b")), ("b", hard_link("a"))],
            "not in the archive",
        ),
        (
            vec![
                ("h", hard_link("s/f")),
                ("s", symlink("d")),
                ("d/f", file()),
            ],
            "symlink",
        ),
        (vec![("h", hard_link("d")), ("d", Directory)], "directory"),
        (vec![("h", hard_link("../x"))], "`..`"),
        (vec![("d", Directory), ("h", hard_link("d"))], "directory"),
        (vec![("h", hard_link("."))], "directory"),
        (
            vec![
                ("d/f", file()),
                ("s", symlink("d")),
                ("h", hard_link("s/f")),
            ],
            "symlink",
        ),
    ];
    for (members, expected) in cases {
        let shown = format!("{members:?}");
        let refused = made(members).expect_err(&shown);
        assert!(refused.contains(expected), "{shown}: {refused}");
    }
}

#[test]
fn a_layer_hides_what_is_below_it_and_nothing_of_its_own() {
    use MemberKind::Directory;
    let lower = || {
        vec![
            ("a/x", file()),
            ("a/y/z", file()),
            ("b", file()),
            ("l", symlink("a")),
        ]
    };
    let cases: Vec<(Members, Vec<&str>)> = vec![
        (
            vec![(".wh.b", file())],
            vec!["a", "a/x", "a/y", "a/y/z", "l"],
        ),
        (vec![(".wh.a", file())], vec!["b", "l"]),
        (vec![("a/.wh.y", file())], vec!["a", "a/x", "b", "l"]),
        (
            vec![("a/.wh.missing", file())],
            vec!["a", "a/x", "a/y", "a/y/z", "b", "l"],
        ),
        (
            vec![("c/.wh.x", file())],
            vec!["a", "a/x", "a/y", "a/y/z", "b", "l"],
        ),
        (
            vec![("l/.wh.x", file())],
            vec!["a", "a/y", "a/y/z", "b", "l"],
        ),
        // Wherever it stands in its layer.
        (
            vec![(".wh.b", file()), ("b", file())],
            vec!["a", "a/x", "a/y", "a/y/z", "b", "l"],
        ),
        (
            vec![("b", file()), (".wh.b", file())],
            vec!["a", "a/x", "a/y", "a/y/z", "b", "l"],
        ),
        (
            vec![("a/new", file()), (".wh.a", file())],
            vec!["a", "a/new", "b", "l"],
        ),
        (
            vec![(".wh.a", file()), ("a/new", file())],
            vec!["a", "a/new", "b", "l"],
        ),
        (
            vec![("a", Directory), (".wh.a", file())],
            vec!["a", "b", "l"],
        ),
        (vec![("a/.wh..wh..opq", file())], vec!["a", "b", "l"]),
        (
            vec![("a/n", file()), ("a/.wh..wh..opq", file()), ("a/m", file())],
            vec!["a", "a/m", "a/n", "b", "l"],
        ),
        (vec![(".wh..wh..opq", file()), ("n", file())], vec!["n"]),
        // A layer may put anything in the place of a directory below it.
        (vec![("a", file())], vec!["a", "b", "l"]),
        (vec![("a", symlink("b"))], vec!["a", "b", "l"]),
        (
            vec![("b", Directory), ("b/n", file())],
            vec!["a", "a/x", "a/y", "a/y/z", "b", "b/n", "l"],
        ),
    ];
    for (upper, expected) in cases {
        let shown = format!("{upper:?}");
        let limits = Limits {
            entries: 100,
            ..limits()
        };
        let mut layout = Layout::new("a.tar".to_owned(), (0, 0), limits);
        layout.begin_layer();
        place(&mut layout, lower()).expect("valid");
        layout.begin_layer();
        place(&mut layout, upper).expect(&shown);
        let mut left = paths(&layout.into_records());
        left.sort();
        assert_eq!(left, expected, "{shown}");
    }
}

#[test]
fn a_layer_may_not_contradict_itself() {
    use MemberKind::Directory;
    let cases: Vec<(Members, &str)> = vec![
        (vec![("a/n", file()), ("a", file())], "not empty"),
        (
            vec![("a", Directory), ("a/n", file()), ("a", symlink("x"))],
            "not empty",
        ),
        (vec![(".wh.", file())], "whiteout"),
        (vec![("a/.wh..", file())], "whiteout"),
        (vec![(".wh.d/x", file())], "whiteout"),
        (vec![(".wh..wh.plnk", file())], "whiteout"),
        (vec![("../.wh.x", file())], "`..`"),
    ];
    for (upper, expected) in cases {
        let shown = format!("{upper:?}");
        let mut layout = Layout::new("a.tar".to_owned(), (0, 0), Limits::default());
        layout.begin_layer();
        place(&mut layout, vec![("a/x", file())]).expect("valid");
        layout.begin_layer();
        let refused = place(&mut layout, upper).expect_err(&shown);
        assert!(refused.contains(expected), "{shown}: {refused}");
    }
}

#[test]
fn names_are_counted_wherever_they_come_from() {
    let long: &'static str = Box::leak("t".repeat(4000).into_boxed_str());
    let cases: Vec<(&str, Members)> = vec![
        ("names", vec![("a", file()), (&long[..200], file())]),
        ("targets", vec![("a", symlink(long))]),
        (
            "names of a symlink",
            vec![
                ("a", symlink(&long[..90])),
                ("b", hard_link("a")),
                ("c", hard_link("a")),
            ],
        ),
        (
            "what waits",
            vec![("b", hard_link(&long[..190])), (&long[..190], file())],
        ),
        (
            "names that wait",
            vec![
                ("b", hard_link("a")),
                ("c", hard_link("a")),
                ("a", symlink(&long[..90])),
            ],
        ),
    ];
    for (name, members) in cases {
        let within = |names| {
            let limits = Limits {
                names,
                ..Limits::default()
            };
            let mut layout = Layout::new("a.tar".to_owned(), (0, 0), limits);
            place(&mut layout, members.clone())
        };
        let refused = within(200).expect_err(name);
        assert!(
            refused.contains("names and link targets"),
            "{name}: {refused}"
        );
        within(8000).expect(name);
    }
}
