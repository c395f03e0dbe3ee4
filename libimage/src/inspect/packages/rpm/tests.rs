//! Databases of RPM, whole, damaged and hostile.

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

fn names(packages: &[Package]) -> String {
    let names: Vec<_> = packages.iter().map(|package| &*package.name).collect();
    names.join(" ")
}

#[test]
fn every_format_and_page_size_gives_the_same() {
    // As long as many pages, and as long as every other length on one.
    let headers: Vec<_> = (0..24)
        .map(|number| {
            Header::of(&format!("p{number:02}"), "1.5", "2.el9", "noarch")
                .string(tag::DESCRIPTION, &"d".repeat(number * 131))
                .numbers(tag::EPOCH, &[number as u32])
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
fn a_database_that_ends_early_is_never_taken_for_whole() {
    for format in FORMATS {
        let whole = database(format, &["one", "two"]);
        let (all, error) = read_bytes(format, whole.clone());
        assert_eq!((all.len(), error), (2, None), "{format}");
        for end in 0..whole.len() {
            let (found, error) = read_bytes(format, whole[..end].to_vec());
            assert!(
                found.len() == 2 || error.is_some(),
                "{format}: {} packages of {end} bytes",
                found.len()
            );
        }
    }
}

#[test]
fn any_byte_may_be_wrong() {
    for format in FORMATS {
        let whole = database(format, &["one", "two"]);
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let (found, _) = read_bytes(format, bytes);
                assert!(found.len() <= whole.len() / 16, "{format} at {at}");
            }
        }
    }
}

/// Puts bytes over others.
fn patched(mut bytes: Vec<u8>, patches: &[(usize, &[u8])]) -> Vec<u8> {
    for (at, patch) in patches {
        bytes[*at..at + patch.len()].copy_from_slice(patch);
    }
    bytes
}

#[test]
fn hostile_files_are_refused_in_words() {
    use DatabaseFormat::{RpmBerkeley, RpmNdb, RpmSqlite};
    let long = Header::of("a", "1", "2", "x86_64")
        .string(tag::DESCRIPTION, &"d".repeat(2000))
        // Behind the rest, so that all of the chain is read.
        .string(tag::VENDOR, "v")
        .bytes();
    let sqlite = make(RpmSqlite, &[long.clone()], 512);
    let ndb = make(RpmNdb, &[long.clone()], 512);
    let bdb = berkeley(&[long], false, 512);
    let longer = Header::of("a", "1", "2", "x86_64")
        .string(tag::DESCRIPTION, &"d".repeat(20_000))
        .string(tag::VENDOR, "v")
        .bytes();
    // Two pages that follow each other, for some forty.
    let mut sqlite_circle = make(RpmSqlite, &[longer.clone()], 512);
    let last = sqlite_circle.len() - 512;
    sqlite_circle.copy_within(last.., 4 * 512);
    sqlite_circle.truncate(5 * 512);
    let sqlite_circle = patched(
        sqlite_circle,
        &[(512 + 8, &[0, 0, 0, 5]), (3 * 512, &[0, 0, 0, 3])],
    );
    let mut bdb_circle = berkeley(&[longer], false, 512);
    bdb_circle.truncate(5 * 512);
    let bdb_circle = patched(bdb_circle, &[(4 * 512 + 16, &[3, 0, 0, 0])]);
    // Pages of the SQLite file: schema, root, chain, leaf.
    let leaf = sqlite.len() - 512;
    let cases: Vec<(&str, DatabaseFormat, Vec<u8>, &str)> = vec![
        (
            "nothing",
            RpmSqlite,
            vec![],
            "it ends before byte 100, which belongs to it",
        ),
        (
            "zeros",
            RpmSqlite,
            vec![0; 4096],
            "it does not begin as a file of SQLite does",
        ),
        (
            "zeros",
            RpmNdb,
            vec![0; 4096],
            "it does not begin as a database of this format does",
        ),
        (
            "zeros",
            RpmBerkeley,
            vec![0; 4096],
            "it does not begin as a hash of Berkeley DB does",
        ),
        (
            "pages of no size",
            RpmSqlite,
            patched(sqlite.clone(), &[(16, &[0, 0])]),
            "its pages have an impossible size",
        ),
        (
            "pages without room",
            RpmSqlite,
            patched(sqlite.clone(), &[(20, &[255])]),
            "its pages have an impossible size",
        ),
        (
            "texts in UTF-16",
            RpmSqlite,
            patched(sqlite.clone(), &[(59, &[2])]),
            "its texts are not in UTF-8, as RPM's are",
        ),
        (
            "a root that is its own child",
            RpmSqlite,
            patched(sqlite.clone(), &[(512 + 8, &[0, 0, 0, 2])]),
            "pages in it belong to several things at once",
        ),
        (
            "a child outside",
            RpmSqlite,
            patched(sqlite.clone(), &[(512 + 8, &[0xff; 4])]),
            "a page that it names lies outside of the file",
        ),
        (
            "a chain in a circle",
            RpmSqlite,
            sqlite_circle,
            "of one package, pages in it belong to several things at once",
        ),
        (
            "more cells than a page has room for",
            RpmSqlite,
            patched(sqlite.clone(), &[(leaf + 3, &[0xff, 0xff])]),
            "a page in it has an impossible number of cells",
        ),
        (
            "a cell outside of its page",
            RpmSqlite,
            patched(sqlite.clone(), &[(leaf + 8, &[0xff, 0xff])]),
            "a number in it does not end",
        ),
        (
            "another table",
            RpmSqlite,
            {
                let at = sqlite
                    .windows(13)
                    .position(|part| part == b"tablePackages")
                    .expect("in the schema");
                patched(sqlite.clone(), &[(at + 5, b"Sackages")])
            },
            "it has no table of packages",
        ),
        (
            "another version",
            RpmNdb,
            patched(ndb.clone(), &[(4, &[1])]),
            "it is of a version of its format that is not known here",
        ),
        (
            "more slots than bytes",
            RpmNdb,
            patched(ndb.clone(), &[(12, &[0xff; 4])]),
            "it has more pages of slots than the file is long",
        ),
        (
            "no slot",
            RpmNdb,
            patched(ndb.clone(), &[(48, &[0])]),
            "a slot in it does not begin as slots do",
        ),
        (
            "a blob among the slots",
            RpmNdb,
            patched(ndb.clone(), &[(40, &[2, 0])]),
            "a blob in it lies among the slots",
        ),
        (
            "a blob behind the end",
            RpmNdb,
            patched(ndb.clone(), &[(40, &[0xff, 0xff, 0xff, 0x0f])]),
            "it ends before byte 4294969440, which belongs to it",
        ),
        (
            "two slots for one blob",
            RpmNdb,
            {
                let slot: [u8; 16] = ndb[32..48].try_into().expect("a slot");
                patched(ndb.clone(), &[(48, &slot), (64, &slot)])
            },
            "pages in it belong to several things at once",
        ),
        (
            "a blob of another package",
            RpmNdb,
            patched(ndb.clone(), &[(36, &[9])]),
            "a blob in it is not what its slot says",
        ),
        (
            "encrypted",
            RpmBerkeley,
            patched(bdb.clone(), &[(24, &[1])]),
            "its pages are encrypted or have checksums, as RPM's never have",
        ),
        (
            "pages of no size",
            RpmBerkeley,
            patched(bdb.clone(), &[(20, &[0; 4])]),
            "its pages have an impossible size",
        ),
        (
            "buckets without end",
            RpmBerkeley,
            patched(bdb.clone(), &[(72, &[0xff; 4])]),
            "it has more buckets than pages",
        ),
        (
            "a bucket without a page",
            RpmBerkeley,
            patched(bdb.clone(), &[(96, &[0; 4])]),
            "a bucket in it has no page",
        ),
        (
            "a bucket in a circle",
            RpmBerkeley,
            patched(bdb.clone(), &[(2 * 512 + 16, &[1, 0, 0, 0])]),
            "pages in it belong to several things at once",
        ),
        (
            "a chain in a circle",
            RpmBerkeley,
            bdb_circle,
            "of one package, pages in it belong to several things at once",
        ),
        (
            "an empty page in a chain",
            RpmBerkeley,
            patched(bdb.clone(), &[(3 * 512 + 22, &[0, 0])]),
            "of one package, a page in it is empty",
        ),
    ];
    for (name, format, bytes, expected) in cases {
        let (_, error) = read_bytes(format, bytes);
        assert_eq!(error.as_deref(), Some(expected), "{format}: {name}");
    }
}

#[test]
fn headers_hold_what_they_say() {
    let header = || Header::of("a", "1", "2", "x86_64");
    let raw = |bytes: &[u8]| bytes.to_vec();
    let cases: Vec<(&str, Vec<u8>, Result<&str, &str>)> = vec![
        ("whole", header().bytes(), Ok("a 1-2 x86_64")),
        (
            "an epoch of zero is one",
            header().numbers(tag::EPOCH, &[0]).bytes(),
            Ok("a 0:1-2 x86_64"),
        ),
        (
            "a key has no architecture",
            Header::default().string(tag::NAME, "gpg-pubkey").bytes(),
            Ok("gpg-pubkey - -"),
        ),
        (
            "of two tags the first counts",
            header().string(tag::NAME, "b").bytes(),
            Ok("a 1-2 x86_64"),
        ),
        (
            "the longest name",
            Header::of(&"n".repeat(256), "1", "2", "x").bytes(),
            Ok("n"),
        ),
        (
            "a longer name",
            Header::of(&"n".repeat(257), "1", "2", "x").bytes(),
            Err("a name or version in it is longer than 256 bytes"),
        ),
        (
            "no name",
            Header::default().string(tag::VERSION, "1").bytes(),
            Err("a package in it has no name"),
        ),
        (
            "empty",
            raw(b""),
            Err("a record in it is shorter than what it is to hold"),
        ),
        (
            "no tags",
            raw(&[0; 16]),
            Err("a header in it has an impossible number of tags"),
        ),
        (
            "too many tags",
            raw(&[0, 1, 0, 0, 0, 0, 0, 0]),
            Err("a header in it has an impossible number of tags"),
        ),
        (
            "more tags than bytes",
            raw(&[0, 0, 0, 9, 0, 0, 0, 0]),
            Err("a header in it says to be longer than its record"),
        ),
        (
            "more data than bytes",
            patched(header().bytes(), &[(4, &[0xff; 4])]),
            Err("a header in it says to be longer than its record"),
        ),
        (
            "a name that is a number",
            Header::default().numbers(tag::NAME, &[1]).bytes(),
            Err("a tag in it is not of the type that it must have"),
        ),
        (
            "an epoch that is a text",
            header().string(tag::EPOCH, "1").bytes(),
            Err("a tag in it is not of the type that it must have"),
        ),
        (
            "an epoch without a value",
            header().entry(tag::EPOCH, 4, 0, b"x").bytes(),
            Err("a tag in it has no value"),
        ),
        (
            "more numbers than bytes",
            header().entry(tag::EPOCH, 4, 0xffff_ffff, b"1234").bytes(),
            Err("a tag in it reaches beyond its header"),
        ),
        (
            "data outside",
            patched(header().bytes(), &[(8 + 8, &[0xff; 4])]),
            Err("a tag in it reaches beyond its header"),
        ),
        (
            "a text without end",
            Header::default().entry(tag::NAME, 6, 1, b"abc").bytes(),
            Err("a text in it does not end"),
        ),
    ];
    for (name, bytes, expected) in cases {
        let (found, error) = read_bytes(DatabaseFormat::RpmNdb, ndb(&[bytes]));
        let shown = found.first().map(|package| {
            let arch = package.arch.as_deref().unwrap_or("-");
            format!("{} {} {arch}", package.name, package.version)
        });
        match expected {
            Ok("n") => assert_eq!(found[0].name.len(), 256, "{name}"),
            Ok(expected) => assert_eq!(shown.as_deref(), Some(expected), "{name}"),
            Err(expected) => {
                let expected = format!("of one package, {expected}");
                assert_eq!(error, Some(expected), "{name}");
            }
        }
    }
}

#[test]
fn a_damaged_header_takes_none_of_the_others_with_it() {
    for format in FORMATS {
        let good = |name| Header::of(name, "1", "2", "x86_64").bytes();
        let headers = [good("a"), vec![0; 40], good("c"), vec![9; 400]];
        let (found, error) = read_bytes(format, make(format, &headers, 512));
        assert_eq!(names(&found), "a c", "{format}");
        let error = error.expect("two are damaged");
        assert!(error.starts_with("of 2 packages"), "{format}: {error}");
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
