//! What the fixtures make is what the formats' own programs take.

use std::fs;

use fixtures::rpm::{Header, berkeley, sqlite, tag};

use crate::tool::output;

#[test]
#[ignore = "needs rpm, sqlite3 and db-util; .ci/run runs it"]
fn databases_are_taken_by_the_programs_of_their_formats() {
    let dir = tempfile::tempdir().expect("a place for databases");
    // Of all lengths, so that rows end anywhere on a page.
    let headers: Vec<_> = (0..30)
        .map(|number| {
            Header::of(&format!("p{number}"), "1", "2", "x86_64")
                .string(tag::DESCRIPTION, &"d".repeat(number * 131))
                .bytes()
        })
        .collect();
    for page in [512, 1024, 4096, 65536] {
        let database = dir.path().join(format!("{page}.sqlite"));
        fs::write(&database, sqlite(&headers, page)).expect("writes");
        let database = database.to_str().expect("UTF-8");
        let said = output(
            "sqlite3",
            [
                "-readonly",
                database,
                "pragma integrity_check; select count(*), sum(length(blob)) from Packages",
            ],
        );
        let bytes: usize = headers.iter().map(Vec::len).sum();
        assert_eq!(said, format!("ok\n30|{bytes}\n"), "{page}");
        for big in [false, true] {
            let database = dir.path().join(format!("{page}-{big}.bdb"));
            fs::write(&database, berkeley(&headers, big, page)).expect("writes");
            let database = database.to_str().expect("UTF-8");
            let dumped = output("db_dump", ["-k", database]);
            for header in &headers {
                let digits: String = header.iter().map(|byte| format!("{byte:02x}")).collect();
                assert!(dumped.contains(&format!(" {digits}\n")), "{page} {big}");
            }
        }
    }
}
