//! [`identities`]: what the members of a static archive are for.
//!
//! The format has no standard. What all writers share (a magic, a header of 60
//! bytes before each member, data padded to an even length) is in `ar(5)`; of
//! names only those are told apart that shift where data begins:
//!
//! | name | what it is |
//! |---|---|
//! | `/`, `/SYM64/`, `__.SYMDEF`, `__.SYMDEF SORTED`, `__.SYMDEF_64` | a table of symbols (System V, GNU, BSD) |
//! | `//` | the table of long names (System V, GNU) |
//! | `#1/N` | the name is the first N bytes of the data (BSD) |
//! | any other | the data is the member |
//!
//! An rlib is such an archive (rustc's `metadata` beside its objects). A thin
//! archive (`ar(1)` of binutils) names files beside itself, which are looked at
//! for themselves.

use std::collections::BTreeSet;
use std::fmt;
use std::io;

use super::{Architecture, ElfIdentity, HEAD_BYTES};
use crate::tree::ReadAt;

const MAGIC: &[u8; 8] = b"!<arch>\n";
const THIN_MAGIC: &[u8; 8] = b"!<thin>\n";

const HEADER: usize = 60;

/// How many members are looked at. One run of a compiler made them all, as a
/// rule; large libraries have some thousand.
const MOST_MEMBERS: usize = 1024;

/// How many architectures one archive counts for.
const MOST_ARCHITECTURES: usize = 8;

/// Why an archive cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum StaticArchiveError {
    /// The file could not be read.
    Read(io::Error),
    /// It does not begin as an archive does.
    Magic,
    /// The file ends inside a member's header.
    Truncated,
    /// What stands where a header should be at this offset is none.
    Header(u64),
    /// The member whose header is at this offset is longer than the rest of the
    /// file.
    Size(u64),
}

impl fmt::Display for StaticArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(_) => f.write_str("the static archive could not be read"),
            Self::Magic => f.write_str("it does not begin as a static archive does"),
            Self::Truncated => f.write_str("the static archive ends inside a member's header"),
            Self::Header(at) => write!(f, "no member's header of a static archive at {at}"),
            Self::Size(at) => write!(
                f,
                "the member of the static archive at {at} is longer than the file"
            ),
        }
    }
}

impl std::error::Error for StaticArchiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(error) => Some(error),
            _ => None,
        }
    }
}

/// Whether a file begins as an archive does, thin or not.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(MAGIC) || head.starts_with(THIN_MAGIC)
}

/// The architectures of the ELF files among an archive's first 1024 members;
/// none for a thin archive, or where members are something else (LLVM's
/// bitcode, a compiler's own tables).
///
/// # Errors
///
/// A [`StaticArchiveError`] where the file is no archive, is damaged or cannot
/// be read.
pub fn identities(file: &dyn ReadAt) -> Result<BTreeSet<Architecture>, StaticArchiveError> {
    use StaticArchiveError::{Header, Magic, Size, Truncated};
    let mut found = BTreeSet::new();
    let mut magic = [0; MAGIC.len()];
    if read(file, 0, &mut magic)? < magic.len() || !begins(&magic) {
        return Err(Magic);
    }
    if magic == *THIN_MAGIC {
        return Ok(found);
    }
    let mut at = MAGIC.len() as u64;
    for _ in 0..MOST_MEMBERS {
        // Data begins behind the header more often than not: one read.
        let mut bytes = [0; HEADER + HEAD_BYTES];
        let length = read(file, at, &mut bytes)?;
        if length == 0 {
            break;
        }
        let (header, head) = bytes[..length]
            .split_first_chunk::<HEADER>()
            .ok_or(Truncated)?;
        let member = Member::parse(header).ok_or(Header(at))?;
        let start = at + HEADER as u64;
        let end = start + member.size;
        if end > file.size() || member.name_size > member.size {
            return Err(Size(at));
        }
        let data = start + member.name_size;
        let mut later = [0; HEAD_BYTES];
        let head = if data == start {
            head
        } else {
            let length = read(file, data, &mut later)?;
            &later[..length]
        };
        let size = usize::try_from(end - data).unwrap_or(usize::MAX);
        let head = &head[..head.len().min(size)];
        // An object that is damaged does not make the archive so.
        if let Ok(Some(identity)) = ElfIdentity::parse(head)
            && found.len() < MOST_ARCHITECTURES
        {
            found.insert(identity.architecture());
        }
        at = end + end % 2;
    }
    Ok(found)
}

/// What a header says of its member.
struct Member {
    size: u64,
    /// How much of the data is the name.
    name_size: u64,
}

impl Member {
    fn parse(header: &[u8; HEADER]) -> Option<Self> {
        if !header.ends_with(b"`\n") {
            return None;
        }
        let name_size = match header[..16].strip_prefix(b"#1/") {
            Some(digits) => number(digits)?,
            None => 0,
        };
        let size = number(&header[48..58])?;
        Some(Self { size, name_size })
    }
}

/// Decimal digits with blanks behind them; at most ten.
fn number(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_end_matches(' ');
    let digits = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Fills `into` from `offset`, or as much as there is.
fn read(file: &dyn ReadAt, offset: u64, into: &mut [u8]) -> Result<usize, StaticArchiveError> {
    let mut filled = 0;
    while filled < into.len() {
        match file.read_at(&mut into[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(StaticArchiveError::Read(error)),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
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
}
