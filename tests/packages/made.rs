//! What the fixtures make is what the formats' own programs take.

use std::fs;
use std::path::Path;

use fixtures::rpm::{Header, berkeley, sqlite, tag};

use crate::tool::output;

#[test]
#[ignore = "needs rpm, sqlite3 and db-util; .ci/run runs it"]
fn databases_are_taken_by_the_programs_of_their_formats() {
    let dir = tempfile::tempdir().expect("a place for databases");
    // Of all lengths, so that rows end anywhere on a small page.
    let headers: Vec<_> = (0..600)
        .map(|length| {
            Header::of("p", "1", "2", "x86_64")
                .string(tag::DESCRIPTION, &"d".repeat(length))
                .bytes()
        })
        .collect();
    for (index, headers) in headers.chunks(40).enumerate() {
        for page in [512, 4096, 65536] {
            check_sqlite(
                &dir.path().join(format!("{index}-{page}.sqlite")),
                headers,
                page,
            );
        }
    }
    let headers = &headers[..40];
    for page in [512, 1024, 4096, 65536] {
        for big in [false, true] {
            let database = dir.path().join(format!("{page}-{big}.bdb"));
            fs::write(&database, berkeley(headers, big, page)).expect("writes");
            let database = database.to_str().expect("UTF-8");
            let dumped = output("db_dump", ["-k", database]);
            for header in headers {
                let digits: Vec<_> = header.iter().map(|byte| format!("{byte:02x}")).collect();
                let digits = digits.concat();
                assert!(dumped.contains(&format!(" {digits}\n")), "{page} {big}");
            }
        }
    }
}

fn check_sqlite(database: &Path, headers: &[Vec<u8>], page: usize) {
    fs::write(database, sqlite(headers, page)).expect("writes");
    let said = output(
        "sqlite3",
        [
            "-readonly",
            database.to_str().expect("UTF-8"),
            "pragma integrity_check; select count(*), sum(length(blob)) from Packages",
        ],
    );
    let bytes: usize = headers.iter().map(Vec::len).sum();
    assert_eq!(said, format!("ok\n{}|{bytes}\n", headers.len()), "{page}");
}
