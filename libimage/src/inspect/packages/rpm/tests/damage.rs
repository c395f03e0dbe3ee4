//! Databases that are damaged, or made to do harm.

use fixtures::rpm::{Header, berkeley, ndb, tag};

use super::{DatabaseFormat, FORMATS, database, make, read_bytes};
use crate::inspect::packages::Package;

fn names(packages: &[Package]) -> String {
    let names: Vec<_> = packages.iter().map(|package| &*package.name).collect();
    names.join(" ")
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
    let sqlite = make(RpmSqlite, std::slice::from_ref(&long), 512);
    let ndb = make(RpmNdb, std::slice::from_ref(&long), 512);
    let bdb = berkeley(&[long], false, 512);
    let longer = Header::of("a", "1", "2", "x86_64")
        .string(tag::DESCRIPTION, &"d".repeat(20_000))
        .string(tag::VENDOR, "v")
        .bytes();
    // Two pages that follow each other, for some forty.
    let mut sqlite_circle = make(RpmSqlite, std::slice::from_ref(&longer), 512);
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
