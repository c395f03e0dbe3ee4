//! A clone has all that its source has.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

use fixtures::random;
use fixtures::snapshot::names;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::clone::Options;
use libimage::writer::Reflink;

use crate::place::{Place, options, replacing, verifying};

/// Random trees with all kinds of entries and attributes, by each way.
fn all_is_there(seeds: std::ops::Range<u64>, privilege: Privilege) {
    for seed in seeds {
        let tree = random::tree(seed, 60, privilege);
        let place = Place::with(&tree);
        let before = place.snapshot("source");
        let mut one = options(Reflink::Never);
        one.threads = 1;
        let mut several = verifying();
        several.threads = 3;
        for (name, options) in [("one", one), ("several", several)] {
            let outcome = place.clone(name, &options);
            let outcome = outcome.unwrap_or_else(|error| panic!("seed {seed}, {name}: {error}"));
            assert_eq!(before.diff(&place.snapshot(name)), [""; 0], "seed {seed}");
            let digest = place.digest(name);
            assert_eq!(place.digest("source"), digest, "seed {seed}");
            assert_eq!(outcome.digest.is_some(), options.verify);
            assert!(outcome.digest.is_none_or(|told| told == digest));
            assert_eq!(
                outcome.extent.counts.entries(),
                before.entries.len() as u64,
                "seed {seed}"
            );
        }
        let after = place.snapshot("source");
        assert_eq!(before.touched(&after), [""; 0], "seed {seed}");
    }
}

/// Sparse files of 8 EiB cost nothing, and come to more than a number holds.
#[test]
fn sizes_without_end_are_no_overflow() {
    let place = Place::with(&TreeSpec::new());
    let made = ["a", "b", "c"].map(|name| {
        let file = fs::File::create(place.path("source").join(name)).expect("a new name");
        file.set_len(i64::MAX.unsigned_abs() - 4095)
    });
    // Not every file system has such files.
    if made.iter().all(Result::is_ok) {
        let outcome = place.clone("copy", &Options::default()).expect("holes");
        assert_eq!(outcome.extent.bytes, u64::MAX);
    }
}

/// Where a directory hands its group on, what is made has another owner from the
/// beginning than elsewhere.
#[test]
#[ignore = "needs root; .ci/run runs it"]
fn owners_are_the_sources_wherever_it_is_made() {
    const GROUP: u32 = 7;
    let owners = [(0, 0), (0, GROUP), (GROUP, 0), (GROUP, GROUP)];
    let tree = owners.iter().fold(TreeSpec::new(), |tree, &(uid, gid)| {
        let dir = format!("{uid}-{gid}");
        let file = |mode| Node::file(format!("{dir}/{mode:o}"), "x").mode(mode);
        let files = [0o644, 0o6755].map(|mode| file(mode).owner(uid, gid));
        let tree = tree.with(Node::dir(&*dir).owner(uid, gid).mode(0o2755));
        files.into_iter().fold(tree, TreeSpec::with)
    });
    for mode in [0o755, 0o2755] {
        let place = Place::with(&tree);
        let top = place.path("");
        chown(&top, None, Some(GROUP)).expect("root may");
        fs::set_permissions(&top, fs::Permissions::from_mode(mode)).expect("root may");
        place.clone("copy", &verifying()).expect("whole");
        let (source, copy) = (place.snapshot("source"), place.snapshot("copy"));
        assert_eq!(source.diff(&copy), [""; 0], "{mode:o}");
    }
}

#[test]
fn what_an_ordinary_user_may_make_is_all_there() {
    all_is_there(0..25, Privilege::User);
}

#[test]
#[ignore = "needs root; .ci/run runs it"]
fn every_kind_and_attribute_is_there() {
    all_is_there(0..150, Privilege::Root);
}

#[test]
fn holes_stay_holes() {
    let data: &[(u64, &[u8])] = &[(0, b"begin"), (40 << 20, b"middle")];
    let tree = TreeSpec::new()
        .with(Node::sparse("hole", 1 << 30, &[]))
        .with(Node::sparse("ends-in-hole", 1 << 30, data))
        .with(Node::sparse("ends-in-data", (40 << 20) + 6, data))
        .with(Node::file("empty", ""));
    let place = Place::with(&tree);
    for reflink in [Reflink::Auto, Reflink::Never] {
        let name = format!("{reflink:?}");
        place
            .clone(&name, &options(reflink))
            .expect("nothing is wrong");
        for file in ["hole", "ends-in-hole", "ends-in-data", "empty"] {
            let look = |tree: &str| {
                let path = place.path(tree).join(file);
                fs::metadata(path).expect("it is there")
            };
            let (source, copy) = (look("source"), look(&name));
            assert_eq!(source.len(), copy.len(), "{name} {file}");
            let (had, has) = (source.blocks(), copy.blocks());
            assert!(has <= had, "{name} {file}: {has} blocks of {had}");
        }
        // Of holes alone there is nothing to read.
        assert_eq!(place.digest("source"), place.digest(&name));
    }
}

#[test]
fn what_lies_deep_or_is_large_is_there_too() {
    let mut path = String::from("d");
    for _ in 0..200 {
        path.push_str("/d");
    }
    let large = |byte: u8, size| vec![byte; size];
    let tree = TreeSpec::new()
        .with(Node::dir(path.clone()))
        .with(Node::file(format!("{path}/file"), "deep"))
        .with(Node::file(format!("{path}/large"), large(b'a', 5 << 20)))
        .with(Node::file("larger", large(b'b', (20 << 20) + 1)))
        .with(Node::hard_link("d/again", "larger"));
    let place = Place::with(&tree);
    let before = place.snapshot("source");
    for (name, threads) in [("one", 1), ("four", 4)] {
        let mut options = Options::default();
        options.threads = threads;
        place.clone(name, &options).expect("nothing is wrong");
        assert_eq!(before.diff(&place.snapshot(name)), [""; 0], "{name}");
    }
}

#[test]
fn a_clone_has_its_own_records_and_none_of_the_former_trees() {
    let place = Place::with(&TreeSpec::new().with(Node::file("file", "x")));
    let private = place.path(".imgtool");
    place.clone("tree", &verifying()).expect("nothing is wrong");
    assert_eq!(names(&private), ["tree.manifest", "tree.origin.json"]);
    let origin = fs::read_to_string(private.join("tree.origin.json")).expect("is there");
    let source = place.path("source").canonicalize().expect("is there");
    for part in [
        format!("\"source\":\"{}\"", source.display()),
        format!("\"tree_digest\":\"{}\"", place.digest("source")),
    ] {
        assert!(origin.contains(&part), "{part} in {origin}");
    }

    let outcome = place.clone("tree", &replacing()).expect("nothing is wrong");
    assert!(outcome.replaced);
    assert_eq!(names(&private), ["tree.origin.json"]);
    let origin = fs::read_to_string(private.join("tree.origin.json")).expect("is there");
    assert!(origin.contains("\"tree_digest\":null"), "{origin}");
}

/// A process killed right after the rename, or while it named the records.
#[test]
fn records_that_a_clone_has_none_of_go_after_a_crash_too() {
    for named in [false, true] {
        let place = Place::with(&TreeSpec::new().with(Node::file("file", "x")));
        let private = place.path(".imgtool");
        place.clone("tree", &replacing()).expect("nothing is wrong");
        let origin = fs::read_to_string(private.join("tree.origin.json")).expect("is there");
        let (_, root) = origin.split_once("\"root\":\"").expect("names the tree");
        let (root, _) = root.split_once('"').expect("ends");
        fs::write(private.join("tree.manifest"), "of the former tree").expect("a new name");
        let staged = private.join("tree.staged");
        fs::create_dir(&staged).expect("a new name");
        fs::write(staged.join("note"), format!("{root} - - 1 2 .origin.json")).expect("a new name");
        if !named {
            let origin = private.join("tree.origin.json");
            fs::rename(origin, staged.join("origin.json")).expect("is there");
        }
        // The tree is in the way; but what was begun is finished.
        let refused = place.clone("tree", &Options::default());
        assert!(refused.is_err(), "{refused:?}");
        place
            .clone("other", &Options::default())
            .expect("it is free");
        let lock = libimage::writer::Destination::new(&place.path("tree")).expect("a place");
        let staging = libimage::writer::Staging::begin(&lock, &libimage::monitor::Silent);
        drop(staging.expect("nobody is there"));
        assert_eq!(names(&private), ["other.origin.json", "tree.origin.json"]);
    }
}
