//! Other programs read backups as what they are to them: tars.

use std::path::Path;
use std::process::Command;

use fixtures::random;
use fixtures::snapshot::{EntryKind, Snapshot};
use fixtures::tree::Privilege;

use crate::place::Place;

fn run(program: &str, arguments: &[&str], directory: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {said}");
    said
}

/// What a tree is to a program that knows no sockets.
fn without_sockets(mut tree: Snapshot) -> Snapshot {
    for entry in tree.entries.values_mut() {
        if entry.kind == EntryKind::Socket {
            entry.kind = EntryKind::Fifo;
        }
    }
    tree
}

#[test]
#[ignore = "needs root, GNU tar and zstd"]
fn gnu_tar_restores_all_but_sockets() {
    for seed in 0..40 {
        let place = Place::with(&random::tree(seed, 80, Privilege::Root));
        place.back_up(2);
        run("zstd", &["-tq", "tree.tar.zst"], &place.path(""));
        let back = place.path("back");
        std::fs::create_dir(&back).expect("new");
        let arguments = [
            // It doubts times, and knows nothing of sockets.
            "--warning=no-timestamp",
            "--warning=no-unknown-keyword",
            "--zstd",
            "--xattrs",
            "--xattrs-include=*",
            "--acls",
            "-xpf",
            "../tree.tar.zst",
        ];
        let said = run("tar", &arguments, &back);
        assert_eq!(said, "", "seed {seed}");
        let expected = without_sockets(place.snapshot("tree"));
        let lines = expected.diff(&place.snapshot("back"));
        assert_eq!(lines, [""; 0], "seed {seed}");
    }
}

#[test]
#[ignore = "needs root, bsdtar"]
fn bsdtar_restores_names_kinds_owners_and_content() {
    for seed in 0..40 {
        let place = Place::with(&random::tree(seed, 80, Privilege::Root));
        place.back_up(2);
        let back = place.path("back");
        std::fs::create_dir(&back).expect("new");
        run(
            "bsdtar",
            &["--numeric-owner", "-xpf", "../tree.tar.zst"],
            &back,
        );
        let tree = place.snapshot("tree");
        let plain = |other: Snapshot| {
            let mut other = without_sockets(other).without_top();
            for (path, entry) in &mut other.entries {
                // Names of attributes it takes for text, and of ACLs it keeps
                // what the file system makes of them.
                entry.xattrs.clear();
                // It adds the fraction of a time before 1970 to the seconds
                // instead of taking it off.
                if let Some(before) = tree.get(path).filter(|entry| entry.mtime.secs < 0) {
                    entry.mtime = before.mtime;
                }
            }
            other
        };
        let lines = plain(tree.clone()).diff(&plain(place.snapshot("back")));
        assert_eq!(lines, [""; 0], "seed {seed}");
    }
}
