//! Content is read out of a backup, without restoring it.

use std::io::Read as _;
use std::os::unix::fs::FileExt as _;

use fixtures::tree::{Node, TreeSpec};
use libimage::archive::Limits;
use libimage::digest::{Digest, Hasher};
use libimage::monitor::Silent;
use libimage::open::{Opened, open};
use libimage::source::Choice;
use libimage::tree::{Want, walk};

use crate::place::{Place, noise};

#[test]
fn every_file_reads_as_it_was() {
    let tree = TreeSpec::new()
        .with(Node::file("empty", ""))
        .with(Node::file("large", noise(1, 20 << 20)))
        .with(Node::file("small", "small"))
        .with(Node::hard_link("the-same", "large"))
        .with(Node::file("other", noise(2, 3 << 20)));
    let place = Place::with(&tree);
    let sparse = std::fs::File::create(place.tree().join("sparse")).expect("new");
    sparse.set_len(40 << 20).expect("ours");
    sparse.write_all_at(b"data", 20 << 20).expect("ours");
    place.back_up(2);
    let opened = open(
        &place.file(),
        Want::All,
        &Choice::default(),
        &Limits::default(),
        &Silent,
    );
    let opened = opened.expect("whole");
    assert!(matches!(opened, Opened::Backup(..)));
    let tree = opened.heads().expect("a backup has content");
    let mut files = 0;
    walk(
        tree,
        2,
        |directory, entry| {
            let Some(size) = entry.file_size() else {
                return Ok(());
            };
            let mut content = directory.open(&entry.name)?;
            let mut hasher = Hasher::new();
            let mut piece = vec![0; 70_000];
            loop {
                let length = content.read(&mut piece).expect("whole");
                if length == 0 {
                    break;
                }
                hasher.update(&piece[..length]);
            }
            assert_eq!(entry.content, Some(hasher.finish().into()));
            if &*entry.name == b"sparse" {
                assert!(directory.open_at(&entry.name).is_err());
                return Ok(());
            }
            let content = directory.open_at(&entry.name)?;
            assert_eq!(content.size(), size);
            let mut bytes = Vec::new();
            loop {
                let length = content
                    .read_at(&mut piece, bytes.len() as u64)
                    .expect("whole");
                if length == 0 {
                    break;
                }
                bytes.extend_from_slice(&piece[..length]);
            }
            assert_eq!(entry.content, Some(Digest::of(&bytes).into()));
            Ok(())
        },
        |walked| {
            files += u32::from(walked.entry.file_size().is_some());
            Ok::<(), libimage::tree::TreeError>(())
        },
        &Silent,
    )
    .expect("whole");
    assert_eq!(files, 6);
}
