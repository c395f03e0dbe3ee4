//! One archive through every compressor, in one piece and in several.

use fixtures::snapshot::Snapshot;

use crate::import::{differences, imported};
use crate::scratch::Scratch;
use crate::specimen;
use crate::writers::written;

/// Lines for the shell beside `plain.tar`, which has more than 600 KB.
const LINES: &[&str] = &[
    "gzip -c plain.tar",
    "gzip -c --rsyncable plain.tar",
    "pigz -c -b 128 -p 3 plain.tar",
    "split -b 100000 --filter='gzip -c' plain.tar",
    "split -b 512 --filter='gzip -c -1' plain.tar",
    "zstd -c plain.tar",
    "zstd -c -T2 -B100000 --long=27 plain.tar",
    "zstd -c --no-check <plain.tar",
    "split -b 100000 --filter='zstd -c' plain.tar",
    // A skippable frame before each frame says how long that is.
    "pzstd -c -p 3 plain.tar",
    r"split -b 200000 --filter='zstd -c; printf \\120\\052\\115\\030\\004\\0\\0\\0note' plain.tar",
    "xz -c -0 plain.tar",
    "xz -c -0 -T2 --block-size=100000 plain.tar",
    "xz -c --check=sha256 --x86 --lzma2=preset=0 plain.tar",
    "split -b 200000 --filter='xz -c -0' plain.tar",
    // Stream padding.
    r"split -b 200000 --filter='xz -c -0; printf \\0\\0\\0\\0' plain.tar",
    "bzip2 -c plain.tar",
    "split -b 200000 --filter='bzip2 -c' plain.tar",
    "pbzip2 -c -1 -b1 -p2 plain.tar",
    "lbzip2 -c -1 -n 2 plain.tar",
];

#[test]
#[ignore = "needs root, GNU tar and the compressors; .ci/run runs it"]
fn however_it_is_compressed_it_is_the_same_tree() {
    let scratch = Scratch::new();
    let tree = scratch.tree("tree", &specimen::tree());
    let plain = written("tar --format=posix --xattrs --sparse -cf - .", &tree);
    std::fs::write(scratch.path("plain.tar"), &plain).expect("there is space");
    let import = |name: &str, archive: &[u8]| -> Result<_, String> {
        let into = scratch.path(name);
        let outcome = imported(archive, &into).map_err(|error| error.to_string())?;
        Ok((outcome, Snapshot::of(&into)))
    };
    let (outcome, expected) = import("plain", &plain).expect("it is an archive");
    let mut wrong = Vec::new();
    for (number, line) in LINES.iter().enumerate() {
        let archive = written(line, &scratch.path("."));
        assert_ne!(archive, plain, "{line}");
        match import(&number.to_string(), &archive) {
            Err(error) => wrong.push(format!("{line}: {error}")),
            Ok((other, found)) => {
                let lines = differences(&expected, &found);
                wrong.extend(lines.iter().map(|found| format!("{line}: {found}")));
                assert_eq!(other.tree.digest, outcome.tree.digest, "{line}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
