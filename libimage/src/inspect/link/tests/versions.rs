//! Whether the library that is there is new enough.

use super::super::{LinkProblem, Links};
use super::{problems, program, root, x86};
use crate::inspect::LinkProblem::Version;
use crate::inspect::{Dynamic, Requirement};
use crate::path::ImagePath;

/// Name, versions defined, versions needed, problems.
type VersionCase<'a> = (&'a str, &'a [&'a str], &'a [&'a str], Vec<LinkProblem>);

#[test]
fn versions_are_asked_of_a_library_by_its_path_and_by_its_own_name() {
    let lacks = vec![Version {
        requirement: Requirement {
            library: b"libx.so.1".as_slice().into(),
            version: b"X_2".as_slice().into(),
        },
        offered: Some(b"X_1".as_slice().into()),
    }];
    let tree = root().file("opt/other.so", &x86(&["X_1"]));
    let spec = program(|spec| {
        spec.needed = vec!["/opt/other.so".to_owned()];
        spec.requires = vec![("libx.so.1".to_owned(), vec!["X_2".to_owned()])];
    });
    assert_eq!(problems(&tree, "bin/program", &spec), lacks);
}

#[test]
fn versions_must_be_defined_by_the_library_that_is_there() {
    let needs = |versions: &[&str]| {
        let versions = versions.iter().map(ToString::to_string).collect();
        program(|spec| spec.requires = vec![("libx.so.1".to_owned(), versions)])
    };
    let lacks = |version: &str, offered: Option<&str>| Version {
        requirement: Requirement {
            library: b"libx.so.1".as_slice().into(),
            version: version.as_bytes().into(),
        },
        offered: offered.map(|offered| offered.as_bytes().into()),
    };
    let cases: [VersionCase<'_>; 6] = [
        ("there", &["X_1", "X_2"], &["X_2"], vec![]),
        (
            "newer",
            &["X_1.9", "X_1.10"],
            &["X_1.9", "X_1.11"],
            vec![lacks("X_1.11", Some("X_1.10"))],
        ),
        (
            "of no family there",
            &["Y_1"],
            &["X_1"],
            vec![lacks("X_1", None)],
        ),
        (
            "several",
            &["X_1"],
            &["X_2", "X_3"],
            vec![lacks("X_2", Some("X_1")), lacks("X_3", Some("X_1"))],
        ),
        ("a library without versions", &[], &["X_1"], vec![]),
        ("no versions needed", &["X_1"], &[], vec![]),
    ];
    for (name, defined, needed, expected) in cases {
        let tree = root().file("lib/libx.so.1", &x86(defined));
        assert_eq!(
            problems(&tree, "bin/program", &needs(needed)),
            expected,
            "{name}"
        );
    }
}

#[test]
fn the_newest_versions_are_kept() {
    let mut links = Links::default();
    let arch = crate::inspect::Architecture::X86_64;
    let dynamic = |version: &str| Dynamic {
        requires: vec![Requirement {
            library: b"libc.so.6".as_slice().into(),
            version: version.as_bytes().into(),
        }],
        ..Dynamic::default()
    };
    let path = |name: &str| ImagePath::new(name.as_bytes()).expect("valid");
    for (name, version) in [
        ("b", "GLIBC_2.4"),
        ("d", "GLIBC_2.34"),
        ("c", "GLIBC_2.34"),
        ("a", "GLIBC_PRIVATE"),
        ("e", "OTHER_9"),
    ] {
        links.note_needs(&path(name), arch, &dynamic(version));
    }
    let newest: Vec<_> = links.newest(arch).collect();
    let newest: Vec<_> = newest
        .iter()
        .map(|one| (&*one.version, one.path.to_string()))
        .collect();
    assert_eq!(newest, [("GLIBC_2.34", "c".to_owned())]);
    links.note_offered([b"GLIBC_2.9".as_slice(), b"GLIBC_2.10", b"GLIBC_PRIVATE"].into_iter());
    assert_eq!(links.offered().collect::<Vec<_>>(), ["GLIBC_2.10"]);
}
