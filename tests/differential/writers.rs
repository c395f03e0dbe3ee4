//! The programs that write archives: each writes the specimen, and an import is
//! the specimen, but for what the archive does not hold.

mod bsdtar;
mod gnu_tar;
mod others;

use std::path::Path;
use std::process::{Command, Output};

use fixtures::snapshot::{EntryKind, Snapshot};

use crate::import::{differences, imported};
use crate::losses::{Loss, remainder};
use crate::scratch::Scratch;
use crate::specimen;

/// One way in which a program writes an archive.
struct Writer {
    /// A line for the shell in the specimen, that writes to standard output.
    line: &'static str,
    /// With what status it ends.
    status: i32,
    /// Whether it keeps holes.
    holes: bool,
    /// What the archive does not hold.
    losses: &'static [Loss],
}

/// The output of a line of shell in a directory.
pub(crate) fn shell(line: &str, dir: &Path) -> Output {
    Command::new("sh")
        .args(["-c", line])
        .current_dir(dir)
        // Go wants a place for what it builds, or a home.
        .env("GOCACHE", dir.with_extension("go"))
        // bsdtar takes names for text, and wants to know in which encoding.
        .env("LC_ALL", "C.UTF-8")
        .env(
            "DIFFERENTIAL",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/differential"),
        )
        .output()
        .expect("there is a shell")
}

/// An archive written by a line of shell that succeeds.
pub(crate) fn written(line: &str, dir: &Path) -> Vec<u8> {
    let Output {
        status,
        stdout,
        stderr,
    } = shell(line, dir);
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{line}: {status}\n{said}");
    stdout
}

/// Has the specimen written and imported; all that is wrong.
fn check(writers: &[Writer]) {
    let scratch = Scratch::new();
    let tree = scratch.tree("tree", &specimen::tree());
    let original = Snapshot::of(&tree);
    let mut wrong = Vec::new();
    for (number, writer) in writers.iter().enumerate() {
        let Writer { line, losses, .. } = writer;
        let output = shell(line, &tree);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(writer.status), "{line}: {said}");
        let into = scratch.path(&format!("import-{number}"));
        let found = match imported(&output.stdout, &into) {
            Ok(_) => Snapshot::of(&into),
            Err(error) => {
                wrong.push(format!("{line}\n  refused: {error}"));
                continue;
            }
        };
        let mut lines = differences(&remainder(&original, losses), &found);
        if writer.holes {
            lines.extend(filled_holes(&original, &found));
        }
        wrong.extend(
            lines
                .iter()
                .map(|difference| format!("{line}\n  {difference}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Sparse files that take more than a page beyond what they took.
fn filled_holes(original: &Snapshot, found: &Snapshot) -> Vec<String> {
    const PAGE: u64 = 8;
    let files = original
        .entries
        .iter()
        .filter(|(_, entry)| matches!(entry.kind, EntryKind::File { .. }));
    let both = files.filter_map(|(path, entry)| Some((path, entry, found.get(path)?)));
    let filled = both.filter(|(_, was, is)| is.identity.blocks > was.identity.blocks + PAGE);
    let line = |path: &[u8], was, is| {
        let path = path.escape_ascii();
        format!("{path}: holes filled, {was} -> {is} blocks")
    };
    filled
        .map(|(path, was, is)| line(path, was.identity.blocks, is.identity.blocks))
        .collect()
}
