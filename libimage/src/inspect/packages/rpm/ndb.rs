//! RPM's own database: slots that say where blobs lie, and the blobs.
//!
//! Little-endian throughout. A header of 32 bytes; slots of 16 in pages of
//! 4096, the first two taken by the header; blobs in blocks of 16 bytes, each
//! between a head and a tail. Source: `lib/backend/ndb/rpmpkg.c` of RPM.

use crate::inspect::packages::database::{Budget, DatabaseError, Record, Source, Visit};

const PAGE: u64 = 4096;
const SLOT: usize = 16;
const BLOCK: u64 = 16;

/// Slots that the header stands in.
const FIRST_SLOT: usize = 2;

/// Bytes before and behind a blob.
const HEAD: u64 = 16;
const TAIL: u64 = 12;

/// Bytes read at once of a blob.
const PIECE: u64 = 4096;

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn malformed<T>(what: &'static str) -> Result<T, DatabaseError> {
    Err(DatabaseError::Malformed(what))
}

/// Calls `visit` with each blob.
pub(super) fn each_blob(source: Source<'_>, visit: Visit<'_>) -> Result<(), DatabaseError> {
    let header: [u8; 32] = source.bytes(0)?;
    if !header.starts_with(b"RpmP") {
        return malformed("it does not begin as a database of this format does");
    }
    if word(&header, 4) != 0 {
        return malformed("it is of a version of its format that is not known here");
    }
    let pages = u64::from(word(&header, 12));
    if pages == 0 || pages > source.size() / PAGE {
        return malformed("it has more pages of slots than the file is long");
    }
    // Blobs don't overlap, so that reading them takes no longer than the file.
    let blocks = Budget::new(source.size() / BLOCK);
    blocks.spend(pages * (PAGE / BLOCK))?;
    for page in 0..pages {
        let slots: [u8; 4096] = source.bytes(page * PAGE)?;
        let first = if page == 0 { FIRST_SLOT } else { 0 };
        for slot in slots.chunks_exact(SLOT).skip(first) {
            if !slot.starts_with(b"Slot") {
                return malformed("a slot in it does not begin as slots do");
            }
            let (package, block, count) = (word(slot, 4), word(slot, 8), word(slot, 12));
            // A free slot.
            if block == 0 {
                continue;
            }
            blocks.spend(count.into())?;
            if u64::from(block) < pages * (PAGE / BLOCK) {
                return malformed("a blob in it lies among the slots");
            }
            let place = Place {
                package,
                start: u64::from(block) * BLOCK,
                length: u64::from(count) * BLOCK,
            };
            place.visit(source, visit)?;
        }
    }
    Ok(())
}

/// Where a slot says that a blob is.
struct Place {
    package: u32,
    start: u64,
    length: u64,
}

impl Place {
    fn visit(&self, source: Source<'_>, visit: Visit<'_>) -> Result<(), DatabaseError> {
        let end = self.start + self.length;
        if end > source.size() {
            return Err(DatabaseError::Truncated { needed: end });
        }
        if self.length < HEAD + TAIL {
            return malformed("a blob in it has no room for what surrounds it");
        }
        let head: [u8; 16] = source.bytes(self.start)?;
        let tail: [u8; 12] = source.bytes(end - TAIL)?;
        let length = word(&head, 12);
        let rounded = (HEAD + u64::from(length) + TAIL).next_multiple_of(BLOCK);
        if !head.starts_with(b"BlbS")
            || !tail.ends_with(b"BlbE")
            || word(&head, 4) != self.package
            || word(&tail, 4) != length
            || rounded != self.length
        {
            return malformed("a blob in it is not what its slot says");
        }
        let (start, length) = (self.start + HEAD, u64::from(length));
        let mut more = |loaded: &mut Vec<u8>| {
            let have = loaded.len() as u64;
            let piece = (length - have).min(PIECE);
            loaded.resize(loaded.len() + usize::try_from(piece).expect("a piece"), 0);
            let from = usize::try_from(have).expect("it was loaded");
            source.read(start + have, &mut loaded[from..])
        };
        let length = usize::try_from(length).expect("32 bits fit");
        visit(&mut Record::new(Vec::new(), length, &mut more)?)
    }
}
