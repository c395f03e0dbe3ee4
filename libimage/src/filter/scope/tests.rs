//! Rules in the directories of a tree.

use super::*;
use crate::error::{ErrorKind, ImageError as _};
use crate::filter::Argument;

fn path(text: &str) -> ImagePath {
    ImagePath::new(text.as_bytes()).expect("valid")
}

/// Files in memory.
type Files<'a> = &'a [(&'a str, &'a str)];

fn read(files: Files<'_>, path: &ImagePath) -> Option<Vec<u8>> {
    let mut files = files.iter();
    let file = files.find(|(name, _)| name.as_bytes() == path.as_bytes());
    file.map(|(_, content)| content.as_bytes().to_vec())
}

fn filter(rules: &[&str]) -> Result<Filter, FilterError> {
    let mut builder = Builder::new().per_directory();
    for rule in rules {
        let argument = Argument::Filter(rule.as_bytes().to_vec());
        builder.argument(&argument, &mut |_| unreachable!("no file is merged"))?;
    }
    Ok(builder.build())
}

/// The rule that decides about an entry, in short.
fn decide(filter: &Filter, files: Files<'_>, entry: &str) -> Result<String, FilterError> {
    let entry = path(entry);
    let mut read = |path: &ImagePath| Ok(read(files, path));
    let mut scope = filter.scope(Side::Sender, &mut read)?;
    let slashes = entry.as_bytes().iter().enumerate();
    for (slash, _) in slashes.filter(|(_, byte)| **byte == b'/') {
        let directory = ImagePath::new(&entry.as_bytes()[..slash]).expect("valid");
        scope = scope.enter(&directory, &mut read)?;
    }
    let decision = scope.decide(Side::Sender, &entry, false);
    Ok(decision.rule().map(ToString::to_string).unwrap_or_default())
}

#[test]
fn a_directorys_rules_hold_in_it_and_beneath() {
    // Rules, files, entries with what decides about them.
    type Case<'a> = (&'a [&'a str], Files<'a>, &'a [(&'a str, &'a str)]);
    let cases: &[Case<'_>] = &[
        (
            &[": .r"],
            &[("d/.r", "- a")],
            &[
                ("a", ""),
                ("d", ""),
                ("d/a", "- a"),
                ("d/e/a", "- a"),
                ("x/a", ""),
            ],
        ),
        (
            &[": .r"],
            &[
                (".r", "- /a\n- d/a"),
                ("d/.r", "- /b\n- e/b"),
                ("d/e/.r", "- /d/e/**"),
            ],
            &[
                ("a", "- /a"),
                ("d/a", "- d/a"),
                ("d/b", "- /b"),
                ("d/e/b", "- e/b"),
                ("d/e/c", ""),
                ("x/a", ""),
            ],
        ),
        // The deepest directory comes first.
        (
            &[": .r"],
            &[(".r", "- a\n- b"), ("d/.r", "+ a")],
            &[("a", "- a"), ("d/a", "+ a"), ("d/b", "- b")],
        ),
        // All of them stand where the rule stands that names them.
        (
            &["- a", ": .r", "- *"],
            &[(".r", "+ a\n+ b")],
            &[("a", "- a"), ("b", "+ b"), ("c", "- *")],
        ),
        (
            &[": .s", ": .r"],
            &[(".r", "+ a"), ("d/.s", "- a")],
            &[("a", "+ a"), ("d/a", "- a")],
        ),
        // Clearing is for what the same rule brought.
        (
            &["- c", ": .r"],
            &[(".r", "- a\n- b"), ("d/.r", "- b\n!\n+ e")],
            &[
                ("a", "- a"),
                ("d/a", ""),
                ("d/b", ""),
                ("d/c", "- c"),
                ("d/e", "+ e"),
            ],
        ),
        (&[":n .r"], &[(".r", "- a")], &[("a", "- a"), ("d/a", "")]),
        (
            &[":e .r"],
            &[("d/.r", "- a")],
            &[(".r", "- .r"), ("d/.r", "- .r"), ("d/a", "- a")],
        ),
        (
            &[":sw- .r"],
            &[(".r", "a !")],
            &[("a", "-s a"), ("!", "-s !")],
        ),
        (
            &[":C"],
            &[(".cvsignore", "a b"), ("d/.cvsignore", "c")],
            &[("a", "- a"), ("d/a", ""), ("d/c", "- c")],
        ),
        // A path only says where the search starts, which is never above.
        (
            &[": /a/.r", ":n .r"],
            &[(".r", "- a"), ("a/.r", "- b")],
            &[("a", "- a"), ("d/a", "- a"), ("a/b", "- b"), ("b", "")],
        ),
        (&[": d/"], &[("d/.r", "- a")], &[("d/a", "")]),
        (&[":e d/.r"], &[], &[("e/.r", "- .r")]),
        // What is merged is anchored at the top, and for both sides.
        (
            &[": .r"],
            &[("d/.r", "- b\n. ./x\n- c"), ("d/x", "-r /a\n- /d/a\n-r e")],
            &[
                ("d/a", "- /d/a"),
                ("d/e", "- e"),
                ("d/f/c", "- c"),
                ("e", ""),
            ],
        ),
        // A bare name is one at the top.
        (
            &[": .r"],
            &[("d/.r", ". x"), ("x", "- a"), ("d/x", "- b")],
            &[("d/a", "- a"), ("d/b", "")],
        ),
        // A file that a directory names holds in it and beneath.
        (
            &[": .r"],
            &[
                ("d/.r", "+ a\n: .s\n- b"),
                ("d/.s", "- a\n+ b\n- /e/c"),
                ("d/e/.s", "- d\n!\n+ d"),
                ("x/.s", "- a"),
            ],
            &[
                ("d/a", "+ a"),
                ("d/b", "+ b"),
                ("d/e/b", "- b"),
                ("d/e/d", "+ d"),
                ("d/f/e/c", ""),
                ("d/e/c", ""),
                ("x/a", ""),
            ],
        ),
        (
            &[": .r"],
            &[("d/.r", ": .s"), ("d/e/.r", "!"), ("d/e/.s", "- a")],
            &[("d/e/a", ""), ("d/f/a", "")],
        ),
        // One that is for the other side is not named at all.
        (
            &[": .r"],
            &[("d/.r", ":r .s\n- a\n: .s"), ("d/.s", "+ a\n+ b")],
            &[("d/a", "- a"), ("d/b", "+ b")],
        ),
        // It is looked for above as well, if its path says so.
        (
            &[": .r"],
            &[
                ("d/e/.r", ": ../.s"),
                (".s", "- a"),
                ("d/.s", "- /f\n- /e/b\n. x"),
                ("d/x", "- c"),
            ],
            &[("d/e/a", ""), ("d/e/b", "- /e/b"), ("d/e/c", "- c")],
        ),
        (
            &[": .r"],
            &[("d/e/.r", ": /.s"), (".s", "- a\n+ b"), ("d/.s", "- b")],
            &[("d/e/a", "- a"), ("d/e/b", "- b")],
        ),
        (
            &[": .r"],
            &[("d/.r", "-C\n+ a"), ("d/e/.r", "!\n-C")],
            &[
                ("a.o", ""),
                ("d/a.o", "-p *.o"),
                ("d/e/a.o", "-p *.o"),
                ("d/a", "+ a"),
            ],
        ),
        // A file is read for the first rule that names it.
        (&[":r .r", ":s .r"], &[(".r", "- a")], &[("a", "")]),
        (
            &[":r .r", "- a", "!", ":s .r"],
            &[(".r", "+ a")],
            &[("a", "+s a")],
        ),
        // Wildcards in the directory's path are none of its patterns.
        (
            &[": .r"],
            &[("[d]/.r", "- /a")],
            &[("[d]/a", "- /a"), ("d/a", "")],
        ),
    ];
    for (rules, files, entries) in cases {
        let filter = filter(rules).expect("rules");
        for (entry, expected) in *entries {
            let found = decide(&filter, files, entry).expect("rules");
            assert_eq!(found, *expected, "{rules:?} {files:?}: {entry}");
        }
    }
}

#[test]
fn what_is_excluded_in_a_directory_may_be_deleted_on_demand() {
    let mut builder = Builder::new().per_directory().delete_excluded();
    let argument = Argument::Filter(b": .r".to_vec());
    let added = builder.argument(&argument, &mut |_| unreachable!("no file is merged"));
    added.expect("a rule");
    let found = decide(&builder.build(), &[(".r", "- a")], "a");
    assert_eq!(found.expect("rules"), "-s a");
}

#[test]
fn errors_name_the_file_of_the_directory() {
    let cases: &[(&str, &str)] = &[
        (
            "foo",
            "`d/.r` line 2: the rule `foo`: there is no such rule",
        ),
        (
            "-x user.a",
            "`d/.r` line 2: the rule `-x user.a`: a rule for extended attributes (`x`) does not count in a directory",
        ),
        (
            ". ../../x",
            "`d/.r` line 2: the rule `. ../../x`: it names a file outside of the tree that it stands in",
        ),
        (
            ". none",
            "`d/.r` line 2: cannot read the filter rules in `none`",
        ),
        (
            ". ./wrong",
            "`d/wrong` line 1: the rule `foo`: there is no such rule",
        ),
        (
            ". ./self",
            "`d/self` line 1: the rule `. ./self`: files of rules merge each other more than 32 deep",
        ),
    ];
    let filter = filter(&[": .r"]).expect("rules");
    let filter = filter.at(Path::new("/images/a"), Path::new("/images/b"));
    for (rule, expected) in cases {
        let content = format!("- a\n{rule}");
        let files: Files<'_> = &[
            ("d/.r", &content),
            ("d/wrong", "foo"),
            ("d/self", ". ./self"),
        ];
        let error = decide(&filter, files, "d/a").expect_err(rule);
        assert_eq!(error.to_string(), *expected);
    }
    let denied = io::ErrorKind::PermissionDenied;
    let error = filter
        .scope(Side::Sender, &mut |_| Err(denied.into()))
        .expect_err("denied");
    assert_eq!(
        error.to_string(),
        "--filter: cannot read the filter rules in `.r`"
    );
    assert_eq!(error.kind(), ErrorKind::System);
}

#[test]
fn what_directories_merge_has_an_end() {
    let filter = filter(&[": .r"]).expect("rules");
    // Each line has the same read again; so would each of those.
    let many = ". ./empty\n".repeat(300);
    let large = format!("#{}", "a".repeat((1 << 20) - 1));
    for (rules, expected) in [
        (
            &many[..],
            "`d/.r` line 257: cannot read the filter rules in `d/empty`",
        ),
        (
            ". ./large\n. ./empty",
            "`d/.r` line 2: cannot read the filter rules in `d/empty`",
        ),
    ] {
        let files: Files<'_> = &[("d/.r", rules), ("d/empty", ""), ("d/large", &large)];
        let error = decide(&filter, files, "d/a").expect_err(expected);
        assert_eq!(error.to_string(), expected);
    }
    let half = format!("#{}", "a".repeat((1 << 19) - 1));
    let files: Vec<_> = ["d/.r", "d/d/.r", "d/d/d/.r", "d/d/d/d/.r", "d/d/d/d/d/.r"]
        .map(|name| (name, &half[..]))
        .into();
    decide(&filter, &files, "d/d/d/d/a").expect("as much as may be");
    let error = decide(&filter, &files, "d/d/d/d/d/a").expect_err("one too many");
    let source = std::error::Error::source(&error).expect("why");
    assert_eq!(
        source.to_string(),
        "with those of the directories above it is too large"
    );
    let named = |count: usize| {
        let rules = (0..count).map(|number| format!(": .{number}"));
        rules.collect::<Vec<_>>().join("\n")
    };
    let most = named(MAX_PER_DIRECTORY);
    decide(&filter, &[("d/.r", &most)], "d/a").expect("as many as may be");
    let error = decide(&filter, &[("d/.r", &named(MAX_PER_DIRECTORY + 1))], "d/a");
    assert_eq!(
        error.expect_err("one too many").to_string(),
        "`d/.r` line 101: the rule `: .100`: rules in directories name more than 100 further files for each directory"
    );
}
