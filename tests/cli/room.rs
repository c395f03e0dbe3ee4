//! Whether there is room is told before anything is written.

use std::path::Path;

use fixtures::archive::{Options, write};
use fixtures::compress::{Codec, compress};
use fixtures::mount::Mount;
use fixtures::tree::{Node, TreeSpec};

use crate::sandbox::Sandbox;

/// A file system in memory of a few megabytes, for as long as this lives.
pub(crate) fn small(at: &Path) -> Mount {
    std::fs::create_dir(at).expect("a new name");
    let options = "size=4m,nr_inodes=100,mode=755";
    Mount::new(&["-t", "tmpfs", "-o", options, "none"], at)
}

/// A tree of so many files of so many bytes that no compressor makes smaller.
fn tree(files: usize, size: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let top = TreeSpec::new().with(Node::dir("").mode(0o755));
    let spec = (0..files).fold(top, |spec, number| {
        let content: Vec<u8> = (0..size).map(|_| noise()).collect();
        spec.with(Node::file(format!("f{number}"), content))
    });
    write(&spec, Options::gnu_tar())
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
