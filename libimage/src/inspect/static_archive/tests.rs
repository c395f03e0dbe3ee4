//! Archives of every form, whole and damaged, as tables.

use fixtures::ar::{Names, archive, thin};
use proptest::prelude::*;

use super::*;
use crate::inspect::fake::{Bytes, elf_header};

const X86: Architecture = Architecture::X86_64;
const ARM: Architecture = Architecture::AARCH64;

/// Name, members, and what they are for.
type Row<'a> = (&'a str, &'a [(&'a str, &'a [u8])], &'a str);

fn shown(bytes: Vec<u8>) -> String {
    match identities(&Bytes(bytes)) {
        Ok(found) => found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn members_of_every_form_of_archive_are_told() {
    let (x86, arm) = (elf_header(X86), elf_header(ARM));
    // A member of an odd length is padded.
    let odd = [&x86[..], b"1"].concat();
    let long = "a-name-longer-than-fifteen-bytes.o";
    for names in [Names::Gnu, Names::Bsd, Names::Short] {
        let cases: [Row<'_>; 7] = [
            ("empty", &[], ""),
            ("one", &[("a.o", &x86)], "x86_64"),
            ("counted once", &[("a.o", &arm), ("b.o", &arm)], "aarch64"),
            (
                "odd",
                &[("a.o", &odd), ("b.o", &odd), ("c.o", &arm)],
                "x86_64 aarch64",
            ),
            (
                "long names",
                &[(long, &odd), ("b.o", &arm)],
                "x86_64 aarch64",
            ),
            ("bitcode", &[("a.o", b"BC\xc0\xde"), ("b", b"")], ""),
            (
                "a damaged object",
                &[("a.o", b"\x7fELF\x09"), ("b.o", &arm)],
                "aarch64",
            ),
        ];
        for (name, members, expected) in cases {
            assert_eq!(
                shown(archive(members, names)),
                expected,
                "{name}, {names:?}"
            );
        }
    }
    assert_eq!(shown(thin(&[("a.o", 100), ("b.o", 1 << 20)])), "", "thin");
}

#[test]
fn damaged_archives_say_why() {
    let object = elf_header(X86);
    let good = archive(&[("a.o", &object), ("b.o", &object)], Names::Gnu);
    let with = |at: usize, bytes: &[u8]| {
        let mut damaged = good.clone();
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        damaged
    };
    // The first header is the symbol table's, with four bytes of data.
    let cases: [(&str, Vec<u8>, &str); 10] = [
        ("nothing", Vec::new(), "does not begin"),
        ("another magic", with(0, b"!<arcx>\n"), "does not begin"),
        (
            "no end of header",
            with(8 + 58, b"xx"),
            "header of a static archive at 8",
        ),
        (
            "no size",
            with(8 + 48, b"          "),
            "header of a static archive at 8",
        ),
        (
            "a negative size",
            with(8 + 48, b"-1"),
            "header of a static archive at 8",
        ),
        (
            "sizes out of step",
            with(8 + 48, b"5 "),
            "header of a static archive at 74",
        ),
        (
            "longer than the file",
            with(8 + 48, b"9999999999"),
            "at 8 is longer",
        ),
        (
            "a name longer than the member",
            with(72, b"#1/65 "),
            "at 72 is longer",
        ),
        (
            "a name of no length",
            with(72, b"#1/   "),
            "header of a static archive at 72",
        ),
        ("cut in a header", good[..100].to_vec(), "ends inside"),
    ];
    for (name, bytes, expected) in cases {
        let shown = shown(bytes);
        assert!(shown.contains(expected), "{name}: {shown}");
    }
    assert!(shown(good[..good.len() - 1].to_vec()).contains("longer than the file"));
}

#[test]
fn archives_of_any_size_take_bounded_reads() {
    let empty: Vec<(&str, &[u8])> = vec![("a.o", b""); 3 * MOST_MEMBERS];
    let object = elf_header(ARM);
    let late: Vec<(&str, &[u8])> = [&empty[..], &[("b.o", &object)]].concat();
    assert_eq!(shown(archive(&late, Names::Short)), "");
    let early: Vec<(&str, &[u8])> = [&[("b.o", &object[..])], &empty[..]].concat();
    assert_eq!(shown(archive(&early, Names::Short)), "aarch64");
}

proptest! {
    #[test]
    fn random_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = identities(&Bytes([&MAGIC[..], &tail].concat()));
    }

    #[test]
    fn any_byte_may_be_anything(at in 0_usize..200, byte in any::<u8>()) {
        let object = elf_header(X86);
        let mut bytes = archive(&[("a.o", &object), ("b.o", &object)], Names::Bsd);
        bytes[at] = byte;
        let _ = identities(&Bytes(bytes));
    }
}
