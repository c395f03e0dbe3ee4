//! Logs of every form against changes.

use super::*;
use crate::diff::{self, Options};
use crate::entry::{Entry, Metadata, Timestamp, Xattrs};
use crate::monitor::Silent;
use crate::tree::{RecordedTree, Records};

fn entry(name: &str, kind: Kind, mtime: i64) -> Entry {
    Entry {
        name: name.as_bytes().into(),
        kind,
        metadata: Metadata {
            mode: 0o644,
            uid: 0,
            gid: 0,
            mtime: Timestamp::from_seconds(mtime),
            xattrs: Xattrs::NONE,
        },
        link: None,
        content: None,
    }
}

fn file(name: &str, mtime: i64) -> Entry {
    entry(name, Kind::File { size: 1 }, mtime)
}

fn tree(entries: Vec<Entry>) -> RecordedTree {
    let mut records = Records::new(entry("", Kind::Directory, 0).metadata);
    for entry in entries {
        records.insert(Records::ROOT, entry).expect("a new name");
    }
    RecordedTree::new(records, "tree".to_owned())
}

/// A file is made, one sent, one given another mode, one deleted, a symlink made
/// and a directory touched. Two names look like something else.
fn changes() -> Vec<Change> {
    let link = Kind::Symlink {
        target: (*b"to -> there").into(),
    };
    let mut opened = file("mode", 1);
    opened.metadata.mode = 0o600;
    let source = tree(vec![
        file("new\n", 1),
        file("sent", 2),
        opened,
        file("deleting x", 1),
        entry("a -> b", link, 1),
        entry("dir", Kind::Directory, 2),
    ]);
    let target = tree(vec![
        file("sent", 1),
        file("mode", 1),
        file("gone", 1),
        entry("dir", Kind::Directory, 1),
    ]);
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    let outcome = diff::diff(&source, &target, &options, &Silent);
    outcome.expect("recorded").changes
}

fn agreement(log: &str) -> Agreement {
    compare(&changes(), log.as_bytes(), &Silent).expect("a log")
}

const NAMES: &str = "sending incremental file list
new\\#012
sent
deleting gone
deleting x
a -> b -> to -> there
dir/

sent 1,234 bytes  received 56 bytes  2,580.00 bytes/sec
total size is 5,000  speedup is 3.88 (DRY RUN)
";

const ITEMIZED: &str = "2026/11/20 12:00:00 [123] receiving file list
2026/11/20 12:00:00 [123] *deleting   gone
2026/11/20 12:00:00 [123] cL+++++++++ a -> b -> to -> there
2026/11/20 12:00:00 [123] >f+++++++++ deleting x
2026/11/20 12:00:00 [123] .f...p..... mode
2026/11/20 12:00:00 [123] >f+++++++++ new\\#012
2026/11/20 12:00:00 [123] >f..t...... sent
2026/11/20 12:00:00 [123] .d..t...... dir/
2026/11/20 12:00:00 [123] sent 12 bytes  received 5 bytes  total size 7
";

#[test]
fn logs_that_agree() {
    let named = agreement(NAMES);
    assert!(named.is_whole(), "{named:?}");
    assert_eq!((named.confirmed, named.silent), (6, 1));
    let itemized = agreement(ITEMIZED);
    assert!(itemized.is_whole() && itemized.is_itemized, "{itemized:?}");
    assert_eq!((itemized.confirmed, itemized.silent), (7, 0));
}

#[test]
fn logs_of_other_forms_agree() {
    let pushed = ITEMIZED.replace("] >f", "] <f");
    assert_ne!(pushed, ITEMIZED);
    // What `-ii` and `--stats` tell as well.
    let chatty = format!(
        "{ITEMIZED}.d          ./\n.f          equal\n\nNumber of files: 7 (reg: 5, dir: 2)\n\
         Total file size: 261 bytes\nTotal transferred file size: 0 bytes\n\
         Literal data: 0 bytes\nMatched data: 0 bytes\nFile list size: 0\n\
         File list generation time: 0.001 seconds\nFile list transfer time: 0.000 seconds\n\
         Total bytes sent: 343\nTotal bytes received: 197\n"
    );
    for log in [pushed, chatty] {
        let found = agreement(&log);
        assert!(found.is_whole() && found.confirmed == 7, "{found:?}");
    }
    // That nothing changes where something was foreseen is told.
    let found = agreement(&ITEMIZED.replace(".f...p.....", ".f         "));
    assert_eq!(found.otherwise.len(), 1, "{found:?}");
}

#[test]
fn each_disagreement_is_found() {
    for (wrong, right, expected) in [
        // A name that nothing is known of.
        ("elsewhere\n", "dir/\n", (5, 1, 1, 0, 0)),
        // One that is deleted rather than sent.
        ("deleting sent\n", "sent\n", (5, 1, 1, 0, 0)),
        // Nothing said.
        ("", "new\\#012\n", (5, 1, 0, 0, 0)),
        // Something went wrong.
        (
            "dir/\nrsync: [sender] opendir failed: Permission denied (13)\n",
            "dir/\n",
            (6, 0, 0, 0, 1),
        ),
    ] {
        let log = NAMES.replace(&format!("\n{right}"), &format!("\n{wrong}"));
        assert_ne!(log, NAMES, "{right}");
        let found = agreement(&log);
        let counts = (
            found.confirmed,
            found.unconfirmed.len(),
            found.unforeseen.len(),
            found.otherwise.len(),
            found.problems.len(),
        );
        assert_eq!(counts, expected, "{wrong}: {found:?}");
        assert!(!found.is_whole());
    }
    let found = agreement(&ITEMIZED.replace(".f...p.....", ".f...po...."));
    assert_eq!(found.otherwise.len(), 1);
    assert_eq!(found.otherwise[0].1.number, 5);
}

#[test]
fn odd_logs_are_read_to_their_end() {
    let long = format!("{}\n{NAMES}", "x".repeat(200_000));
    let found = agreement(&long);
    assert_eq!((found.unforeseen.len(), found.confirmed), (1, 6));
    assert!(agreement(&NAMES.replace('\n', "\r\n")).is_whole());
    assert!(agreement(NAMES.trim_end()).is_whole());
    for log in ["", "\n \n"] {
        let error = compare(&changes(), log.as_bytes(), &Silent).expect_err("empty");
        assert!(matches!(error, LogError::Empty));
    }
}
