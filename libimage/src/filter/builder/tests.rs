//! Lists from arguments and files.

use std::collections::BTreeMap;
use std::error::Error as _;

use super::*;
use crate::error::{ErrorKind, ImageError as _};

/// Files in memory.
fn reader<'a>(files: &'a [(&str, &str)]) -> impl FnMut(&Path) -> io::Result<Vec<u8>> + 'a {
    let files: BTreeMap<_, _> = files.iter().copied().collect();
    move |path| {
        let content = path.to_str().and_then(|path| files.get(path));
        let content = content.ok_or(io::ErrorKind::NotFound)?;
        Ok(content.as_bytes().to_vec())
    }
}

fn filter(text: &str) -> Argument {
    Argument::Filter(text.as_bytes().to_vec())
}

/// All rules with their origins.
fn rules(filter: &Filter) -> Vec<String> {
    let rules = filter.rules().iter();
    rules
        .map(|rule| format!("{rule} @ {}", rule.origin))
        .collect()
}

fn build(arguments: &[Argument], files: &[(&str, &str)]) -> Result<Vec<String>, FilterError> {
    Filter::new(arguments, &mut reader(files)).map(|filter| rules(&filter))
}

#[test]
fn every_rule_knows_where_it_stands() {
    let found = build(
        &[
            filter("-s a"),
            Argument::Exclude(b"b".to_vec()),
            Argument::Include(b"c".to_vec()),
            Argument::ExcludeFrom("d".into()),
            Argument::IncludeFrom("e\n".into()),
            filter(". g"),
            filter(""),
        ],
        &[
            ("d", "# a comment\n\n; another\nd1\r\n\r\n+ d2\rd3"),
            ("e\n", "e1"),
            ("g", "P g1\n. h\n-! g2\n"),
            ("h", "-/ h1\n"),
        ],
    );
    let expected = [
        "-s a @ --filter",
        "- b @ --exclude",
        "+ c @ --include",
        "- d1 @ `d` line 4",
        "+ d2 @ `d` line 6",
        "- d3 @ `d` line 7",
        "+ e1 @ `e\\x0a` line 1",
        "-r g1 @ `g` line 1",
        "-/ h1 @ `h` line 1",
        "-! g2 @ `g` line 3",
    ];
    assert_eq!(found.expect("all are rules"), expected);
}

#[test]
fn clearing_forgets_all_that_was_before() {
    let list = [
        filter("- a"),
        Argument::Exclude(b"!".to_vec()),
        filter("- b"),
    ];
    assert_eq!(build(&list, &[]).expect("rules"), ["- b @ --filter"]);
    let list = [filter("- a"), filter(". f")];
    let found = build(&list, &[("f", "- b\n!\n- c")]).expect("rules");
    assert_eq!(found, ["- c @ `f` line 3"]);
}

#[test]
fn merged_files_are_read_as_their_rule_says() {
    let cases: &[(&str, &str, &[&str])] = &[
        (". f", "- a\n+ b", &["- a", "+ b"]),
        (".s f", "- a\n", &["-s a"]),
        (".p/ f", "- a\n", &["-/p a"]),
        (".- f", "a\n- b\n#c\n!", &["- a", "- - b", "- !"]),
        (".+ f", "a b", &["+ a b"]),
        (".w f", "-_a\t+_b\n!\x0c-_c", &["- c"]),
        (".w- f", "a #b\n;c", &["- a", "- #b", "- ;c"]),
        (".C f", "a ! b - c", &["- b", "- -", "- c"]),
        (".e f", "- a", &["- f", "- a"]),
        (".e f", "!\n- a", &["- a"]),
        (".es f", "- a", &["- f", "-s a"]),
    ];
    for (rule, content, expected) in cases {
        let filter = Filter::new(&[filter(rule)], &mut reader(&[("f", content)]));
        let filter = filter.expect("all are rules");
        let found: Vec<_> = filter.rules().iter().map(ToString::to_string).collect();
        assert_eq!(&found, expected, "{rule} {content:?}");
    }
}

#[test]
fn a_file_excludes_itself_by_its_name_alone() {
    let found = build(&[filter(".e etc/f")], &[("etc/f", "")]).expect("rules");
    assert_eq!(found, ["- f @ --filter"]);
}

#[test]
fn what_is_excluded_may_be_deleted_on_demand() {
    let mut builder = Builder::new().delete_excluded();
    let mut read = reader(&[("f", "- c\n")]);
    for rule in ["- a", "-r b", "-sr d", ". f", ".r f"] {
        builder.argument(&filter(rule), &mut read).expect("a rule");
    }
    let found: Vec<_> = builder
        .build()
        .rules()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, ["-s a", "-r b", "- d", "-s c", "-r c"]);
}

/// Files `0` to `count`, each merging the next.
fn chain(count: usize) -> Result<Vec<String>, FilterError> {
    let files: Vec<_> = (0..count)
        .map(|number| (number.to_string(), format!(". {}", number + 1)))
        .chain([(count.to_string(), "- a".to_owned())])
        .collect();
    let files: Vec<_> = files
        .iter()
        .map(|(name, content)| (&name[..], &content[..]))
        .collect();
    build(&[filter(". 0")], &files)
}

#[test]
fn files_merge_each_other_to_a_depth() {
    assert_eq!(chain(31).expect("32 files"), ["- a @ `31` line 1"]);
    let error = chain(32).expect_err("33 files");
    assert_eq!(
        error.to_string(),
        "`31` line 1: the rule `. 32`: files of rules merge each other more than 32 deep"
    );
    let error = build(&[filter(". f")], &[("f", "- a\n. f")]).expect_err("no end");
    assert!(error.to_string().starts_with("`f` line 2: "), "{error}");
}

#[test]
fn errors_say_where_and_what_and_why() {
    let cases: &[(Argument, &str, ErrorKind)] = &[
        (
            filter("*.\x1bo"),
            "--filter: the rule `*.\\x1bo`: there is no such rule",
            ErrorKind::Usage,
        ),
        (
            filter(": .rsync-filter"),
            "--filter: the rule `: .rsync-filter`: rules from a file in each directory (`:`) are not supported",
            ErrorKind::Usage,
        ),
        (
            Argument::ExcludeFrom("f".into()),
            "`f` line 2: the rule `+ `: there is no pattern",
            ErrorKind::Usage,
        ),
        (
            filter(".s f"),
            "`f` line 1: the rule `H a`: it names a side, and so does the rule that merged this file",
            ErrorKind::Usage,
        ),
        (
            filter(". a\0b"),
            "--filter: the rule `. a\\x00b`: there is no file of that name",
            ErrorKind::Usage,
        ),
        (
            filter(". none"),
            "--filter: cannot read the filter rules in `none`",
            ErrorKind::System,
        ),
        (
            filter(". g"),
            "`g` line 1: cannot read the filter rules in `none`",
            ErrorKind::System,
        ),
    ];
    for (argument, message, kind) in cases {
        let files = &[("f", "H a\n+ \n"), ("g", "merge none")];
        let error = build(std::slice::from_ref(argument), files).expect_err(message);
        assert_eq!(error.to_string(), *message);
        assert_eq!(error.kind(), *kind, "{message}");
        assert_eq!(
            error.source().is_some(),
            *kind == ErrorKind::System,
            "{message}"
        );
        assert_eq!(
            error.help().is_some(),
            *kind == ErrorKind::Usage,
            "{message}"
        );
    }
}

#[test]
fn a_long_rule_is_not_shown_in_full() {
    let error = build(&[Argument::Exclude(vec![b'a'; 5000])], &[]).expect_err("too long");
    let message = error.to_string();
    assert!(message.len() < 250, "{message}");
    assert!(
        message.ends_with("…`: the pattern has more than 4095 bytes"),
        "{message}"
    );
}

#[test]
fn the_names_that_cvs_ignores_stand_where_they_are_asked_for() {
    let names = |file: &str| CvsNames {
        file: Some(("home/.cvsignore".into(), Ok(file.as_bytes().to_vec()))),
        variable: b"v ! w".to_vec(),
    };
    let option = Argument::CvsExclude;
    let cases: &[(&[Argument], &str, &[&str])] = &[
        (&[filter("-C")], "a", &["- w @ CVSIGNORE"]),
        (
            &[filter("- x"), filter("+/rC ignored"), filter("- y")],
            "",
            &["- x @ --filter", "+/r w @ CVSIGNORE", "- y @ --filter"],
        ),
        // The first form counts, and the first place.
        (
            &[filter("-C"), filter("- x"), filter("+C")],
            "",
            &["- w @ CVSIGNORE", "- x @ --filter"],
        ),
        (
            &[filter("-!pC"), filter("!"), filter("-sC")],
            "",
            &["-!p w @ CVSIGNORE"],
        ),
        // One that is perishable is passed over itself, whatever the names are.
        (
            &[filter("-C"), filter("!"), filter("-pC"), filter("-C")],
            "",
            &["-p w @ CVSIGNORE", "- w @ CVSIGNORE"],
        ),
        (
            &[filter("-C"), filter("!"), filter("-C"), filter("-pC")],
            "",
            &["- w @ CVSIGNORE"],
        ),
        // Asked for on the other side alone they are for both.
        (
            &[filter("-rC"), filter("!"), filter("-sC")],
            "",
            &["- w @ CVSIGNORE"],
        ),
        (
            &[filter("-rC"), filter("!"), filter("-sC"), filter("-C")],
            "",
            &["-r w @ CVSIGNORE"],
        ),
        (&[filter("-rC"), filter("-sC")], "", &["-r w @ CVSIGNORE"]),
        // The option's place is the end.
        (
            &[option.clone(), filter("- x"), filter("!"), filter("- y")],
            "",
            &["- y @ --filter", "- w @ CVSIGNORE"],
        ),
        (
            &[option, filter("+C"), filter("- y")],
            "",
            &["+ w @ CVSIGNORE", "- y @ --filter"],
        ),
    ];
    for (arguments, file, expected) in cases {
        let mut builder = Builder::new().per_directory().cvs(names(file));
        for argument in *arguments {
            builder.argument(argument, &mut reader(&[])).expect("rules");
        }
        assert_eq!(rules(&builder.build()), *expected, "{arguments:?}");
    }
}

#[test]
fn names_that_cvs_ignores_come_from_three_places() {
    let list = |file, variable: &[u8]| {
        let variable = variable.to_vec();
        let mut builder = Builder::new().cvs(CvsNames { file, variable });
        let added = builder.argument(&filter("-C"), &mut reader(&[]));
        added.map(|()| rules(&builder.build()))
    };
    let file = |content: io::Result<&str>| {
        let content = content.map(|content| content.as_bytes().to_vec());
        Some((PathBuf::from("h"), content))
    };
    let found = list(file(Ok("a  -\n#b\n")), b" c\t").expect("rules");
    assert_eq!(found.len(), 36 + 4);
    assert_eq!(found[..2], ["-p RCS @ -C", "-p SCCS @ -C"]);
    assert_eq!(
        found[35..],
        [
            "-p .bzr/ @ -C",
            "- a @ `h` line 1",
            "- - @ `h` line 1",
            "- #b @ `h` line 2",
            "- c @ CVSIGNORE"
        ]
    );
    let found = list(file(Ok("! a")), b"").expect("rules");
    assert_eq!(found, ["- a @ `h` line 1"]);
    for kind in [io::ErrorKind::NotFound, io::ErrorKind::IsADirectory] {
        let found = list(file(Err(kind.into())), b"").expect("there need be no file");
        assert_eq!(found.len(), 36);
    }
    let error = list(file(Err(io::ErrorKind::PermissionDenied.into())), b"").expect_err("denied");
    assert_eq!(
        error.to_string(),
        "-C: cannot read the names that CVS ignores in `h`"
    );
    let error = list(None, &[b'a'; 5000]).expect_err("too long");
    assert!(
        error.to_string().starts_with("CVSIGNORE: the rule `aaa"),
        "{error}"
    );
}

#[test]
fn the_option_f_counts() {
    let mut builder = Builder::new().per_directory();
    for argument in [
        filter("- a"),
        Argument::RsyncFilter,
        filter("- b"),
        Argument::RsyncFilter,
        filter("- c"),
        Argument::RsyncFilter,
    ] {
        builder
            .argument(&argument, &mut reader(&[]))
            .expect("rules");
    }
    let filter = builder.build();
    assert!(filter.reads_directories());
    let expected = [
        "- a @ --filter",
        "- b @ --filter",
        "- .rsync-filter @ -F",
        "- c @ --filter",
    ];
    assert_eq!(rules(&filter), expected);
}

#[test]
fn a_stream_has_no_directories_to_look_into() {
    for (argument, message) in [
        (Argument::RsyncFilter, "-F: the rule `: /.rsync-filter`: "),
        (Argument::CvsExclude, "-C: the rule `:C`: "),
    ] {
        let error = build(&[argument], &[]).expect_err(message);
        assert!(error.to_string().starts_with(message), "{error}");
    }
}
