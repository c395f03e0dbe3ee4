//! The header of an ELF file, held against a second reading of elf(5), and
//! the place of its path. Bytes behind the header are the path, and what the
//! header leads to: what the file needs and offers, in a bounded number of
//! reads.
#![no_main]

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use imgtool_fuzz::text;
use libfuzzer_sys::fuzz_target;
use libimage::inspect::{
    Architecture, Census, Class, Dynamic, DynamicError, ElfIdentity, ElfType, Endian, HEAD_BYTES,
    MAGIC,
};
use libimage::path::ImagePath;
use libimage::tree::ReadAt;

fuzz_target!(|bytes: &[u8]| {
    let (head, path) = bytes.split_at(bytes.len().min(HEAD_BYTES));
    let parsed = ElfIdentity::parse(head);
    assert_eq!(
        parsed,
        ElfIdentity::parse(bytes),
        "what is behind the header counts"
    );
    match parsed {
        Ok(None) => assert!(!head.starts_with(MAGIC)),
        Ok(Some(identity)) => {
            check(head, identity);
            dynamic(bytes, &identity);
        }
        Err(error) => {
            assert!(head.starts_with(MAGIC));
            text::check(&error.to_string());
        }
    }
    if let Ok(path) = ImagePath::new(path)
        && !path.is_root()
    {
        count(&path, head);
    }
});

/// Bytes that count how often they are read.
struct Counted<'b> {
    bytes: &'b [u8],
    reads: AtomicUsize,
}

impl ReadAt for Counted<'_> {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// More than all tables of a file have records, each read in a few pieces.
const MOST_READS: usize = 1 << 17;

/// All names of a file together, and what is kept beside each.
const MOST_NAMES: usize = 128 * 1024;

fn dynamic(bytes: &[u8], identity: &ElfIdentity) {
    let file = Counted {
        bytes,
        reads: AtomicUsize::new(0),
    };
    let found = Dynamic::read(&file, identity);
    assert!(file.reads.into_inner() <= MOST_READS);
    let dynamic = match found {
        Ok(Some(dynamic)) => dynamic,
        Ok(None) => return,
        Err(DynamicError::Malformed(what)) => return text::check(what),
        Err(DynamicError::Io(error)) => panic!("no read failed: {error}"),
    };
    let single = [
        &dynamic.interpreter,
        &dynamic.soname,
        &dynamic.rpath,
        &dynamic.runpath,
    ];
    let single = single.into_iter().flatten();
    let required = dynamic.requires.iter();
    let names = single
        .chain(&dynamic.needed)
        .chain(&dynamic.defines)
        .chain(required.flat_map(|one| [&one.library, &one.version]));
    let mut total = 0;
    for name in names {
        assert!(!name.contains(&0), "a name ends at a zero");
        total += name.len();
    }
    assert!(total <= MOST_NAMES);
}

fn check(head: &[u8], identity: ElfIdentity) {
    let big = identity.data == Endian::Big;
    let number = |at: usize, length: usize| {
        let bytes = &head[at..at + length];
        let digit = |value, &byte: &u8| value << 8 | u32::from(byte);
        if big {
            bytes.iter().fold(0, digit)
        } else {
            bytes.iter().rev().fold(0, digit)
        }
    };
    let wide = identity.class == Class::Elf64;
    assert_eq!(head[4], if wide { 2 } else { 1 });
    assert_eq!(head[5], if big { 2 } else { 1 });
    assert_eq!(head[7], identity.osabi);
    let file_type = match identity.file_type {
        ElfType::Relocatable => 1,
        ElfType::Executable => 2,
        ElfType::Shared => 3,
        ElfType::Core => 4,
        ElfType::Other(other) => other.into(),
    };
    assert_eq!(number(16, 2), file_type);
    assert_eq!(number(18, 2), u32::from(identity.machine.0));
    assert_eq!(number(if wide { 48 } else { 36 }, 4), identity.flags);
    let name = identity.architecture().to_string();
    text::check(&name);
    if let Ok(named) = name.parse::<Architecture>() {
        assert_eq!(named, identity.architecture(), "{name}");
    }
}

/// One file is counted once, as whatever it is.
fn count(path: &ImagePath, head: &[u8]) {
    let mut census = Census::default();
    census.record(path, head);
    let malformed: u64 = census.malformed().map(|(_, files)| files.count()).sum();
    let expected = u64::from(head.starts_with(MAGIC));
    assert_eq!(census.total() + malformed, expected);
    assert_eq!(census.machines().values().sum::<u64>(), census.total());
    if let Some(majority) = census.majority(None) {
        assert_eq!(census.of(majority).count(), 1);
        assert!(majority.machine.is_processor());
    }
    let mut merged = Census::default();
    merged.merge(census.clone());
    assert_eq!(merged, census);
}
