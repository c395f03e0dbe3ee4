//! Whatever is changed in a backup is found.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use fixtures::random::{self, Prng};
use fixtures::tree::{Node, Privilege};
use libimage::backup::{self, VerifyError};
use libimage::error::{ErrorKind, ImageError as _};
use libimage::monitor::Silent;
use libimage::seekable::{FormatError, Reader};

use crate::place::{Place, noise};

/// A backup of some 20 MiB in several frames.
fn place() -> Place {
    let mut tree = random::tree(3, 40, Privilege::current()).with(Node::dir("noise"));
    for number in 0..5 {
        let name = format!("noise/{number}");
        tree = tree.with(Node::file(name, noise(number, 3 << 20)));
    }
    let tree = tree.with(Node::file("noise/large", noise(9, 9 << 20)));
    let place = Place::with(&tree);
    place.back_up(2);
    place
}

/// Whether a byte of a part is under a digest that tells.
fn is_found(place: &Place, offset: u64, bytes: &mut Vec<u8>) -> bool {
    let Ok(reader) = Reader::open(&place.file()) else {
        return true;
    };
    let frames = &reader.index().frames;
    let number = frames.partition_point(|frame| frame.offset + frame.length <= offset);
    if number < frames.len() {
        return reader.frame(number, bytes).is_err();
    }
    reader.manifest().is_err()
}

#[test]
fn every_flipped_bit_is_found() {
    let place = place();
    let reader = place.reader();
    let length = reader.bytes();
    let behind = reader.index().packed();
    drop(reader);
    let file = File::options()
        .write(true)
        .read(true)
        .open(place.file())
        .expect("ours");
    let mut prng = Prng::new(11);
    let mut scratch = Vec::new();
    let mut flip = |offset: u64, bit: usize| {
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset).expect("within it");
        let changed = [byte[0] ^ 1 << bit];
        file.write_all_at(&changed, offset).expect("ours");
        let found = is_found(&place, offset, &mut scratch);
        file.write_all_at(&byte, offset).expect("ours");
        assert!(found, "bit {bit} of byte {offset}");
    };
    // In a frame its digest tells, which takes as long as hashing a frame does.
    for _ in 0..300 {
        flip(prng.next_u64() % behind, prng.below(8));
    }
    for _ in 0..2_000 {
        flip(behind + prng.next_u64() % (length - behind), prng.below(8));
    }
    backup::verify(&place.file(), 2, &Silent).expect("it is whole again");
}

#[test]
fn a_hundred_thousand_flipped_bits_are_found() {
    let tree = random::tree(3, 400, Privilege::current());
    let place = Place::with(&tree);
    place.back_up(1);
    let length = place.reader().bytes();
    let file = File::options()
        .write(true)
        .read(true)
        .open(place.file())
        .expect("ours");
    let mut prng = Prng::new(12);
    let mut scratch = Vec::new();
    for _ in 0..100_000 {
        let (offset, bit) = (prng.next_u64() % length, prng.below(8));
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset).expect("within it");
        file.write_all_at(&[byte[0] ^ 1 << bit], offset)
            .expect("ours");
        let found = is_found(&place, offset, &mut scratch);
        file.write_all_at(&byte, offset).expect("ours");
        assert!(found, "bit {bit} of byte {offset}");
    }
}

#[test]
fn verify_says_what_is_damaged_and_what_is_in_it() {
    let place = place();
    let frames = place.reader().index().frames.clone();
    let large = frames
        .iter()
        .position(|frame| frame.entries == 0)
        .expect("one is large");
    let file = File::options()
        .write(true)
        .open(place.file())
        .expect("ours");
    for number in [0, large] {
        file.write_all_at(b"damage", frames[number].offset + 20)
            .expect("ours");
    }
    let error = backup::verify(&place.file(), 2, &Silent).expect_err("damaged");
    assert_eq!(error.kind(), ErrorKind::Refused);
    let VerifyError::Frames(damaged) = &error else {
        panic!("{error}");
    };
    let numbers: Vec<_> = damaged.frames.iter().map(|frame| frame.number).collect();
    assert_eq!(numbers, [0, large]);
    assert!(damaged.frames[0].paths[0].is_root());
    let named = damaged.frames[1].paths.iter().map(ToString::to_string);
    assert_eq!(named.collect::<Vec<_>>(), ["noise/large"]);
    let text = error.to_string();
    assert!(text.contains(&format!("frame {large} (bytes ")), "{text}");
    assert!(text.contains("`noise/large`"), "{text}");

    // Nothing is published of it, and what is in other frames can be had.
    let refused = place.restore("back", &[], 2).expect_err("damaged");
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(!place.path("back").exists());
    assert_eq!(place.names(), ["tree", "tree.tar.zst"]);
    place
        .restore("some", &[b"noise/4"], 2)
        .expect("it is in another frame");
}

#[test]
fn a_backup_that_is_cut_off_is_none() {
    let place = place();
    let file = File::options()
        .write(true)
        .open(place.file())
        .expect("ours");
    let length = place.reader().bytes();
    for cut in [1, 7, 104, 5000, length - 1] {
        file.set_len(length - cut).expect("ours");
        let error = backup::verify(&place.file(), 2, &Silent).expect_err("cut off");
        assert!(matches!(
            error,
            VerifyError::Format(FormatError::NotABackup { .. })
        ));
        assert_eq!(error.kind(), ErrorKind::Refused);
    }
}
