//! Whether there is room is told before anything is written.

use std::path::Path;

use fixtures::archive::{Options, write};
use fixtures::compress::{Codec, compress};
use fixtures::mount::Mount;
use fixtures::tree::{Node, Privilege, TreeSpec};

use crate::sandbox::Sandbox;

/// A file system in memory of a few megabytes, for as long as this lives.
pub(crate) fn small(at: &Path) -> Mount {
    std::fs::create_dir(at).expect("a new name");
    let options = "size=4m,nr_inodes=100,mode=755";
    Mount::new(&["-t", "tmpfs", "-o", options, "none"], at)
}

/// A tree of so many files of so many bytes that no compressor makes smaller.
fn spec(files: usize, size: usize) -> TreeSpec {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let top = TreeSpec::new().with(Node::dir("").mode(0o755));
    (0..files).fold(top, |spec, number| {
        let content: Vec<u8> = (0..size).map(|_| noise()).collect();
        spec.with(Node::file(format!("f{number}"), content))
    })
}

/// The same as an archive.
fn tree(files: usize, size: usize) -> Vec<u8> {
    write(&spec(files, size), Options::gnu_tar())
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn what_is_missing_is_told_before_the_first_byte() {
    let sandbox = Sandbox::new();
    let _small = small(&sandbox.path("small"));
    let large = tree(6, 1 << 20);
    sandbox.file("large.tar", &large);
    sandbox.file("large.tar.gz", &compress(&large, Codec::Gzip));
    sandbox.file("many.tar", &tree(200, 9000));
    sandbox.file("fits.tar", &tree(2, 1 << 20));
    let cases = [
        (
            "large.tar",
            "it takes 6.0 MiB, 4.0 MiB are free, 2.0 MiB are missing",
        ),
        ("large.tar.gz", "it takes at least 5."),
        (
            "many.tar",
            "it takes 201 inodes, 99 are free, 102 are missing",
        ),
    ];
    for (name, expected) in cases {
        for more in [&[][..], &["--dry-run"]] {
            let arguments = [&["import", name, "--into", "small/new"], more].concat();
            let answer = sandbox.run(&arguments).expect(4);
            assert!(answer.stderr.contains(expected), "{name}: {answer:#?}");
            assert!(answer.stderr.contains("--no-room-check"), "{answer:#?}");
            let left = fixtures::snapshot::names(&sandbox.path("small"));
            assert!(left.is_empty(), "{left:?}");
        }
        // Without the check the system says it, in the middle.
        let arguments = ["import", name, "--into", "small/new", "--no-room-check"];
        let answer = sandbox.run(&arguments).expect(4);
        assert!(answer.stderr.contains("No space left"), "{answer:#?}");
        assert!(fixtures::snapshot::names(&sandbox.path("small")).is_empty());
    }
    sandbox
        .run(&["import", "fits.tar", "--into", "small/new"])
        .expect(1);
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_backup_that_finds_no_room_tells_how_much_it_takes() {
    let sandbox = Sandbox::new();
    let small = sandbox.path("small");
    let _small = self::small(&small);
    // Neither holes nor further names take room in it.
    let large = spec(6, 3 << 20)
        .with(Node::sparse("holes", 5 << 30, &[]))
        .with(Node::hard_link("again", "f0"));
    large.create(&sandbox.path("large"), Privilege::current());
    sandbox.file("small/b", b"a former one");
    let arguments = ["backup", "large", "--to", "small/b", "--replace"];
    let answer = sandbox.run(&arguments).expect(4);
    for expected in [
        "there is no room for `small/b`: it takes about 18.",
        "3.9 MiB could be written, about 14.",
        "No space left",
        "choose another place",
    ] {
        assert!(answer.stderr.contains(expected), "{expected}: {answer:#?}");
    }
    let left = std::fs::read(sandbox.path("small/b")).expect("it is there still");
    assert_eq!(left, b"a former one");
    assert_eq!(fixtures::snapshot::names(&small), ["b"]);
}

#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_restore_tells_what_is_missing_before_and_in_the_middle() {
    let sandbox = Sandbox::new();
    let small = sandbox.path("small");
    let _small = self::small(&small);
    for (name, files, size) in [
        ("large", 6, 1 << 20),
        ("many", 200, 9000),
        ("fits", 2, 1 << 20),
    ] {
        spec(files, size).create(&sandbox.path(name), Privilege::current());
        sandbox
            .run(&["backup", name, "--to", &format!("{name}.tar.zst")])
            .expect(0);
    }
    let cases = [
        (
            "large",
            "it takes at least 6.0 MiB, 4.0 MiB are free, at least 2.0 MiB are missing",
            "it takes about 6.0 MiB, 3.9 MiB could be written, about 2.0 MiB are missing",
        ),
        (
            "many",
            "it takes at least 201 inodes, 99 are free, at least 102 are missing",
            "could be made, about 10",
        ),
    ];
    for (name, before, within) in cases {
        let file = format!("{name}.tar.zst");
        let arguments = ["restore", &file, "--into", "small/new"];
        let answer = sandbox.run(&arguments).expect(4);
        assert!(answer.stderr.contains(before), "{name}: {answer:#?}");
        assert!(answer.stderr.contains("--no-room-check"), "{answer:#?}");
        let answer = sandbox
            .run(&[&arguments[..], &["--no-room-check"]].concat())
            .expect(4);
        assert!(answer.stderr.contains(within), "{name}: {answer:#?}");
        assert!(answer.stderr.contains("No space left"), "{answer:#?}");
        assert_eq!(fixtures::snapshot::names(&small), [""; 0], "{name}");
    }
    sandbox
        .run(&["restore", "fits.tar.zst", "--into", "small/new"])
        .expect(0);
}

/// When a backup is wanted most.
#[test]
#[ignore = "needs root to mount; .ci/run runs it"]
fn a_tree_on_a_full_disk_is_backed_up() {
    let sandbox = Sandbox::new();
    let _small = small(&sandbox.path("small"));
    spec(2, 1 << 20).create(&sandbox.path("small/tree"), Privilege::current());
    for number in 0..200 {
        // Whatever runs out first.
        let _ = std::fs::write(sandbox.path(&format!("small/full{number}")), "x");
    }
    let answer = sandbox
        .run(&["backup", "small/tree", "--to", "b"])
        .expect(0);
    assert!(answer.stderr.contains("cannot be locked"), "{answer:#?}");
    sandbox.run(&["backup", "verify", "b"]).expect(0);
}
