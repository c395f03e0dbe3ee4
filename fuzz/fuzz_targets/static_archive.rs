//! A static archive, read by position.
#![no_main]

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use imgtool_fuzz::text;
use libfuzzer_sys::fuzz_target;
use libimage::inspect::static_archive_identities;
use libimage::tree::ReadAt;

/// The bytes of a file, at most so many at once, and how often they were read.
struct File<'a> {
    bytes: &'a [u8],
    most: usize,
    reads: AtomicUsize,
}

impl ReadAt for File<'_> {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let start = usize::try_from(offset).map_or(self.bytes.len(), |at| at.min(self.bytes.len()));
        let rest = &self.bytes[start..];
        let length = rest.len().min(into.len()).min(self.most);
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let file = |most| File {
        bytes,
        most,
        reads: AtomicUsize::new(0),
    };
    let whole = file(usize::MAX);
    let found = static_archive_identities(&whole);
    // The magic, and of each member header and data, each to its end.
    assert!(whole.reads.load(Ordering::Relaxed) <= 2 + 4 * 1024);
    let pieces = static_archive_identities(&file(7));
    match (found, pieces) {
        (Ok(found), Ok(pieces)) => {
            assert_eq!(found, pieces);
            assert!(bytes.starts_with(b"!<arch>\n") || found.is_empty());
            assert!(found.len() <= 8);
            let headers = bytes.windows(4).filter(|four| *four == b"\x7fELF").count();
            assert!(found.len() <= headers);
        }
        (found, pieces) => {
            let (found, pieces) = (found.err(), pieces.err());
            let shown = found.map(|error| error.to_string());
            assert_eq!(shown, pieces.map(|error| error.to_string()));
            text::check(&shown.expect("both failed"));
        }
    }
});
