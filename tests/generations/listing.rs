//! What is in a directory is told as it is.

use std::fs;

use libimage::catalogue::{Kept, ListOptions, State, list};
use libimage::diff::Action;
use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::Silent;
use libimage::seekable::Reader;

use crate::place::Place;

#[test]
fn what_changed_is_counted_from_one_to_the_next() {
    let place = Place::new();
    place.put("tree", 1, &place.backup_of("tree"));
    place.put("tree", 2, &place.backup_of("tree"));
    fs::write(place.path("tree/etc/name"), "longer text").expect("ours");
    fs::write(place.path("tree/etc/new"), "12345").expect("ours");
    fs::remove_file(place.path("tree/etc/other")).expect("ours");
    place.put("tree", 3, &place.backup_of("tree"));
    let catalogue = place.list();
    assert_eq!(catalogue.trees.len(), 1);
    let since: Vec<_> = catalogue.trees[0]
        .backups
        .iter()
        .map(|kept| {
            let good = kept.state.as_ref().expect("good");
            good.since.as_ref().map(|since| {
                let hours = since.before.name();
                let counts = since.changes.as_ref().map(|totals| {
                    let counts = [
                        Action::Create,
                        Action::Update,
                        Action::Metadata,
                        Action::Delete,
                    ];
                    (counts.map(|action| totals.count(action)), totals.bytes_sent)
                });
                (String::from_utf8(hours).expect("ASCII"), counts)
            })
        })
        .collect();
    assert_eq!(
        since,
        [
            None,
            Some((crate::place::name("tree", 1), None)),
            Some((crate::place::name("tree", 2), Some(([1, 1, 1, 1], 16)))),
        ]
    );
}

/// Cuts, flips or replaces some bytes.
type Damage = fn(&mut Vec<u8>, &Reader);

#[test]
fn what_is_no_backup_or_damaged_is_told() {
    let rows: [(&str, Damage, bool, &str); 7] = [
        ("whole", |_, _| {}, true, ""),
        (
            "text",
            |bytes, _| *bytes = b"text".to_vec(),
            false,
            "is no backup",
        ),
        ("nothing", |bytes, _| bytes.clear(), false, "is no backup"),
        (
            "cut off",
            |bytes, _| bytes.truncate(bytes.len() / 2),
            false,
            "is no backup",
        ),
        (
            "footer",
            |bytes, _| *bytes.last_mut().expect("long") ^= 1,
            false,
            "the footer",
        ),
        (
            "manifest",
            |bytes, reader| {
                bytes[usize::try_from(reader.index().manifest.offset).expect("small") + 9] ^= 1;
            },
            false,
            "the manifest",
        ),
        // That is what `backup verify` is for.
        ("content", |bytes, _| bytes[20] ^= 1, true, ""),
    ];
    for (name, damage, is_good, told) in rows {
        let place = Place::new();
        let whole = place.backup_of("tree");
        let file = place.put("tree", 5, &whole);
        let reader = Reader::open(&place.file(&file)).expect("whole");
        let mut bytes = whole.clone();
        damage(&mut bytes, &reader);
        // Beside one of the same digest, and alone.
        for hours in [1, 9] {
            let other = place.put("tree", hours, &whole);
            place.put("tree", 5, &bytes);
            let catalogue = place.list();
            let kept: Vec<&Kept> = catalogue.trees[0].backups.iter().collect();
            let kept = kept[usize::from(hours == 1)];
            assert_eq!(kept.generation.name(), file.as_bytes());
            assert_eq!(kept.bytes, bytes.len() as u64);
            assert_eq!(kept.state.is_ok(), is_good, "{name}");
            if let Err(error) = &kept.state {
                assert_eq!(error.kind(), ErrorKind::Refused, "{name}");
                let text = error.to_string();
                assert!(
                    text.contains(told) && text.contains(&file),
                    "{name}: {text}"
                );
            }
            fs::remove_file(place.file(&other)).expect("ours");
        }
    }
}

#[test]
fn what_is_no_file_is_not_opened() {
    let place = Place::new();
    let whole = place.backup_of("tree");
    fs::write(place.path("elsewhere"), whole).expect("ours");
    let names = [1, 2, 3].map(|hours| crate::place::name("tree", hours));
    let [link, dir, pipe] = [0, 1, 2].map(|number| place.file(&names[number]));
    std::os::unix::fs::symlink(place.path("elsewhere"), link).expect("ours");
    fs::create_dir(dir).expect("ours");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.expect("of the base system").success());
    let backups = &place.list().trees[0].backups;
    for (kept, name) in backups.iter().zip(&names) {
        let error = kept.state.as_ref().map(|_| ()).expect_err("no file");
        assert_eq!(error.kind(), ErrorKind::Refused);
        let told = error.to_string();
        let wanted = format!("{name}` is no backup");
        assert!(told.contains(&wanted), "{told}");
    }
    assert_eq!(backups.len(), 3);
}

#[test]
fn other_names_are_counted_and_unfinished_ones_are_none() {
    let place = Place::new();
    let whole = place.backup_of("tree");
    let name = place.put("tree", 1, &whole);
    place.put("other", 1, &whole);
    fs::write(place.file("notes"), "").expect("ours");
    fs::write(place.file("tree.tar.zst"), &whole).expect("ours");
    // As a process that is dead, and one that lives, have them.
    let hidden = |number: u32| format!(".{name}.{number}.partial");
    fs::write(place.file(&hidden(1)), &whole).expect("ours");
    let writing = fs::File::create(place.file(&hidden(2))).expect("ours");
    writing.try_lock().expect("it is free");

    let catalogue = place.list();
    let trees: Vec<_> = catalogue
        .trees
        .iter()
        .map(|tree| (&*tree.tree, tree.backups.len()))
        .collect();
    assert_eq!(trees, [(&b"other"[..], 1), (b"tree", 1)]);
    assert_eq!(catalogue.others, 2);
    let states: Vec<_> = catalogue
        .unfinished
        .iter()
        .map(|stored| &stored.state)
        .collect();
    let of = |number| hidden(number).into_bytes().into_boxed_slice();
    assert_eq!(states.len(), 2);
    for state in [
        State::Abandoned { hidden: of(1) },
        State::Unfinished { hidden: of(2) },
    ] {
        assert!(states.contains(&&state), "{states:?}");
    }

    let mut options = ListOptions::default();
    options.trees.push((*b"other").into());
    let some = list(&place.shelf(), &options, &Silent).expect("a directory");
    assert_eq!(some.trees.len(), 1);
    assert_eq!(some.unfinished, []);
}
