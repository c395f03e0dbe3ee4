//! Databases of RPM in every format.

mod damage;

use fixtures::rpm::{Header, berkeley, ndb, sqlite, tag};

use super::{DatabaseFormat, Found, List, Source, State, find, take};
use crate::inspect::fake::{Bytes, FakeTree};
use crate::inspect::packages::Package;
use crate::monitor::Silent;
use crate::tree::ReadAt;

const FORMATS: [DatabaseFormat; 3] = [
    DatabaseFormat::RpmSqlite,
    DatabaseFormat::RpmNdb,
    DatabaseFormat::RpmBerkeley,
];

fn make(format: DatabaseFormat, headers: &[Vec<u8>], page: usize) -> Vec<u8> {
    match format {
        DatabaseFormat::RpmSqlite => sqlite(headers, page),
        DatabaseFormat::RpmNdb => ndb(headers),
        _ => berkeley(headers, page == 1024, page),
    }
}

/// A database of packages with these names.
pub(in crate::inspect::packages) fn database(format: DatabaseFormat, names: &[&str]) -> Vec<u8> {
    let headers: Vec<_> = names
        .iter()
        .map(|name| Header::of(name, "1", "2", "x86_64").bytes())
        .collect();
    make(format, &headers, 512)
}

/// The packages, and why some were not read.
fn read_bytes(format: DatabaseFormat, bytes: Vec<u8>) -> (Vec<Package>, Option<String>) {
    let bytes: Box<dyn ReadAt> = Box::new(Bytes(bytes));
    let mut list = List::default();
    let error = Source::new(&*bytes, &Silent)
        .and_then(|source| take(source, format, &mut list))
        .err();
    (list.0, error.map(|error| error.to_string()))
}

#[test]
fn every_format_and_page_size_gives_the_same() {
    // As long as many pages, and as long as every other length on one.
    let headers: Vec<_> = (0..24_u8)
        .map(|number| {
            Header::of(&format!("p{number:02}"), "1.5", "2.el9", "noarch")
                .string(tag::DESCRIPTION, &"d".repeat(usize::from(number) * 131))
                .numbers(tag::EPOCH, &[number.into()])
                .string(tag::VENDOR, "v")
                .bytes()
        })
        .collect();
    for format in FORMATS {
        for page in [512, 1024, 4096, 65536] {
            let (mut found, error) = read_bytes(format, make(format, &headers, page));
            assert_eq!(error, None, "{format} {page}");
            found.sort_unstable();
            assert_eq!(found.len(), headers.len(), "{format} {page}");
            for (number, package) in found.iter().enumerate() {
                let expected = Package {
                    name: format!("p{number:02}").into(),
                    version: format!("{number}:1.5-2.el9").into(),
                    arch: Some("noarch".into()),
                    vendor: Some("v".into()),
                    state: State::INSTALLED,
                };
                assert_eq!(*package, expected, "{format} {page}");
            }
        }
    }
}

#[test]
fn records_of_every_length_are_read() {
    // Across what fits on a page of 512 bytes, and on one more.
    let headers: Vec<_> = (0..1100)
        .map(|length| {
            Header::of("a", "1", "2", "x86_64")
                .string(tag::DESCRIPTION, &"d".repeat(length))
                .string(tag::VENDOR, "the end")
                .bytes()
        })
        .collect();
    for format in FORMATS {
        for headers in headers.chunks(40) {
            let (found, error) = read_bytes(format, make(format, headers, 512));
            assert_eq!((found.len(), error), (headers.len(), None), "{format}");
            for package in found {
                assert_eq!(package.vendor.as_deref(), Some("the end"), "{format}");
            }
        }
    }
}

#[test]
fn files_are_put_together_from_directory_and_name() {
    let header = Header::of("a", "1", "2", "x86_64");
    let whole = header
        .clone()
        .strings(tag::BASENAMES, &["bin", "a", "sh"])
        .numbers(tag::DIRINDEXES, &[1, 0, 0])
        .strings(tag::DIRNAMES, &["/usr/bin/", "/"]);
    let cases: Vec<(&str, Header, &[&str], Option<&str>)> = vec![
        (
            "whole",
            whole.clone(),
            &["a bin", "a usr/bin/a", "a usr/bin/sh"],
            None,
        ),
        ("none", header.clone(), &[], None),
        (
            "no directories",
            header
                .clone()
                .strings(tag::BASENAMES, &["a"])
                .numbers(tag::DIRINDEXES, &[0]),
            &[],
            Some("a package in it has files without a directory"),
        ),
        (
            "fewer indexes than names",
            header
                .clone()
                .strings(tag::BASENAMES, &["a", "b"])
                .numbers(tag::DIRINDEXES, &[0])
                .strings(tag::DIRNAMES, &["/"]),
            &[],
            Some("a package in it has files without a directory"),
        ),
        (
            "more names than there are",
            header.entry(tag::BASENAMES, 8, 3, b"a\0b\0"),
            &[],
            Some("a tag in it reaches beyond its header"),
        ),
    ];
    for (name, header, expected, error) in cases {
        let tree = FakeTree::new().file("var/lib/rpm/Packages.db", &ndb(&[header.bytes()]));
        let mut found = Found::default();
        find(&tree, &mut found, &Silent).expect("readable");
        let mut seen = Vec::new();
        let unread = found.databases[0]
            .visit_files(
                &tree,
                &mut |path, package| {
                    seen.push(format!("{package} {}", String::from_utf8_lossy(path)));
                },
                &Silent,
            )
            .expect("readable");
        assert_eq!(seen, expected, "{name}");
        let unread: Vec<_> = unread.iter().map(|one| one.reason.to_string()).collect();
        assert_eq!(unread, error.as_slice(), "{name}");
    }
}
