//! A backup as a whole: what is written is read, and whatever is changed in it
//! is found.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use super::*;
use crate::digest::Digest;
use crate::entry::Timestamp;
use crate::sys::section::Section;

/// A small backup: its bytes, and what it was said to be.
pub(super) fn backup() -> (Vec<u8>, Sealed) {
    let mut writer = Writer::new(Vec::new());
    for (number, entries) in [2_u8, 0, 3].into_iter().enumerate() {
        let raw = vec![u8::try_from(number).expect("small"); 2048];
        let bytes = zstd::bulk::compress(&raw, 3).expect("into memory");
        let packed = Packed {
            digest: Digest::of(&bytes),
            bytes,
            raw: raw.len() as u64,
            entries: entries.into(),
        };
        writer.frame(&packed).expect("into memory");
    }
    let info = Info {
        name: "image".to_owned(),
        source: "/cm/images/image".to_owned(),
        began: Timestamp::from_seconds(7),
        tree: Digest::of(b""),
        entries: 5,
        bytes: 9,
        kind: None,
        arch: None,
        distro: None,
        level: 3,
        version: "0".to_owned(),
        root: None,
    };
    writer.finish(b"a manifest", &info).expect("into memory")
}

fn section(bytes: &[u8]) -> Arc<Section> {
    let mut file = tempfile::tempfile().expect("makes");
    file.write_all(bytes).expect("writes");
    Arc::new(Section::whole(file).expect("a file"))
}

/// Reads all there is.
fn read(bytes: &[u8]) -> Result<(Reader, Vec<u8>), FormatError> {
    let reader = Reader::of(section(bytes), "b".to_owned())?;
    let mut all = Vec::new();
    let mut packed = Vec::new();
    for number in 0..reader.index().frames.len() {
        let frame = reader.frame(number, &mut packed)?;
        let raw = usize::try_from(frame.raw).expect("small");
        all.extend(zstd::bulk::decompress(&packed, raw).expect("proven"));
    }
    let mut manifest = reader.manifest()?;
    manifest.read_to_end(&mut all).expect("a file");
    Ok((reader, all))
}

#[test]
fn what_is_written_is_read() {
    let (bytes, sealed) = backup();
    assert_eq!(sealed.bytes, bytes.len() as u64);
    let (reader, all) = read(&bytes).expect("whole");
    assert_eq!(reader.index(), &sealed.index);
    assert_eq!(reader.digest(), sealed.digest);
    assert_eq!(reader.bytes(), sealed.bytes);
    assert_eq!(reader.info().began, Timestamp::from_seconds(7));
    assert_eq!(all.len(), 3 * 2048 + b"a manifest".len());
    // To every other program it is the tar and nothing else.
    let plain = zstd::decode_all(&bytes[..]).expect("zstd frames");
    assert_eq!(plain, all[..3 * 2048]);
}

#[test]
fn every_changed_bit_is_found() {
    let (bytes, _) = backup();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&changed).is_err(), "bit {bit}");
    }
}

#[test]
fn every_cut_and_everything_that_is_added_is_found() {
    let (bytes, _) = backup();
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "{end} bytes");
        assert!(read(&bytes[bytes.len() - end..]).is_err(), "the last {end}");
    }
    assert!(read(&[&bytes[..], b"x"].concat()).is_err());
    assert!(read(&[b"x", &bytes[..]].concat()).is_err());
    assert!(read(&[&bytes[..], &bytes].concat()).is_err());
}

#[test]
fn it_is_told_what_is_damaged() {
    let (bytes, sealed) = backup();
    let at = |offset: u64| usize::try_from(offset).expect("small");
    let index = at(sealed.index.info.offset + sealed.index.info.length);
    let cases = [
        (5, "frame 0"),
        (at(sealed.index.frames[2].offset), "frame 2"),
        (at(sealed.index.manifest.offset) + 9, "the manifest"),
        (at(sealed.index.info.offset), "the info"),
        (index + 30, "the index"),
        (bytes.len() - 1, "the footer"),
    ];
    for (place, part) in cases {
        let mut changed = bytes.clone();
        changed[place] ^= 0x10;
        let Err(FormatError::Damaged { part: found, .. }) = read(&changed) else {
            panic!("{part} counts as whole");
        };
        assert_eq!(found, part);
    }
}
