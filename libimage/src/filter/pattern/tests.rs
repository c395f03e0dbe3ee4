//! What patterns mean, as tables and against an obvious reference.

use proptest::prelude::*;

use super::*;

fn pattern(text: &str) -> Pattern {
    Pattern::new(text.as_bytes(), Modifiers::default()).expect("a pattern")
}

/// The entries of a small tree; directories end in `/`.
const TREE: [&str; 12] = [
    "foo",
    "bar/",
    "bar/foo/",
    "bar/foo/bar",
    "bar/foo/x.o",
    "bar/foo/sub/",
    "bar/foo/sub/x.o",
    "bar/x.o",
    "foo.o/",
    "foo.o/foo",
    "*",
    "a\\b",
];

#[test]
fn patterns_mean_what_they_mean_in_rsync() {
    let cases: &[(&str, &[&str])] = &[
        // By name.
        ("foo", &["foo", "bar/foo/", "foo.o/foo"]),
        ("foo/", &["bar/foo/"]),
        (
            "*.o",
            &["bar/foo/x.o", "bar/foo/sub/x.o", "bar/x.o", "foo.o/"],
        ),
        ("*.o/", &["foo.o/"]),
        ("?oo", &["foo", "bar/foo/", "foo.o/foo"]),
        ("[!x]*.o", &["foo.o/"]),
        // From the top.
        ("/foo", &["foo"]),
        ("/foo/", &[]),
        ("/bar/foo", &["bar/foo/"]),
        ("/*.o", &["foo.o/"]),
        ("/*/*.o", &["bar/x.o"]),
        ("/bar", &["bar/"]),
        // By the last components.
        ("bar/foo", &["bar/foo/"]),
        ("foo/bar", &["bar/foo/bar"]),
        ("oo/bar", &[]),
        ("foo/*", &["bar/foo/bar", "bar/foo/x.o", "bar/foo/sub/"]),
        ("*/foo", &["bar/foo/", "foo.o/foo"]),
        (
            "*/*/*",
            &[
                "bar/foo/bar",
                "bar/foo/x.o",
                "bar/foo/sub/",
                "bar/foo/sub/x.o",
            ],
        ),
        // Across components.
        ("**", &TREE),
        (
            "foo/**",
            &[
                "bar/foo/bar",
                "bar/foo/x.o",
                "bar/foo/sub/",
                "bar/foo/sub/x.o",
            ],
        ),
        (
            "foo/***",
            &[
                "bar/foo/",
                "bar/foo/bar",
                "bar/foo/x.o",
                "bar/foo/sub/",
                "bar/foo/sub/x.o",
            ],
        ),
        (
            "/bar/foo/***",
            &[
                "bar/foo/",
                "bar/foo/bar",
                "bar/foo/x.o",
                "bar/foo/sub/",
                "bar/foo/sub/x.o",
            ],
        ),
        ("/foo/**", &[]),
        ("/bar/**/x.o", &["bar/foo/x.o", "bar/foo/sub/x.o"]),
        ("**/foo", &["foo", "bar/foo/", "foo.o/foo"]),
        ("**foo", &["foo", "bar/foo/", "foo.o/foo"]),
        ("b**r", &["bar/", "bar/foo/bar"]),
        ("foo/**/", &["bar/foo/sub/"]),
        // Literally: without a wildcard, a backslash is one.
        ("a\\b", &["a\\b"]),
        ("\\*", &["*"]),
        ("[*]", &["*"]),
        ("a\\\\[b]", &["a\\b"]),
        ("a\\b*", &[]),
        // Traps: they match nothing.
        ("/", &[]),
        ("//", &[]),
        ("./foo", &[]),
        ("//foo", &[]),
        ("foo//", &[]),
        ("foo/.", &[]),
        ("../foo", &[]),
        ("[foo", &[]),
        ("foo[", &[]),
        ("*[[:nothing:]]", &[]),
        ("*\\", &[]),
    ];
    for (text, expected) in cases {
        let pattern = pattern(text);
        let found: Vec<_> = TREE
            .into_iter()
            .filter(|entry| {
                let path = entry.strip_suffix('/');
                pattern.matches(path.unwrap_or(entry).as_bytes(), path.is_some())
            })
            .collect();
        assert_eq!(&found, expected, "{text}");
    }
}

#[test]
fn negated_patterns_match_what_they_would_not() {
    let modifiers = Modifiers {
        negated: true,
        ..Modifiers::default()
    };
    let not_a_directory = Pattern::new(b"*/", modifiers).expect("a pattern");
    assert!(not_a_directory.matches(b"a", false));
    assert!(!not_a_directory.matches(b"a", true));
    let broken = Pattern::new(b"[", modifiers).expect("a pattern");
    assert!(broken.matches(b"a", false));
}

#[test]
fn some_texts_are_no_patterns() {
    let longest = vec![b'*'; Pattern::MAX_LEN];
    let longer = vec![b'*'; Pattern::MAX_LEN + 1];
    let cases: &[(&[u8], Option<PatternError>)] = &[
        (b"", Some(PatternError::Empty)),
        (b"a\0b", Some(PatternError::Nul)),
        (&longer, Some(PatternError::TooLong)),
        (&longest, None),
        (b"/", None),
    ];
    for (text, expected) in cases {
        let found = Pattern::new(text, Modifiers::default()).err();
        assert_eq!(found, *expected, "{}", Escaped(text));
    }
}

/// Whoever goes back and tries again would not see the end of these.
#[test]
fn hostile_patterns_take_no_longer_than_others() {
    let name = [b"a".repeat(4000), b"b".to_vec()].concat();
    let path = b"a/".repeat(2000);
    let path = &path[..path.len() - 1];
    for (part, last) in [
        ("*a", "c"),
        ("**a", "c"),
        ("a*", "[c]"),
        ("?*", "/c"),
        ("*/**a", "/c*"),
    ] {
        let text = part.repeat(4000 / part.len()) + last;
        assert!(!pattern(&text).matches(&name, false), "{part}");
        assert!(!pattern(&text).matches(path, false), "{part}");
        assert!(!pattern(&format!("/{text}")).matches(path, false), "{part}");
    }
    assert!(pattern(&("*a".repeat(1000) + "b")).matches(&name, false));
    assert!(pattern(&("**a/".repeat(900) + "a")).matches(path, false));
}

/// What a pattern means, in as few words as can be.
fn reference(pattern: &str, path: &str, is_dir: bool) -> bool {
    let stripped = pattern.strip_suffix('/').filter(|rest| !rest.is_empty());
    if stripped.is_some() && !is_dir {
        return false;
    }
    let pattern = stripped.unwrap_or(pattern);
    let slash = if is_dir && pattern.ends_with("***") {
        "/"
    } else {
        ""
    };
    let path = format!("{path}{slash}");
    let slashes = |text: &str| text.matches('/').count();
    let matches = |text: &str| {
        let unanchored = pattern.strip_prefix('/').unwrap_or(pattern);
        if pattern.contains(['*', '?', '[']) {
            wild(unanchored.as_bytes(), text.as_bytes())
        } else {
            unanchored == text
        }
    };
    if !pattern.contains("**") && !pattern.contains('/') {
        matches(path.rsplit('/').next().expect("one component"))
    } else if pattern.starts_with("**") {
        matches(&format!("/{path}"))
    } else if pattern.starts_with('/') {
        matches(&path)
    } else {
        // Every end of the path that starts at a component.
        let starts = path.match_indices('/').map(|(slash, _)| slash + 1);
        let mut ends = [0].into_iter().chain(starts).map(|start| &path[start..]);
        ends.any(|end| {
            let is_tried = pattern.contains("**") || slashes(end) == slashes(pattern);
            is_tried && matches(end)
        })
    }
}

fn wild(pattern: &[u8], text: &[u8]) -> bool {
    let one = |is_taken: &dyn Fn(u8) -> bool, rest| {
        let (first, text) = text.split_first().expect("not empty");
        *first != b'/' && is_taken(*first) && wild(rest, text)
    };
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => {
            let stars = rest.iter().take_while(|byte| **byte == b'*').count();
            (0..=text.len()).any(|taken| wild(&rest[stars..], &text[taken..]))
        }
        [b'*', rest @ ..] => (0..=text.len())
            .take_while(|taken| !text[..*taken].contains(&b'/'))
            .any(|taken| wild(rest, &text[taken..])),
        _ if text.is_empty() => false,
        [b'?', rest @ ..] => one(&|_| true, rest),
        [b'[', b'!', no, b']', rest @ ..] => one(&|byte| byte != *no, rest),
        [b'[', a, b, b']', rest @ ..] => one(&|byte| [*a, *b].contains(&byte), rest),
        [b'\\', literal, rest @ ..] | [literal, rest @ ..] => {
            text[0] == *literal && wild(rest, &text[1..])
        }
    }
}

/// Patterns of a few parts, classes only as [`wild`] knows them.
fn texts() -> impl Strategy<Value = String> {
    let parts = [
        "a", "b", "a", "b", "/", "/", "/", "?", "*", "*", "**", "***", "[!a]", "[ab]", "[/a]",
        "\\a", "\\/", "\\*",
    ];
    let part = proptest::sample::select(parts.to_vec());
    proptest::collection::vec(part, 1..9).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn patterns_agree_with_the_reference(
        text in texts(),
        path in "[ab*]{1,3}(/[ab*]{1,2}){0,3}",
        is_dir: bool,
    ) {
        let found = pattern(&text).matches(path.as_bytes(), is_dir);
        prop_assert_eq!(found, reference(&text, &path, is_dir));
    }

    /// A pattern of more places than fit in a word is no other.
    #[test]
    fn long_patterns_agree_with_the_reference(
        text in texts(),
        path in "[ab]{1,3}(/[ab]{1,2}){0,3}",
        before in 0..200_usize,
        is_dir: bool,
    ) {
        let (text, path) = ["x".repeat(before) + &text, "x".repeat(before) + &path].into();
        let found = pattern(&text).matches(path.as_bytes(), is_dir);
        prop_assert_eq!(found, reference(&text, &path, is_dir));
    }
}
