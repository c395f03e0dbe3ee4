//! Backups, and what they are made of.

use std::fs;

use fixtures::random;
use fixtures::tree::{Node, Privilege, TreeSpec};
use imgtool_fuzz::backup::join;
use libimage::backup::{Options, backup};
use libimage::manifest;
use libimage::monitor::Silent;
use libimage::seekable::Reader;

use super::Seeds;

fn trees() -> Vec<(String, TreeSpec)> {
    let privilege = Privilege::current();
    let random = |seed| (format!("random-{seed}"), random::tree(seed, 6, privilege));
    let mut trees: Vec<_> = (0..12).map(random).collect();
    let linked = TreeSpec::new()
        .with(Node::file("a", "text"))
        .with(Node::sparse("holes", 1 << 16, &[(4096, b"x")]))
        .with(Node::hard_link("later", "a"))
        .with(Node::symlink("z", "a"));
    trees.push(("linked".to_owned(), linked));
    trees
}

/// Whole backups; and for each its tar, cut in one place or in none, with its
/// manifest.
pub fn backups() -> (Seeds, Seeds) {
    let at = std::env::temp_dir().join(format!("imgtool-seed-{}", std::process::id()));
    let (mut whole, mut parts) = (Seeds::new(), Seeds::new());
    for (name, tree) in trees() {
        let place = at.join("tree");
        tree.create(&place, Privilege::current());
        let (bytes, _) =
            backup(&place, Vec::new(), &Options::default(), &Silent).expect("it is ours");
        let file = at.join("file");
        fs::write(&file, &bytes).expect("there is room");
        let reader = Reader::open(&file).expect("just made");
        let (listed, summary) = reader.tree().expect("just made");
        let mut text = Vec::new();
        manifest::build(&listed, &mut text, 1, &Silent).expect("into memory");
        let mut frame = Vec::new();
        reader.frame(0, &mut frame).expect("just made");
        let tar = zstd::decode_all(&frame[..]).expect("just made");
        let rest = u8::try_from(summary.counts.entries() - 1).expect("a few");
        for (cut, cuts) in [("", &[][..]), ("-cut", &[[1, 1], [255, rest]])] {
            parts.push((format!("{name}{cut}"), join(&tar, cuts, &text)));
        }
        whole.push((name, bytes));
        fs::remove_dir_all(&at).expect("ours");
    }
    (whole, parts)
}
