//! A new generation has a name of its own, or there is none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use jiff::SignedDuration;
use libimage::backup::{self, Options};
use libimage::catalogue::{Answer, CatalogueError, Generation, Shelf, back_up};
use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::{Monitor, Phase, Silent, Warning};

use crate::place::{Place, is_new};

#[test]
fn two_within_one_second_are_two() {
    let place = Place::new();
    let made = [(); 3].map(|()| place.add("tree", false).generation);
    assert!(
        made.is_sorted_by(|one, two| one.time < two.time),
        "{made:?}"
    );
    let names = made.map(|generation| String::from_utf8(generation.name()).expect("ASCII"));
    assert_eq!(place.names(), names);
    for name in &names {
        let file = fs::metadata(place.file(name)).expect("is there");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
        backup::verify(&place.file(name), 1, &Silent).expect("whole");
    }
}

#[test]
fn many_at_once_are_as_many() {
    let place = Place::new();
    let trees: Vec<_> = (0..6)
        .map(|number| format!("parent{number}/tree"))
        .collect();
    for tree in &trees {
        place.tree(tree, "text");
    }
    std::thread::scope(|scope| {
        for tree in &trees {
            scope.spawn(|| place.add(tree, false));
        }
    });
    assert_eq!(place.list().trees[0].backups.len(), trees.len());
}

#[test]
fn only_what_changed_is_backed_up() {
    let place = Place::new();
    let first = place.add("tree", true);
    assert!(is_new(&first));
    let second = place.add("tree", true);
    assert_eq!(second.generation, first.generation);
    assert!(!is_new(&second));
    fs::write(place.path("tree/etc/name"), "TEXT").expect("ours");
    let third = place.add("tree", true);
    let Answer::New {
        since: Some((info, change)),
        ..
    } = &third.what
    else {
        panic!("{third:?}");
    };
    assert_eq!(change.to_string(), "`etc/name`: its mtime");
    assert_eq!(info.name, "tree");
    // Whatever is newer and not good does not hide the last good one.
    let mut newer = third.generation.clone();
    newer.time += SignedDuration::from_secs(5);
    let newer = String::from_utf8(newer.name()).expect("ASCII");
    fs::write(place.file(&newer), "no backup").expect("ours");
    let fourth = place.add("tree", true);
    assert_eq!(fourth.generation, third.generation);
    assert!(!is_new(&fourth));
    assert_eq!(fourth.passed_over.len(), 1);
    // Another tree's backups are none of this one's.
    place.tree("tree-2", "TEXT");
    assert!(is_new(&place.add("tree-2", true)));
}

#[test]
fn each_of_two_trees_of_one_name_is_compared_with_its_own() {
    let place = Place::new();
    place.tree("parent/tree", "another");
    let [here, there] = ["tree", "parent/tree"].map(|tree| place.add(tree, true).generation);
    assert_eq!(place.add("tree", true).generation, here);
    assert_eq!(place.add("parent/tree", true).generation, there);
    // One that was moved is compared with the newest there is.
    fs::create_dir(place.path("moved")).expect("ours");
    fs::rename(place.path("parent/tree"), place.path("moved/tree")).expect("ours");
    let moved = place.add("moved/tree", true);
    assert_eq!((is_new(&moved), moved.generation), (false, there));
}

#[test]
fn one_of_the_future_hides_no_other() {
    let place = Place::new();
    let old = place.backup_of("tree");
    fs::write(place.file("tree-29991231T000000Z.tar.zst"), old).expect("ours");
    fs::write(place.path("tree/etc/name"), "TEXT").expect("ours");
    let first = place.add("tree", true);
    assert!(is_new(&first));
    assert_eq!(place.add("tree", true).generation, first.generation);
}

/// Asks to stop at once.
struct Impatient;

impl Monitor for Impatient {
    fn begin(&self, _: Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        true
    }
}

#[test]
fn what_fails_leaves_nothing() {
    let place = Place::new();
    let add = |tree: &str, monitor: &dyn Monitor| {
        let tree = place.path(tree);
        back_up(&tree, &place.shelf(), &Options::default(), false, monitor).map(|_| ())
    };
    place.tree(&"n".repeat(230), "text");
    let rows: [(&str, &dyn Monitor, ErrorKind, &str); 4] = [
        ("nothing", &Silent, ErrorKind::System, "nothing"),
        ("tree", &Impatient, ErrorKind::Interrupted, "interrupted"),
        ("", &Silent, ErrorKind::Usage, "stands in the tree itself"),
        (&"n".repeat(230), &Silent, ErrorKind::System, "cannot write"),
    ];
    for (tree, monitor, kind, told) in rows {
        let error = add(tree, monitor).expect_err(tree);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!(place.names(), [""; 0], "{tree}");
    }
}

#[test]
fn a_path_names_a_directory_or_a_file() {
    let place = Place::new();
    let tree = place.path("tree");
    std::os::unix::fs::symlink("backups", place.path("link")).expect("ours");
    fs::write(place.path("file"), "").expect("ours");
    let rows = [
        ("backups", true),
        ("backups/", true),
        ("link", true),
        ("new/", true),
        ("other", false),
        ("file", false),
        ("nothing/b", false),
    ];
    for (name, is_shelf) in rows {
        let shelf = Shelf::named(&place.path(name), &tree).expect("can be told");
        assert_eq!(shelf.is_some(), is_shelf, "{name}");
    }
    let new = fs::metadata(place.path("new")).expect("is there");
    assert_eq!(new.permissions().mode() & 0o777, 0o700);
    for (name, told) in [
        ("nothing/new/", "cannot open"),
        ("tree/new/", "in the tree itself"),
    ] {
        let error = Shelf::named(&place.path(name), &tree).err().expect(name);
        assert!(error.to_string().contains(told), "{error}");
    }
    assert!(!place.path("tree/new").exists());
    // It is made for a backup, and goes again if there is none.
    let named = |name: &str| Shelf::named(&place.path(name), &tree).expect("can be told");
    let (made, there) = (named("made/"), named("backups"));
    for shelf in [made, there] {
        shelf.expect("a directory").undo();
    }
    assert!(!place.path("made").exists());
    assert!(place.path("backups").exists());
}

#[test]
fn names_are_of_the_tree_itself() {
    let place = Place::new();
    std::os::unix::fs::symlink("tree", place.path("current")).expect("ours");
    let made = place.add("current", false);
    assert_eq!(&*made.generation.tree, b"tree");
    let parsed = Generation::parse(place.names()[0].as_bytes());
    assert_eq!(parsed, Some(made.generation));
}

#[test]
fn errors_are_sorted() {
    let place = Place::new();
    let inside = Shelf::open(&place.path("tree/etc")).expect("a directory");
    let made = back_up(
        &place.path("tree"),
        &inside,
        &Options::default(),
        false,
        &Silent,
    );
    let error = made.map(|_| ()).expect_err("it is in the tree");
    assert!(matches!(error, CatalogueError::Backup(_)), "{error}");
    assert_eq!(error.kind(), ErrorKind::Usage);
}
