//! Hostile and odd archives: refused or published exactly, and never a change
//! outside of the destination.
//!
//! Runs as whoever runs it: root makes devices and owners, others leave them out.

use std::io::Cursor;

use fixtures::attack::{self, Arena, Attack, Expect};
use fixtures::snapshot::{EntryKind, Snapshot, names};
use fixtures::tree::{Kind, Privilege};
use libimage::archive::Limits;
use libimage::digest::Digest;
use libimage::error::{ErrorKind, ImageError};
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::manifest;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};
use libimage::writer::Destination;

fn source(name: &str, archive: &[u8]) -> Source {
    Source::stream(
        format!("{name}.tar"),
        Box::new(Cursor::new(archive.to_vec())),
        Some(archive.len() as u64),
    )
}

fn run(attack: &Attack, arena: &Arena) -> Result<Outcome, ImportError> {
    let mut options = Options::default();
    options.replace = !attack.existing.nodes.is_empty();
    let destination = Destination::new(&arena.dest)?;
    let source = source(attack.name, &attack.archive);
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
    if let (Expect::Published(tree), Ok(outcome)) = (&attack.expect, answer) {
        let is_device = |kind: &Kind| matches!(kind, Kind::CharDevice(..) | Kind::BlockDevice(..));
        let devices = tree
            .nodes
            .iter()
            .filter(|node| is_device(&node.kind))
            .count() as u64;
        let expected = if Privilege::current() == Privilege::Root {
            0
        } else {
            devices
        };
        if outcome.left_out.devices != expected {
            wrong.push(format!("{:?}, of {devices} devices", outcome.left_out));
        }
    }
    if let (Some(member), Err(error)) = (&attack.blames, answer)
        && !error.to_string().contains(&format!("member `{member}`"))
    {
        wrong.push(format!("it does not blame `{member}`: {error}"));
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

/// An import under limits, and what is left when it was refused.
fn import_within(name: &str, archive: &[u8], limits: &[(&str, u64)]) -> Result<Outcome, String> {
    let mut options = Options::default();
    for (name, value) in limits {
        assert!(options.limits.set(name, *value), "{name}");
    }
    let place = tempfile::tempdir().expect("a temporary directory");
    let destination = Destination::new(&place.path().join("dest")).expect("a good place");
    import(source(name, archive), &destination, &options, &Silent).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Refused, "{name}: {error}");
        assert_eq!(names(place.path()), [""; 0], "{name}: {error}");
        format!("{error}; {}", error.help().unwrap_or_default())
    })
}

#[test]
fn a_bomb_is_refused_and_leaves_nothing() {
    let limits = [
        ("size", 128 << 20),
        ("entries", 10_000),
        ("window", 128 << 20),
    ];
    for bomb in attack::bombs() {
        let refused = import_within(bomb.name, &bomb.archive, &limits);
        let message = refused.expect_err(bomb.name);
        assert!(
            limits
                .iter()
                .any(|(limit, _)| message.contains(&format!("--limit {limit}=N"))),
            "{}: {message}",
            bomb.name
        );
    }
}

#[test]
fn each_limit_refuses_what_it_is_for_and_names_the_option_that_raises_it() {
    let excesses = attack::excesses();
    for excess in &excesses {
        let within = |value| import_within(excess.name, &excess.archive, &[(excess.limit, value)]);
        let message = within(excess.too_little).expect_err(excess.name);
        let option = format!("--limit {}=N", excess.limit);
        assert!(message.contains(&option), "{}: {message}", excess.name);
        if let Err(message) = within(excess.enough) {
            panic!("{}: {message}", excess.name);
        }
    }
    for limit in Limits::NAMES {
        let has_one = excesses.iter().any(|excess| excess.limit == *limit);
        // Its bomb would have to unpack to more than 32 GiB.
        assert!(has_one || *limit == "ratio", "nothing exceeds {limit}");
    }
}

/// That every single cut is noticed is tested with the reader alone.
#[test]
fn an_archive_cut_short_leaves_nothing() {
    let mut cuts = 0;
    for attack in attack::all() {
        if attack.row != 20 || !matches!(attack.expect, Expect::Published(_)) {
            continue;
        }
        let whole = &attack.archive;
        // The two blocks of zeros at the end are enough, where there are more.
        let data = whole
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |at| at + 1);
        let least = whole.len().min(data.next_multiple_of(512) + 1024);
        for length in (0..least).step_by(least / 50) {
            let answer = import_within(attack.name, &whole[..length], &[]);
            assert!(answer.is_err(), "{} cut at {length}", attack.name);
            cuts += 1;
        }
    }
    assert!(cuts > 300, "{cuts}");
}

#[test]
fn holes_stay_holes() {
    let mut sparse = 0;
    for attack in attack::all() {
        let Expect::Published(tree) = &attack.expect else {
            continue;
        };
        if attack.row != 18 {
            continue;
        }
        let place = tempfile::tempdir().expect("a temporary directory");
        let arena = Arena::new(&place.path().join("arena"), &attack);
        run(&attack, &arena).expect(attack.name);
        let found = Snapshot::of(&arena.dest);
        for node in &tree.nodes {
            let entry = found.get(&node.path).expect("it was published");
            let EntryKind::File { size, .. } = entry.kind else {
                continue;
            };
            if size > 100_000 {
                let space = entry.identity.blocks * 512;
                assert!(space < size / 2, "{} takes {space} of {size}", attack.name);
                sparse += 1;
            }
        }
    }
    assert!(sparse >= 16, "{sparse}");
}

/// What an earlier archive's owner could have left beside the destination.
#[test]
fn a_planted_private_directory_is_not_followed() {
    let attack = &attack::all()[0];
    let place = tempfile::tempdir().expect("a temporary directory");
    let dir = place.path().join("arena");
    let arena = Arena::new(&dir, attack);
    std::os::unix::fs::symlink("outside", dir.join(".imgtool")).expect("a new name");
    let before = Snapshot::of(&dir).without_top();
    for row in [14, 20] {
        let honest = attack::all()
            .into_iter()
            .find(|attack| attack.row == row && matches!(attack.expect, Expect::Published(_)));
        let honest = honest.expect("each row has some");
        let refused = run(&honest, &arena);
        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(before.touched(&Snapshot::of(&dir).without_top()), [""; 0]);
    }
}
