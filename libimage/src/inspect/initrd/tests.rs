//! What is seen of initrds, as tables.

use fixtures::cpio::{Entry, Form, archive};
use fixtures::elf::{Machine, executable, module_for};
use fixtures::initrd::{Packing, initrd, main, microcode, pack};
use proptest::prelude::*;

use super::*;

const OWN: &str = "6.8.0-51-generic";

fn read(bytes: &[u8]) -> Initrd {
    Initrd::read(bytes, bytes.len() as u64, OWN.as_bytes())
}

fn shown(bytes: &[u8]) -> String {
    let initrd = read(bytes);
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let programs: Vec<_> = initrd
        .programs
        .iter()
        .map(|(architecture, name)| format!("{architecture} ({})", words(name)))
        .collect();
    let releases: Vec<_> = initrd.releases.iter().map(|one| words(one)).collect();
    let unseen = match &initrd.unseen {
        None => String::new(),
        Some(Unseen::Undecoded(why)) => format!("; {why}"),
        Some(other) => format!("; {other:?}"),
    };
    format!("{} for {}{unseen}", programs.join(" "), releases.join(" "))
}

fn program(machine: Machine) -> Vec<u8> {
    executable(machine)
}

#[test]
fn every_packing_shows_programs_and_modules() {
    let module = module_for(Machine::X86_64, "a", OWN);
    for packing in Packing::ALL {
        let bytes = initrd(&program(Machine::X86_64), &[(OWN, &module)], packing);
        assert_eq!(
            shown(&bytes),
            format!("x86_64 (usr/bin/sh) for {OWN}"),
            "{packing:?}"
        );
        let compression = read(&bytes).compression;
        assert_eq!(
            compression.is_none(),
            packing == Packing::None,
            "{packing:?}"
        );
    }
}

#[test]
fn archives_are_read_in_whatever_order_they_come() {
    let arm = program(Machine::Aarch64);
    let alone = main(&arm, &[]);
    let modules = |release: &str| {
        let directory = format!("./lib/modules/{release}/kernel");
        archive(&[Entry::directory(&directory)], Form::Crc)
    };
    let device = archive(
        &[
            Entry::file("lib/firmware/a", &arm),
            Entry::file("/kernel/x86/a", &arm),
            Entry::file("object.o", &module_for(Machine::Aarch64, "a", OWN)),
            Entry::file("text", b"\x7fELF"),
        ],
        Form::Newc,
    );
    let zeros = |count| vec![0; count];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("plain, of one", alone.clone(), "aarch64 (usr/bin/sh) for "),
        (
            "several in front, and zeros",
            [
                microcode(),
                microcode(),
                zeros(4096),
                modules(OWN),
                zeros(8),
                pack(&alone, Packing::Zstd),
                zeros(512),
            ]
            .concat(),
            "aarch64 (usr/bin/sh) for 6.8.0-51-generic",
        ),
        (
            "several compressed ones",
            [
                pack(&modules("1"), Packing::Gzip),
                pack(&modules("2"), Packing::Xz),
                zeros(4),
                pack(&alone, Packing::Lz4Legacy),
            ]
            .concat(),
            "aarch64 (usr/bin/sh) for 1 2",
        ),
        (
            "several archives in one that is compressed",
            pack(
                &[modules("1"), zeros(400), alone.clone()].concat(),
                Packing::Gzip,
            ),
            "aarch64 (usr/bin/sh) for 1",
        ),
        ("code for devices, objects and damage", device, " for "),
        ("microcode alone", microcode(), " for "),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(shown(&bytes), expected, "{name}");
    }
}

#[test]
fn what_cannot_be_read_is_told_and_what_came_before_counts() {
    let x86 = program(Machine::X86_64);
    let whole = initrd(&x86, &[("1", b"")], Packing::Zstd);
    let plain = initrd(&x86, &[("1", b"")], Packing::None);
    let early = "neither cpio nor compressed in a way that is known";
    let lzop = [&microcode()[..], b"\x89LZO\0\r\n\x1a\n"].concat();
    let nested = pack(&pack(&plain, Packing::Gzip), Packing::Gzip);
    let behind = [&plain[..], b"behind"].concat();
    let window = fixtures::compress::zstd_window(&main(&x86, &[]), 31);
    let cases: Vec<(&str, &[u8], String)> = vec![
        ("empty", b"", " for ; it holds nothing".to_owned()),
        ("zeros", &[0; 4096], " for ; it holds nothing".to_owned()),
        ("text", b"no initrd", format!(" for ; {early}")),
        ("lzop", &lzop, " for ; Unsupported(Lzo)".to_owned()),
        ("compressed twice", &nested, format!(" for ; {early}")),
        (
            "cut",
            &whole[..whole.len() - 9],
            " for ; it ends too early".to_owned(),
        ),
        (
            "cut in a plain archive",
            &plain[..plain.len() - 200],
            "x86_64 (usr/bin/sh) for 1; it ends too early".to_owned(),
        ),
        (
            "something behind",
            &behind,
            format!("x86_64 (usr/bin/sh) for 1; {early}"),
        ),
        (
            "a window beyond the limit",
            &window,
            " for ; Frame requires too much memory for decoding".to_owned(),
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(shown(bytes), expected, "{name}");
    }
    for length in [0, 1, 2000, whole.len() - 1] {
        let head = Initrd::read(&whole[..length], whole.len() as u64, b"1");
        assert_eq!(head.unseen, Some(Unseen::Cut), "{length}");
    }
}

/// Zeros, and how many of them were asked for.
struct Endless<'a>(&'a Cell<u64>);

impl Read for Endless<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        into.fill(0);
        self.0.set(self.0.get() + into.len() as u64);
        Ok(into.len())
    }
}

#[test]
fn reading_ends_once_enough_was_seen_and_at_its_limits() {
    let count = Cell::new(0);
    let endless = Initrd::read_within(Endless(&count), u64::MAX, b"", 1 << 20);
    assert_eq!(endless.unseen, Some(Unseen::Beyond));
    assert!(count.get() <= 2 << 20);
    // Some KiB that become 8 MiB.
    let bomb = pack(&vec![0; 8 << 20], Packing::Zstd);
    let bomb = Initrd::read_within(&bomb[..], bomb.len() as u64, b"", 1 << 20);
    assert_eq!(bomb.unseen, Some(Unseen::Beyond));

    let x86 = program(Machine::X86_64);
    let names: Vec<String> = (0..ENOUGH_PROGRAMS)
        .map(|number| format!("bin/{number}"))
        .collect();
    let directory = format!("lib/modules/{OWN}");
    let mut entries = vec![Entry::directory(&directory)];
    entries.extend(names.iter().map(|name| Entry::file(name, &x86)));
    let enough = archive(&entries, Form::Newc);
    // What follows is not looked at.
    let bytes = [&enough[..], b"no archive"].concat();
    assert_eq!(read(&bytes).unseen, None);
    entries.remove(0);
    let bytes = [&archive(&entries, Form::Newc)[..], b"no archive"].concat();
    assert!(matches!(read(&bytes).unseen, Some(Unseen::Undecoded(_))));

    let releases: Vec<String> = (0..100)
        .map(|number| format!("lib/modules/{number}"))
        .collect();
    let mut entries: Vec<_> = releases.iter().map(|name| Entry::directory(name)).collect();
    entries.push(Entry::directory(&directory));
    let kept = read(&archive(&entries, Form::Newc)).releases;
    assert_eq!(kept.len(), MOST_KEPT + 1);
    assert!(kept.contains(OWN.as_bytes()));
}

proptest! {
    #[test]
    fn random_bytes_never_panic(
        packing in prop::sample::select(Packing::ALL.to_vec()),
        at in 0_usize..2000,
        bytes in proptest::collection::vec(any::<u8>(), 1..40),
    ) {
        let mut initrd = pack(&main(&program(Machine::X86_64), &[(OWN, b"")]), packing);
        let at = at % initrd.len();
        let end = (at + bytes.len()).min(initrd.len());
        initrd[at..end].copy_from_slice(&bytes[..end - at]);
        prop_assert!(read(&initrd).programs.len() <= MOST_KEPT);
    }
}
