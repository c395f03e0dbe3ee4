//! What no ctime tells is read by `--if-changed`: other content under the same names,
//! sizes and times.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use fixtures::mount::Mount;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::backup::{self, Comparison};
use libimage::monitor::Silent;

use crate::place::Place;

/// A directory `d` with a file, as old as any other one of these.
fn tree(content: &str) -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("").mtime(5, 0))
        .with(Node::dir("d").mtime(6, 0))
        .with(Node::file("d/f", content).mtime(7, 0))
}

fn run(program: &str, arguments: &[&str], paths: &[&Path]) {
    let mut command = Command::new(program);
    let status = command.args(arguments).args(paths).status();
    assert!(status.expect(program).success(), "{program} {arguments:?}");
}

/// Waits until what was written so far is clearly earlier than now.
fn settle(place: &Place) {
    let probe = place.path("probe");
    fs::write(&probe, "").expect("ours");
    let written = fs::metadata(&probe).and_then(|data| data.modified());
    let settled = written.expect("there") + Duration::from_millis(200);
    while SystemTime::now() < settled {}
}

/// Backs a tree up, has it disguised, and compares.
fn compared(place: &Place, at: &Path, disguise: impl FnOnce()) -> Comparison {
    settle(place);
    let options = backup::Options::default();
    backup::to_file(at, &place.file(), false, &options, &Silent).expect("readable");
    disguise();
    let reader = place.reader();
    let (records, _) = reader.tree().expect("whole");
    let records = records.records();
    backup::compare(at, records, reader.info(), &options, &Silent).expect("readable")
}

fn expect_content(compared: &Comparison, file: &str) {
    let Comparison::Changed(change) = compared else {
        panic!("{compared:?}");
    };
    assert_eq!(change.to_string(), format!("`{file}`: its content"));
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn another_lower_layer_of_an_overlay() {
    let place = Place::with(&TreeSpec::new());
    let memory = place.path("memory");
    fs::create_dir(&memory).expect("new");
    let _memory = Mount::new(&["-t", "tmpfs", "none"], &memory);
    let [upper, work, at] = ["memory/upper", "memory/work", "at"].map(|name| place.path(name));
    for dir in [&upper, &work, &at] {
        fs::create_dir(dir).expect("new");
    }
    let mount = |lower: &str| {
        let lower = place.path(lower);
        let [lower, upper, work] = [&lower, &upper, &work].map(|path| path.display());
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        Mount::new(&["-t", "overlay", "-o", &options, "none"], &at)
    };
    for (name, content) in [("one", "one"), ("two", "two")] {
        tree(content).create(&place.path(name), Privilege::Root);
    }
    let mut mounted = Some(mount("one"));
    let compared = compared(&place, &at, || {
        drop(mounted.take());
        mounted = Some(mount("two"));
    });
    expect_content(&compared, "d/f");
}

#[test]
#[ignore = "needs root, loop devices and btrfs-progs; .ci/run runs it"]
fn a_snapshot_in_the_place_of_a_subvolume() {
    let place = Place::with(&TreeSpec::new());
    let [disk, top] = ["disk", "top"].map(|name| place.path(name));
    let file = fs::File::create(&disk).expect("new");
    file.set_len(300 << 20).expect("sparse");
    fs::create_dir(&top).expect("new");
    run("mkfs.btrfs", &["-q"], &[&disk]);
    let mount = || Mount::new(&[Path::new("-o"), Path::new("loop"), &disk], &top);
    let subvolume = |words: &[&str], paths: &[&Path]| {
        run("btrfs", &[&["-q", "subvolume"], words].concat(), paths);
    };
    let mut mounted = Some(mount());
    let path = |name: &str| -> PathBuf { top.join(name) };

    // The tree is one: after a mount the snapshot has its device number.
    subvolume(&["create"], &[&path("tree")]);
    tree("one").create(&path("tree"), Privilege::Root);
    subvolume(&["snapshot"], &[&path("tree"), &path("other")]);
    fs::remove_dir_all(path("other/d")).expect("ours");
    tree("two").create(&path("other"), Privilege::Root);
    let whole = compared(&place, &path("tree"), || {
        subvolume(&["delete"], &[&path("tree")]);
        drop(mounted.take());
        mounted = Some(mount());
        fs::rename(path("other"), path("tree")).expect("ours");
    });
    expect_content(&whole, "d/f");

    // One stands in the tree.
    fs::remove_file(place.file()).expect("ours");
    fs::create_dir(path("around")).expect("new");
    for name in ["around/sub", "prepared"] {
        subvolume(&["create"], &[&path(name)]);
    }
    tree("one").create(&path("around/sub"), Privilege::Root);
    tree("two").create(&path("prepared"), Privilege::Root);
    let set_time = || {
        let around = fs::File::open(path("around")).expect("ours");
        around.set_modified(SystemTime::UNIX_EPOCH).expect("ours");
    };
    set_time();
    let nested = compared(&place, &path("around"), || {
        subvolume(&["delete"], &[&path("around/sub")]);
        subvolume(&["snapshot"], &[&path("prepared"), &path("around/sub")]);
        set_time();
    });
    expect_content(&nested, "sub/d/f");
}
