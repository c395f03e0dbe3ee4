//! Backups with the digests that they need to be read at all, and what must hold
//! of one that is accepted.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use libimage::archive::Limits;
use libimage::backup::verify;
use libimage::digest::{Digest, Hasher};
use libimage::entry::{Entry, Timestamp};
use libimage::manifest;
use libimage::monitor::Silent;
use libimage::open::open;
use libimage::seekable::{Info, Packed, Writer};
use libimage::source::Choice;
use libimage::tree::{Directory, Want, walk};

use crate::manifest::seal;
use crate::text::{self, Warnings};
use crate::tree;

const FOOTER: usize = 104;
const HEAD: usize = 8;
const INDEX_MAGIC: u32 = 0x184D_2A5A;

/// The file that a backup is read from; each process has its own.
fn file(bytes: &[u8]) -> PathBuf {
    let name = format!("imgtool-fuzz-{}.tar.zst", std::process::id());
    let path = std::env::temp_dir().join(name);
    fs::write(&path, bytes).expect("there is room");
    path
}

/// Reads a backup in every way: what is accepted must be sound, and the same.
pub fn check(bytes: &[u8]) {
    let file = file(bytes);
    let choice = Choice::default();
    let opened = open(&file, Want::All, &choice, &Limits::default(), &Silent);
    let proven = verify(&file, 1, &Warnings::default());
    match (&opened, &proven) {
        (Ok(opened), Ok(proven)) => {
            let tree = opened.heads().expect("a backup has content");
            let summary = manifest::build(tree, std::io::sink(), 1, &Silent).expect("whole");
            assert_eq!(summary, proven.tree);
            walk(
                tree,
                1,
                |directory, entry| {
                    read(directory, entry);
                    Ok(())
                },
                |_| Ok::<(), libimage::tree::TreeError>(()),
                &Silent,
            )
            .expect("it is in memory");
            let (tree, _) = proven.reader.tree().expect("it was read before");
            tree::check(&tree);
        }
        (Err(error), Err(again)) => {
            text::of_error(error);
            text::of_error(again);
        }
        // Of its content nothing was looked at yet, or it is no backup at all.
        (Ok(_), Err(error)) => {
            text::of_error(error);
        }
        (Err(error), Ok(_)) => panic!("verified, but {}", text::of_error(error)),
    }
}

/// The content of a file is what is listed.
fn read(directory: &dyn Directory, entry: &Entry) {
    let Some(size) = entry.file_size() else {
        return;
    };
    // Of these most is holes.
    if size > 1 << 20 {
        return;
    }
    let mut content = Vec::new();
    let mut file = directory.open(&entry.name).expect("it was verified");
    file.read_to_end(&mut content).expect("it was verified");
    assert_eq!(entry.content, Some(Digest::of(&content).into()));
}

/// The same file with all digests put right, by `docs/backup-format.md`: of each
/// part that is in it, of the index, of the footer.
pub fn mend(bytes: &[u8]) -> Option<Vec<u8>> {
    let begins = bytes.len().checked_sub(FOOTER)?;
    let (body, footer) = bytes.split_at(begins);
    let number = |at: usize| {
        let number = u64::from_le_bytes(footer[at..at + 8].try_into().expect("eight bytes"));
        usize::try_from(number).ok()
    };
    let (offset, length) = (number(24)?, number(32)?);
    let text = body.get(offset.checked_add(HEAD)?..)?.get(..length)?;
    let text = std::str::from_utf8(text).ok()?;
    let mut index = String::new();
    for line in text.split_inclusive('\n') {
        match digest_of(body, line) {
            Some(digest) => {
                let (fields, _) = line.rsplit_once(' ').expect("it has some");
                index.push_str(&format!("{fields} {digest}\n"));
            }
            None => index.push_str(line),
        }
    }
    let mut mended = body[..offset].to_vec();
    mended.extend(INDEX_MAGIC.to_le_bytes());
    mended.extend(u32::try_from(index.len()).ok()?.to_le_bytes());
    mended.extend(index.bytes());
    let start = mended.len();
    mended.extend(&footer[..24]);
    mended.extend((offset as u64).to_le_bytes());
    mended.extend((index.len() as u64).to_le_bytes());
    mended.extend(Digest::of(index.as_bytes()).as_bytes());
    let own = Digest::of(&mended[start..]);
    mended.extend(own.as_bytes());
    Some(mended)
}

/// The digest of the part that a line of an index tells of.
fn digest_of(body: &[u8], line: &str) -> Option<Digest> {
    let mut fields = line.split(' ');
    let word = fields.next()?;
    if !["frame", "manifest", "info"].contains(&word) {
        return None;
    }
    let mut number = || fields.next()?.parse::<usize>().ok();
    let (offset, length) = (number()?, number()?);
    Some(Digest::of(body.get(offset..)?.get(..length)?))
}

/// A backup that is put together: a tar, of which a piece after the other is a
/// frame, and a manifest. `cuts` says how long each frame is, in blocks, and how
/// many entries are said to begin in it.
pub fn assemble(tar: &[u8], cuts: &[[u8; 2]], lines: &[u8]) -> Vec<u8> {
    let manifest = seal(lines);
    let told = manifest::read(&manifest[..], "fuzz");
    let summary = told.ok().map(|(_, summary)| summary);
    let mut writer = Writer::new(Vec::new());
    let (mut rest, mut cuts) = (tar, cuts.iter());
    let mut entries = 0;
    while !rest.is_empty() {
        let (length, count) = match cuts.next() {
            Some(&[blocks, count]) => (usize::from(blocks).max(1) * 512, u64::from(count)),
            None => {
                let all = summary
                    .as_ref()
                    .map_or(1, |summary| summary.counts.entries());
                (rest.len(), all.saturating_sub(entries))
            }
        };
        let (raw, behind) = rest.split_at(length.min(rest.len()));
        rest = behind;
        let bytes = fixtures::compress::compress(raw, fixtures::compress::Codec::Zstd);
        let frame = Packed {
            digest: Digest::of(&bytes),
            bytes,
            raw: raw.len() as u64,
            entries: count,
        };
        writer.frame(&frame).expect("into memory");
        entries += count;
    }
    let info = Info {
        name: "fuzz".to_owned(),
        source: "/fuzz".to_owned(),
        began: Timestamp::from_seconds(7),
        tree: summary
            .as_ref()
            .map_or_else(|| Hasher::new().finish(), |told| told.digest),
        entries,
        bytes: summary.as_ref().map_or(0, |told| told.bytes),
        kind: None,
        arch: None,
        distro: None,
        level: 3,
        version: "0".to_owned(),
        root: None,
    };
    let packed = fixtures::compress::compress(&manifest, fixtures::compress::Codec::Zstd);
    writer.finish(&packed, &info).expect("into memory").0
}

/// What stands between the manifest and the tar of an input for [`assemble`].
const GAP: &[u8] = b"\n--\n";

/// An input for [`disassemble`].
pub fn join(tar: &[u8], cuts: &[[u8; 2]], manifest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(cuts.len()).expect("a few")];
    bytes.extend(cuts.as_flattened());
    bytes.extend(manifest);
    bytes.extend(GAP);
    bytes.extend(tar);
    bytes
}

/// A backup of what a fuzzer makes up.
pub fn disassemble(bytes: &[u8]) -> Option<Vec<u8>> {
    let (&count, rest) = bytes.split_first()?;
    let (cuts, rest) = rest.split_at_checked(2 * usize::from(count % 8))?;
    let gap = rest.windows(GAP.len()).position(|piece| piece == GAP)?;
    let tar = &rest[gap + GAP.len()..];
    let (cuts, _) = cuts.as_chunks::<2>();
    (!tar.is_empty()).then(|| assemble(tar, cuts, &rest[..gap]))
}
