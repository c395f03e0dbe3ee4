//! Hostile and odd archives: refused or published exactly, and never a change
//! outside of the destination.
//!
//! Runs as whoever runs it: root makes devices and owners, others leave them out.

use std::io::Cursor;

use fixtures::attack::{self, Arena, Attack, Expect};
use fixtures::tree::Privilege;
use libimage::digest::Digest;
use libimage::error::{ErrorKind, ImageError};
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::manifest;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};
use libimage::writer::Destination;

fn run(attack: &Attack, arena: &Arena) -> Result<Outcome, ImportError> {
    let source = Source::stream(
        format!("{}.tar", attack.name),
        Box::new(Cursor::new(attack.archive.clone())),
        Some(attack.archive.len() as u64),
    );
    let mut options = Options::default();
    options.replace = !attack.existing.nodes.is_empty();
    let destination = Destination::new(&arena.dest)?;
    import(source, &destination, &options, &Silent)
}

/// The digest of the published tree as it stands; nothing where an ordinary
/// user made directories that they may not enter themselves.
fn digest_on_disk(arena: &Arena) -> Option<Digest> {
    let tree = LiveTree::open(&arena.dest, Want::All).ok()?;
    let built = manifest::build(&tree, std::io::sink(), 1, &Silent);
    match built {
        Ok(summary) => Some(summary.digest),
        Err(error) if Privilege::current() == Privilege::Root => panic!("{error}"),
        Err(_) => None,
    }
}

/// What is wrong with how an attack ended.
fn judge(attack: &Attack, arena: &Arena, answer: &Result<Outcome, ImportError>) -> Vec<String> {
    let mut wrong: Vec<String> = arena
        .damage()
        .into_iter()
        // A published tree's records stand beside it.
        .filter(|line| answer.is_err() || !line.contains(".imgtool"))
        .map(|line| format!("outside: {line}"))
        .collect();
    match (&attack.expect, answer) {
        (Expect::Refused, Ok(_)) => wrong.push("it was published".to_owned()),
        (Expect::Published(_), Err(error)) => wrong.push(format!("it was refused: {error}")),
        (Expect::Published(tree), Ok(_)) => {
            wrong.extend(arena.mismatches(tree, Privilege::current()));
        }
        (Expect::Refused | Expect::Contained, _) => {}
    }
    if let Ok(outcome) = answer
        && let Some(digest) = digest_on_disk(arena)
        && digest != outcome.tree.digest
    {
        wrong.push("its manifest does not list what is on the disk".to_owned());
    }
    if let Err(error) = answer {
        if !arena.is_untouched() {
            wrong.push("the destination was touched".to_owned());
        }
        if error.kind() != ErrorKind::Refused {
            wrong.push(format!("not refused but failed: {error}"));
        }
    }
    wrong
}

#[test]
fn no_archive_leaves_its_destination_or_half_a_tree() {
    let attacks = attack::all();
    assert!(attacks.len() > 100, "only {} attacks", attacks.len());
    let mut wrong = Vec::new();
    for attack in &attacks {
        let place = tempfile::tempdir().expect("a temporary directory");
        let dir = place.path().join("arena");
        let arena = Arena::new(&dir, attack);
        let answer = run(attack, &arena);
        for line in judge(attack, &arena, &answer) {
            wrong.push(format!("row {} {}: {line}", attack.row, attack.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
