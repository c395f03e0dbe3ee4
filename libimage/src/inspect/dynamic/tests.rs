//! Files of every class and byte order, and what damage makes of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use fixtures::elf::{self, ElfSpec, FileType, Machine};
use proptest::prelude::*;

use super::*;
use crate::inspect::HEAD_BYTES;
use crate::inspect::fake::Bytes;

fn words(names: &[&str]) -> Vec<Box<[u8]>> {
    names.iter().map(|name| name.as_bytes().into()).collect()
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn read(bytes: &[u8]) -> Result<Option<Dynamic>, DynamicError> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let identity = ElfIdentity::parse(head).ok().flatten().expect("a header");
    Dynamic::read(&Bytes(bytes.to_vec()), &identity)
}

fn spec(machine: Machine) -> ElfSpec {
    ElfSpec {
        interp: Some("/lib/ld.so".to_owned()),
        soname: Some("libown.so.1".to_owned()),
        needed: owned(&["libc.so.6", "libm.so.6"]),
        rpath: Some("/opt/old".to_owned()),
        runpath: Some("$ORIGIN/../lib:/opt/x".to_owned()),
        requires: vec![
            (
                "libc.so.6".to_owned(),
                owned(&["GLIBC_2.2.5", "GLIBC_2.34"]),
            ),
            ("libm.so.6".to_owned(), owned(&["GLIBC_2.29"])),
        ],
        defines: owned(&["OWN_1", "OWN_2"]),
        ..ElfSpec::new(machine, FileType::Dyn)
    }
}

#[test]
fn all_of_it_is_read_in_every_class_and_byte_order() {
    let machines = [
        Machine::X86_64,
        Machine::I386,
        Machine::Aarch64,
        Machine::S390,
        Machine::Ppc64,
    ];
    for machine in machines {
        let requirement = |library: &str, version: &str| Requirement {
            library: library.as_bytes().into(),
            version: version.as_bytes().into(),
        };
        let expected = Dynamic {
            interpreter: Some(b"/lib/ld.so".as_slice().into()),
            soname: Some(b"libown.so.1".as_slice().into()),
            needed: words(&["libc.so.6", "libm.so.6"]),
            rpath: Some(b"/opt/old".as_slice().into()),
            runpath: Some(b"$ORIGIN/../lib:/opt/x".as_slice().into()),
            requires: vec![
                requirement("libc.so.6", "GLIBC_2.2.5"),
                requirement("libc.so.6", "GLIBC_2.34"),
                requirement("libm.so.6", "GLIBC_2.29"),
            ],
            defines: words(&["OWN_1", "OWN_2"]),
            no_default_directories: false,
        };
        let found = read(&spec(machine).bytes()).expect("readable");
        assert_eq!(found, Some(expected), "{machine:?}");
    }
}

#[test]
fn files_that_nobody_loads_have_none() {
    let object = elf::kernel_module(Machine::X86_64);
    assert!(read(&object).expect("readable").is_none());
    let static_program = ElfSpec::new(Machine::X86_64, FileType::Exec).bytes();
    assert!(read(&static_program).expect("readable").is_none());
    let core = ElfSpec::new(Machine::X86_64, FileType::Core).bytes();
    assert!(read(&core).expect("readable").is_none());
}

#[test]
fn what_ends_early_is_malformed() {
    let bytes = spec(Machine::X86_64).bytes();
    let whole = read(&bytes).expect("readable");
    for length in HEAD_BYTES..bytes.len() {
        match read(&bytes[..length]) {
            Err(DynamicError::Malformed(_)) => {}
            // What follows are the program's own instructions.
            found => assert_eq!(found.expect("readable"), whole, "{length}"),
        }
    }
}

#[test]
fn chains_that_lead_in_a_circle_end() {
    // The next definition is the same one again: 28 bytes back, as a distance
    // that wraps around in 32 bits and does not in a file.
    let bytes = spec(Machine::X86_64).bytes();
    let chains: Vec<_> = (0..bytes.len() - 4)
        .filter(|&at| bytes[at..at + 4] == 28_u32.to_le_bytes())
        .collect();
    assert!(!chains.is_empty());
    for at in chains {
        let mut damaged = bytes.clone();
        damaged[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
        // It ends; what it says does not matter.
        let _ = read(&damaged);
    }
}

/// A file in memory that counts how often it is read.
struct Counted {
    bytes: Bytes,
    reads: AtomicUsize,
}

impl ReadAt for Counted {
    fn size(&self) -> u64 {
        self.bytes.size()
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.read_at(into, offset)
    }
}

/// Where the records of needed versions stand in the file of [`spec`].
fn needs_at(bytes: &[u8]) -> usize {
    let tag = 0x6fff_fffe_u64.to_le_bytes();
    let at = bytes
        .windows(8)
        .position(|one| one == tag)
        .expect("DT_VERNEED");
    let value = bytes[at + 8..at + 16].try_into().expect("8 bytes");
    usize::try_from(u64::from_le_bytes(value)).expect("small")
}

#[test]
fn versions_are_counted_whether_they_are_weak_or_not() {
    // Far more versions of one library than are read, weak or not.
    for flags in [0_u16, 2] {
        let mut bytes = spec(Machine::X86_64).bytes();
        let needs = needs_at(&bytes);
        let base = bytes.len().next_multiple_of(16);
        bytes.resize(base + 256 * 1024, 0);
        bytes[needs + 2..needs + 4].copy_from_slice(&u16::MAX.to_le_bytes());
        let aux = u32::try_from(base - needs).expect("small");
        bytes[needs + 8..needs + 12].copy_from_slice(&aux.to_le_bytes());
        for record in bytes[base..].chunks_exact_mut(16) {
            record[4..6].copy_from_slice(&flags.to_le_bytes());
            record[12..16].copy_from_slice(&16_u32.to_le_bytes());
        }
        let identity = ElfIdentity::parse(&bytes[..HEAD_BYTES]).expect("sound");
        let file = Counted {
            bytes: Bytes(bytes),
            reads: AtomicUsize::new(0),
        };
        let found = Dynamic::read(&file, &identity.expect("ELF"));
        let error = found.expect_err("too much").to_string();
        assert_eq!(error, "it needs too many versions", "{flags}");
        assert!(file.reads.into_inner() < 10_000);
    }
}

#[test]
fn names_that_are_told_again_and_again_are_counted() {
    let mut spec = spec(Machine::X86_64);
    spec.needed = vec!["x".repeat(4000); 40];
    let error = read(&spec.bytes()).expect_err("160 KB of names");
    assert_eq!(error.to_string(), "it has too many names");
    spec.needed.truncate(20);
    assert!(read(&spec.bytes()).is_ok(), "80 KB of names");
}

#[test]
fn default_directories_are_passed_over_where_the_file_says_so() {
    let mut bytes = spec(Machine::X86_64).bytes();
    // DT_RPATH becomes DT_FLAGS_1, with DF_1_NODEFLIB as its value.
    let tag = 15_u64.to_le_bytes();
    let at = bytes
        .windows(8)
        .position(|one| one == tag)
        .expect("DT_RPATH");
    bytes[at..at + 8].copy_from_slice(&0x6fff_fffb_u64.to_le_bytes());
    for (flags, expected) in [(0x800_u64, true), (0x0800_0000, false), (0x8000_0801, true)] {
        bytes[at + 8..at + 16].copy_from_slice(&flags.to_le_bytes());
        let found = read(&bytes).expect("readable").expect("linked");
        assert_eq!(found.no_default_directories, expected, "{flags:#x}");
    }
}

proptest! {
    #[test]
    fn damage_is_survived(
        changes in proptest::collection::vec((64..2000_usize, any::<u8>()), 1..20),
        wide in any::<bool>(),
    ) {
        let machine = if wide { Machine::X86_64 } else { Machine::I386 };
        let mut bytes = spec(machine).bytes();
        let length = bytes.len();
        for (at, value) in changes {
            bytes[64 + at % (length - 64)] = value;
        }
        if let Ok(Some(dynamic)) = read(&bytes) {
            prop_assert!(dynamic.needed.len() <= MOST_ENTRIES);
        }
    }

    #[test]
    fn any_program_headers_are_survived(
        offset in any::<u64>(), size in any::<u16>(), count in any::<u16>(),
    ) {
        let mut bytes = spec(Machine::X86_64).bytes();
        bytes[32..40].copy_from_slice(&offset.to_le_bytes());
        bytes[54..56].copy_from_slice(&size.to_le_bytes());
        bytes[56..58].copy_from_slice(&count.to_le_bytes());
        let _ = read(&bytes);
    }
}
