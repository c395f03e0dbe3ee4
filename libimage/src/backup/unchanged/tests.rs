//! What is noticed, and what is read for it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "changes trees as any program would"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use fixtures::tree::{Node, Privilege, TreeSpec};

use super::*;
use crate::monitor::Silent;
use crate::seekable::Reader;

/// A tree in a directory, and its backup beside it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("makes"));
        let spec = TreeSpec::new()
            .with(Node::dir("etc"))
            .with(Node::file("etc/hosts", "one"))
            .with(Node::file("etc/names", "two"))
            .with(Node::hard_link("etc/again", "etc/hosts"))
            .with(Node::symlink("etc/link", "hosts"))
            .with(Node::dir("usr"))
            .with(Node::dir("usr/bin"))
            .with(Node::file("usr/bin/tool", "tool"));
        spec.create(&place.tree(), Privilege::current());
        place.back_up();
        place
    }

    fn tree(&self) -> std::path::PathBuf {
        self.0.path().join("tree")
    }

    fn file(&self) -> std::path::PathBuf {
        self.0.path().join("b")
    }

    fn back_up(&self) {
        let options = Options::default();
        super::super::to_file(&self.tree(), &self.file(), true, &options, &Silent)
            .expect("readable");
    }

    /// As if ctimes from `settled` on meant that something may be new.
    fn compare(&self, settled: Option<Timestamp>) -> Comparison {
        let reader = Reader::open(&self.file()).expect("a backup");
        let (records, _) = reader.tree().expect("whole");
        let tree = LiveTree::open(&self.tree(), Want::All).expect("opens");
        let may_be_new = |ctime| settled.is_none_or(|settled| ctime >= settled);
        compare_with(&tree, records.records(), &may_be_new, 2, &Silent).expect("readable")
    }

    /// The ctime that a change which is made now gets, and no earlier one has.
    fn tick(&self) -> Timestamp {
        let probe = self.0.path().join("probe");
        let ctime = || {
            fs::write(&probe, "").expect("ours");
            let tree = LiveTree::open(self.0.path(), Want::NoXattrs).expect("opens");
            let (_, top) = crate::tree::Tree::root(&tree).expect("opens");
            let entry = top.lookup(b"probe").expect("looks").expect("is there");
            top.changed(&entry).expect("looks").expect("is on a disk")
        };
        let before = ctime();
        loop {
            let now = ctime();
            if now > before {
                return now;
            }
        }
    }
}

fn read(comparison: &Comparison) -> Option<u64> {
    match comparison {
        Comparison::Unchanged(unchanged) => Some(unchanged.read),
        Comparison::Changed(_) => None,
    }
}

/// Puts other content of the same length there, under the same mtime.
fn rewrite_in_secret(path: &Path, content: &str) {
    let old = fs::metadata(path).and_then(|data| data.modified());
    fs::write(path, content).expect("ours");
    let file = fs::File::options().write(true).open(path).expect("ours");
    file.set_modified(old.expect("a time")).expect("ours");
}

fn mtime_of(path: &Path) -> std::time::SystemTime {
    let data = fs::metadata(path).expect("is there");
    data.modified().expect("a time")
}

fn set_mtime(path: &Path, time: std::time::SystemTime) {
    let file = fs::File::open(path).expect("ours");
    file.set_modified(time).expect("ours");
}

#[test]
fn what_is_settled_is_not_read() {
    let place = Place::new();
    let later = place.tick();
    assert_eq!(read(&place.compare(Some(later))), Some(0));
    assert_eq!(read(&place.compare(Some(Timestamp::default()))), Some(3));
    assert_eq!(read(&place.compare(None)), Some(3), "each inode once");
    // A new ctime alone is a reason to look, not a change.
    let tool = place.tree().join("usr/bin/tool");
    let mode = fs::metadata(&tool).expect("is there").permissions();
    fs::set_permissions(&tool, mode).expect("ours");
    assert_eq!(read(&place.compare(Some(later))), Some(1));
    // What is in the tree may be a snapshot that was put there just now.
    let mode = fs::metadata(place.tree()).expect("is there").permissions();
    fs::set_permissions(place.tree(), mode).expect("ours");
    assert_eq!(read(&place.compare(Some(later))), Some(3));
}

#[test]
fn each_change_is_found_and_named() {
    type Make = fn(&Path);
    let rows: &[(&str, Make, &str)] = &[
        (
            "content",
            |t| fs::write(t.join("etc/names"), "three").expect("ours"),
            "`etc/names`: its kind, size or target",
        ),
        (
            "secret content",
            |t| rewrite_in_secret(&t.join("etc/names"), "TWO"),
            "`etc/names`: its content",
        ),
        (
            "content of a linked file",
            |t| rewrite_in_secret(&t.join("etc/hosts"), "ONE"),
            "`etc/again`: its content",
        ),
        (
            "mode",
            |t| {
                fs::set_permissions(t.join("etc/names"), fs::Permissions::from_mode(0o600))
                    .expect("ours");
            },
            "`etc/names`: its permissions",
        ),
        (
            "mtime",
            |t| set_mtime(&t.join("etc/names"), std::time::UNIX_EPOCH),
            "`etc/names`: its mtime",
        ),
        (
            "target",
            |t| {
                fs::remove_file(t.join("etc/link")).expect("ours");
                symlink("names", t.join("etc/link")).expect("ours");
            },
            "`etc`: its mtime",
        ),
        (
            "new at the end",
            |t| {
                keeping_mtime(&t.join("usr/bin"), |d| {
                    fs::write(d.join("z"), "").expect("ours");
                });
            },
            "`usr/bin/z`: it is new",
        ),
        (
            "new in the middle",
            |t| {
                keeping_mtime(&t.join("etc"), |d| {
                    fs::write(d.join("b"), "").expect("ours");
                });
            },
            "`etc/b`: it is new",
        ),
        (
            "gone",
            |t| {
                keeping_mtime(&t.join("etc"), |d| {
                    fs::remove_file(d.join("link")).expect("ours");
                });
            },
            "`etc/link`: it is gone or of another kind",
        ),
        (
            "the last gone",
            |t| {
                keeping_mtime(&t.join("usr/bin"), |d| {
                    fs::remove_file(d.join("tool")).expect("ours");
                });
            },
            "`usr/bin/tool`: it is gone or of another kind",
        ),
        (
            "another kind",
            |t| {
                keeping_mtime(&t.join("etc"), |d| {
                    fs::remove_file(d.join("link")).expect("ours");
                    fs::create_dir(d.join("link")).expect("ours");
                });
            },
            "`etc/link`: it is gone or of another kind",
        ),
        (
            "a link broken",
            |t| {
                keeping_mtime(&t.join("etc"), |d| {
                    let time = mtime_of(&d.join("again"));
                    fs::remove_file(d.join("again")).expect("ours");
                    fs::copy(d.join("hosts"), d.join("again")).expect("ours");
                    set_mtime(&d.join("again"), time);
                });
            },
            "`etc/hosts`: its hard links are others",
        ),
    ];
    for (name, make, told) in rows {
        let place = Place::new();
        let settled = place.tick();
        make(&place.tree());
        match place.compare(Some(settled)) {
            Comparison::Changed(change) => assert_eq!(change.to_string(), *told, "{name}"),
            Comparison::Unchanged(_) => panic!("{name} was not noticed"),
        }
    }
}

fn keeping_mtime(directory: &Path, change: impl Fn(&Path)) {
    let time = mtime_of(directory);
    change(directory);
    set_mtime(directory, time);
}

/// What is in a directory keeps its ctimes when that is renamed.
#[test]
fn a_directory_that_was_prepared_elsewhere_is_read() {
    let place = Place::new();
    let other = place.0.path().join("other");
    fs::create_dir(&other).expect("ours");
    let bin = place.tree().join("usr/bin");
    let tool = other.join("tool");
    fs::write(&tool, "TOOL").expect("ours");
    set_mtime(&tool, mtime_of(&bin.join("tool")));
    for (one, two) in [(&tool, bin.join("tool")), (&other, bin.clone())] {
        let mode = fs::metadata(two).expect("is there").permissions();
        fs::set_permissions(one, mode).expect("ours");
    }
    let settled = place.tick();
    let (usr, old) = (place.tree().join("usr"), place.0.path().join("old"));
    let times = (mtime_of(&usr), mtime_of(&bin));
    fs::rename(&bin, old).expect("ours");
    fs::rename(&other, &bin).expect("ours");
    set_mtime(&bin, times.1);
    set_mtime(&usr, times.0);
    let expected = Change::Entry {
        path: ImagePath::new(*b"usr/bin/tool").expect("valid"),
        what: "its content",
    };
    assert_eq!(place.compare(Some(settled)), Comparison::Changed(expected));
}

#[test]
fn ctimes_count_only_where_they_prove_something() {
    let place = Place::new();
    let root = Root::open(&place.tree(), Borders::Stay).expect("opens");
    let ext4 = 0xEF53;
    let info = Reader::open(&place.file())
        .expect("a backup")
        .info()
        .clone();
    let after = Timestamp {
        seconds: info.began.seconds + 9,
        nanoseconds: 0,
    };
    let before = Timestamp {
        seconds: info.began.seconds - 9,
        nanoseconds: 0,
    };
    let other = Info {
        root: Some("0:0:1:0.000000000".to_owned()),
        ..info.clone()
    };
    let old = Info {
        root: None,
        ..info.clone()
    };
    let rows = [
        ("as it should be", ext4, &info, after, true),
        ("NFS", 0x6969, &info, after, false),
        ("overlay", 0x794C_7630, &info, after, false),
        ("tmpfs", 0x0102_1994, &info, after, false),
        ("from the future", ext4, &info, before, false),
        ("another directory", ext4, &other, after, false),
        ("an earlier version", ext4, &old, after, false),
    ];
    for (name, kind, info, now, expected) in rows {
        let since = since_when(kind, &root, info, now).expect("looks");
        assert_eq!(since.is_some(), expected, "{name}");
        assert!(since.is_none_or(|since| since == info.began), "{name}");
    }
}

#[test]
fn what_is_clearly_earlier_is_not_new() {
    let at = |seconds, nanoseconds| Timestamp {
        seconds,
        nanoseconds,
    };
    let rows = [
        ("later", at(10, 600_000_000), true),
        ("the same", at(10, 500_000_000), true),
        ("within a tick", at(10, 400_000_000), true),
        ("before that", at(10, 399_999_999), false),
        ("of the second before", at(9, 999_999_999), false),
        ("that second, without a fraction", at(10, 0), true),
        ("two of them before", at(9, 0), true),
        ("before those", at(8, 0), false),
        ("at the end of time", at(i64::MAX, NANOS - 1), true),
    ];
    for (name, ctime, expected) in rows {
        assert_eq!(is_fresh(ctime, at(10, 500_000_000)), expected, "{name}");
    }
}

#[test]
fn another_level_is_another_backup() {
    let place = Place::new();
    let reader = Reader::open(&place.file()).expect("a backup");
    let (records, _) = reader.tree().expect("whole");
    let compared = |level: &str| {
        let options = Options {
            level: level.parse().expect("a level"),
            ..Options::default()
        };
        let records = records.records();
        compare(&place.tree(), records, reader.info(), &options, &Silent).expect("readable")
    };
    assert_eq!(compared("7"), Comparison::Changed(Change::Level(3)));
    assert!(matches!(compared("3"), Comparison::Unchanged(_)));
}

/// Something that may be done to a tree of four files in two directories.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Write(usize, u8),
    WriteInSecret(usize, u8),
    SetMode(usize, u32),
    Swap(usize, usize),
    SwapDirectories,
    Remove(usize),
    Link(usize, usize),
}

const FILES: [&str; 4] = ["a/1", "a/2", "b/1", "b/2"];

fn do_it(tree: &Path, deed: Deed) {
    let file = |number: usize| tree.join(FILES[number]);
    let text = |letter: u8| String::from(char::from(b'a' + letter));
    // Some of it is not there any more: then nothing happens.
    let _ = match deed {
        Deed::Write(at, letter) => fs::write(file(at), text(letter)),
        Deed::WriteInSecret(at, letter) => {
            if file(at).exists() {
                rewrite_in_secret(&file(at), &text(letter));
            }
            Ok(())
        }
        Deed::SetMode(at, mode) => fs::set_permissions(file(at), fs::Permissions::from_mode(mode)),
        Deed::Swap(one, two) => swap(tree, &file(one), &file(two)),
        Deed::SwapDirectories => swap(tree, &tree.join("a"), &tree.join("b")),
        Deed::Remove(at) => fs::remove_file(file(at)),
        Deed::Link(one, two) => {
            let _ = fs::remove_file(file(two));
            fs::hard_link(file(one), file(two))
        }
    };
}

fn swap(tree: &Path, one: &Path, two: &Path) -> std::io::Result<()> {
    let aside = tree.join("aside");
    fs::rename(one, &aside)?;
    fs::rename(two, one)?;
    fs::rename(aside, two)
}

fn deed() -> impl proptest::strategy::Strategy<Value = Deed> {
    use proptest::prelude::*;
    prop_oneof![
        (0_usize..4, 0_u8..2).prop_map(|(at, letter)| Deed::Write(at, letter)),
        (0_usize..4, 0_u8..2).prop_map(|(at, letter)| Deed::WriteInSecret(at, letter)),
        (0_usize..4, 0_u8..2).prop_map(|(at, letter)| Deed::WriteInSecret(at, letter)),
        (0_usize..4, prop_oneof![Just(0o600), Just(0o644)])
            .prop_map(|(at, mode)| Deed::SetMode(at, mode)),
        (0_usize..4, 0_usize..4).prop_map(|(one, two)| Deed::Swap(one, two)),
        Just(Deed::SwapDirectories),
        (0_usize..4).prop_map(Deed::Remove),
        (0_usize..4, 0_usize..4).prop_map(|(one, two)| Deed::Link(one, two)),
    ]
}

/// Gives all of a tree one mtime, as whoever hides a change would.
fn hide(tree: &Path) {
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for name in FILES.iter().chain(&["a", "b", ""]) {
        let path = tree.join(name);
        // Another ctime would have it read, whatever was done to it.
        if path.exists() && mtime_of(&path) != old {
            set_mtime(&path, old);
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// The digest of the tree is the judge.
    #[test]
    fn it_is_unchanged_exactly_if_its_manifest_is(
        deeds in proptest::collection::vec(deed(), 0..5),
        is_settled: bool,
    ) {
        let place = Place(tempfile::tempdir().expect("makes"));
        let tree = FILES.iter().fold(TreeSpec::new(), |tree, name| {
            tree.with(Node::file(*name, &name[..1]).mode(0o644))
        });
        tree.create(&place.tree(), Privilege::current());
        hide(&place.tree());
        place.back_up();
        let settled = place.tick();
        for &deed in &deeds {
            do_it(&place.tree(), deed);
        }
        hide(&place.tree());
        let live = LiveTree::open(&place.tree(), Want::All).expect("opens");
        let now = crate::manifest::build(&live, Vec::new(), 1, &Silent).expect("readable");
        let was = Reader::open(&place.file()).expect("a backup").info().tree;
        let compared = place.compare(is_settled.then_some(settled));
        let is_same = matches!(compared, Comparison::Unchanged(_));
        proptest::prop_assert_eq!(is_same, now.digest == was, "{:?}", compared);
    }
}
