//! There and back: every kind and every attribute.

use fixtures::random;
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::backup;
use libimage::manifest;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};

use crate::place::{Place, noise};

#[test]
fn any_tree_comes_back_as_it_was() {
    for seed in 0..40 {
        let place = Place::with(&random::tree(seed, 60, Privilege::current()));
        let made = place.back_up(1 + usize::try_from(seed % 3).expect("small"));
        let proven = backup::verify(&place.file(), 2, &Silent).expect("whole");
        assert_eq!(proven.tree, made.tree, "seed {seed}");
        let restored = place.restore("back", &[], 2).expect("whole");
        assert_eq!(restored.tree, made.tree, "seed {seed}");
        let lines = place.snapshot("tree").diff(&place.snapshot("back"));
        assert_eq!(lines, [""; 0], "seed {seed}");
        let tree = LiveTree::open(&place.tree(), Want::All).expect("opens");
        let live = manifest::build(&tree, std::io::sink(), 1, &Silent).expect("readable");
        assert_eq!(live, made.tree, "seed {seed}");
    }
}

/// Files of all sizes around a frame, with holes and without.
fn large() -> TreeSpec {
    const FRAME: usize = 4 << 20;
    let sizes = [
        0,
        1,
        511,
        512,
        FRAME - 1,
        FRAME,
        FRAME + 1,
        2 * FRAME,
        3 * FRAME + 700,
    ];
    let mut tree = TreeSpec::new().with(Node::dir("d")).with(Node::dir("e"));
    for (number, &size) in sizes.iter().enumerate() {
        let content = noise(size as u64, size);
        tree = tree
            .with(Node::file(format!("d/{number}"), content))
            .with(Node::hard_link(
                format!("e/{number}"),
                format!("d/{number}"),
            ));
    }
    tree
}

#[test]
fn large_files_go_over_frames() {
    let place = Place::with(&large());
    let mut digests = Vec::new();
    for threads in [1, 2, 5] {
        let made = place.back_up(threads);
        let frames = &made.sealed.index.frames;
        assert!(frames.iter().filter(|frame| frame.entries == 0).count() >= 7);
        digests.push(made.sealed.index.frames.clone());
        backup::verify(&place.file(), threads, &Silent).expect("whole");
        let name = format!("back{threads}");
        let restored = place.restore(&name, &[], threads).expect("whole");
        assert_eq!(restored.tree, made.tree);
        let lines = place.snapshot("tree").diff(&place.snapshot(&name));
        assert_eq!(lines, [""; 0]);
    }
    digests.dedup();
    assert_eq!(
        digests.len(),
        1,
        "the number of threads makes no difference"
    );
}

#[test]
fn holes_stay_holes() {
    use std::os::unix::fs::{FileExt as _, MetadataExt as _};
    let place = Place::with(&TreeSpec::new());
    let at = |offset: u64| (offset, vec![b'x'; 5000]);
    let cases = [
        ("all", 40 << 20, vec![]),
        ("small", 100_000, vec![at(0), at(70_000)]),
        ("start", 64 << 20, vec![at(0)]),
        ("middle", 64 << 20, vec![at(30 << 20)]),
        ("end", 64 << 20, vec![at((64 << 20) - 5000)]),
        (
            "large",
            64 << 20,
            vec![(1 << 20, noise(1, 20 << 20)), at(60 << 20)],
        ),
    ];
    for (name, size, pieces) in &cases {
        let file = std::fs::File::create(place.tree().join(name)).expect("new");
        file.set_len(*size).expect("ours");
        for (offset, bytes) in pieces {
            file.write_all_at(bytes, *offset).expect("ours");
        }
    }
    let made = place.back_up(2);
    assert!(made.sealed.index.raw() < 30 << 20);
    backup::verify(&place.file(), 2, &Silent).expect("whole");
    place.restore("back", &[], 2).expect("whole");
    assert_eq!(
        place.snapshot("tree").diff(&place.snapshot("back")),
        [""; 0]
    );
    for (name, ..) in &cases {
        let blocks = |tree: &str| {
            let file = std::fs::metadata(place.path(tree).join(name));
            file.expect("it is there").blocks()
        };
        assert!(blocks("back") <= blocks("tree"), "{name}");
    }
}

#[test]
fn nothing_is_left_beside_the_tree() {
    let place = Place::with(&TreeSpec::new().with(Node::file("f", "text")));
    place.back_up(1);
    assert_eq!(place.names(), ["tree", "tree.tar.zst"]);
}

/// As many attributes as an inode of tmpfs may have.
#[test]
#[ignore = "needs root to set attributes of the system; .ci/run runs it"]
fn what_no_reader_would_take_is_not_written() {
    use fixtures::mount::Mount;
    let place = Place::with(&TreeSpec::new());
    let _memory = Mount::new(&["-t", "tmpfs", "-o", "size=400m", "none"], &place.path(""));
    for name in ["tree", "back"] {
        std::fs::create_dir(place.path(name)).expect("new");
    }
    // In a manifest they take twice as much; all alike they take next to nothing of
    // the file, so that what it lists would seem to be a lie.
    for (count, is_alike, told) in [
        (20, true, None),
        (200, true, Some("tree")),
        (400, false, None),
        (600, false, Some("`many`")),
        (1100, false, Some("many")),
    ] {
        let value = |number| {
            if is_alike {
                vec![b'x'; 65_000]
            } else {
                noise(number, 65_000)
            }
        };
        let file = (0..count).fold(Node::file("many", "x"), |file, number| {
            file.xattr(format!("trusted.{number:04}"), value(number))
        });
        let _ = std::fs::remove_file(place.tree().join("many"));
        TreeSpec::new()
            .with(file)
            .create(&place.tree(), Privilege::Root);
        let options = backup::Options::default();
        let made = backup::to_file(&place.tree(), &place.file(), true, &options, &Silent);
        if let Some(told) = told {
            let error = made.map(|_| ()).expect_err("it does not fit");
            let error = libimage::error::chain(&error);
            assert!(error.contains(told), "{count}: {error}");
        } else {
            made.expect("it fits");
            backup::verify(&place.file(), 1, &Silent).expect("whole");
            place.replace("back").expect("whole");
        }
    }
}
