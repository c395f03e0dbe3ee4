//! What is refused, what must work, and how the messages say it.

use fixtures::archive::{RawMember, TarBuilder};
use fixtures::attack::{self, Expect};

use super::super::{ArchiveError, Limits};
use super::{open, read};
use crate::error::{ErrorKind, ImageError as _};

/// Rows of hostile archives that the reader alone must refuse; of the others
/// some can only be told from what is on the disk.
const OWN_ROWS: &[u8] = &[1, 8, 16, 17, 18, 19, 20, 23, 24];

#[test]
fn attacks_on_the_format_are_refused() {
    for attack in attack::all() {
        let outcome = read(&attack.archive, Limits::default());
        match attack.expect {
            Expect::Published(_) => {
                assert!(outcome.is_ok(), "{}: {:?}", attack.name, outcome.err());
            }
            Expect::Refused if OWN_ROWS.contains(&attack.row) => {
                let error = outcome.expect_err(attack.name);
                assert_eq!(error.kind(), ErrorKind::Refused, "{}", attack.name);
                assert!(error.help().is_some(), "{}", attack.name);
            }
            Expect::Refused | Expect::Contained => {}
        }
    }
}

#[test]
fn bombs_are_stopped_by_the_limit_that_is_for_them() {
    let mut limits = Limits::default();
    for (name, value) in [("size", 128 << 20), ("entries", 10_000)] {
        assert!(limits.set(name, value));
    }
    for attack in attack::bombs() {
        let error = read(&attack.archive, limits.clone()).expect_err(attack.name);
        let option = match attack.name {
            "many-entries" => "--limit entries=N",
            "zstd-window" => "--limit window=N",
            _ => "--limit size=N",
        };
        let help = error.help().expect("a limit has an option");
        assert!(help.contains(option), "{}: {error}: {help}", attack.name);
    }
}

#[test]
fn messages_name_the_member_and_are_harmless() {
    let file = || RawMember::file("f", "text\n");
    let cases: &[(&str, Vec<u8>, &str)] = &[
        (
            "a member's own fault, its name escaped",
            TarBuilder::new()
                .member(&RawMember {
                    uid: i64::from(u32::MAX).into(),
                    ..RawMember::file("\x1b[31m", "")
                })
                .finish(),
            "archive `a.tar`, member `\\x1b[31m`: its uid 4294967295 is none that Linux has",
        ),
        (
            "an extension header's fault",
            TarBuilder::new()
                .pax_raw("nonsense")
                .member(&file())
                .finish(),
            "archive `a.tar`, member `./PaxHeaders/member`: its PAX records are malformed",
        ),
        (
            "an extension header without a member",
            TarBuilder::new()
                .member(&file())
                .gnu_long_name("x")
                .finish(),
            "archive `a.tar`, member `././@LongLink`: no member follows this extension header",
        ),
        (
            "a torn end",
            TarBuilder::new().member(&file()).unfinished(),
            "archive `a.tar` ends too early, at or after member `f`",
        ),
        (
            "data behind the end",
            [TarBuilder::new().member(&file()).finish(), b"x".to_vec()].concat(),
            "archive `a.tar`, member `f`: something follows the end-of-archive marker",
        ),
        (
            "a header behind one block of zeros",
            TarBuilder::new()
                .member(&file())
                .raw(&[0; 512])
                .member(&file())
                .finish(),
            "archive `a.tar`, member `f`: something follows the end-of-archive marker",
        ),
        (
            "no archive",
            b"#!/bin/sh\n".repeat(100),
            "`a.tar` is not a tar archive, nor one compressed by gzip, zstd, xz or bzip2",
        ),
        (
            "another kind of archive",
            [&b"PK\x03\x04"[..], &[0; 600]].concat(),
            "`a.tar` is not a tar archive, nor one compressed by gzip, zstd, xz or bzip2: \
             it looks like a zip archive",
        ),
    ];
    for (name, archive, message) in cases {
        let error = read(archive, Limits::default()).expect_err(name);
        assert_eq!(error.to_string(), *message, "{name}");
    }
}

#[test]
fn limits_hold_and_are_named() {
    let long = TarBuilder::new()
        .gnu_long_name("n".repeat(300))
        .file("f", "");
    let many = TarBuilder::new()
        .pax_global(&[(b"SCHILY.xattr.user.a", &[b'a'; 300])])
        .pax_global(&[(b"SCHILY.xattr.user.b", &[b'b'; 300])])
        .file("f", "");
    let cases = [
        (
            "size",
            2048,
            TarBuilder::new().file("f", [0; 1024]).finish(),
        ),
        (
            "entries",
            1,
            TarBuilder::new().file("f", "").file("g", "").finish(),
        ),
        ("header", 300, long.clone().finish()),
        ("path", 299, long.finish()),
        ("header", 500, many.finish()),
        (
            "header",
            8,
            TarBuilder::new()
                .pax(&[(b"path", b"p")])
                .file("f", "")
                .finish(),
        ),
    ];
    for (name, value, archive) in cases {
        assert!(read(&archive, Limits::default()).is_ok(), "{name} {value}");
        let mut limits = Limits::default();
        assert!(limits.set(name, value));
        let error = read(&archive, limits).expect_err(name);
        let ArchiveError::Limit { limit, option, .. } = error else {
            panic!("{name}: {error}");
        };
        assert_eq!((limit, option), (value, &*format!("--limit {name}=N")));
    }
}

#[test]
fn nothing_is_read_after_an_error() {
    let archive = TarBuilder::new()
        .file("f", "")
        .pax_raw("nonsense")
        .file("g", "")
        .file("h", "")
        .finish();
    let mut reader = open(&archive, Limits::default()).expect("begins well");
    assert!(reader.next().expect("the first is good").is_some());
    assert!(reader.next().is_err());
    assert!(reader.next().is_err());
    assert!(reader.finish().is_err());
}
