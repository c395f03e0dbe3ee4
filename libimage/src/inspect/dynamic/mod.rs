//! [`Dynamic`]: what an ELF file needs at run time, and what it offers.

mod reader;
mod versions;

use std::fmt;
use std::io;

use goblin::elf::dynamic as dt;
use goblin::elf::program_header as ph;

use self::reader::{Reader, sum};
use super::ElfIdentity;
use crate::tree::ReadAt;

/// Program headers of a file; real ones have some twenty.
const MOST_HEADERS: u16 = 1024;

/// Entries of the dynamic section, libraries, versions: each is far below this.
const MOST_ENTRIES: usize = 4096;

/// A version of a library that a file was linked against.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Requirement {
    /// The library as the file names it: `libc.so.6`.
    pub library: Box<[u8]>,
    /// The version that it must define: `GLIBC_2.34`.
    pub version: Box<[u8]>,
}

/// The part of an ELF file that the dynamic linker reads (System V ABI,
/// chapter 5; versions as the Linux Standard Base 5.0, 10.7, describes them).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dynamic {
    /// `PT_INTERP`: the program that loads it.
    pub interpreter: Option<Box<[u8]>>,
    /// `DT_NEEDED`: libraries, in their order.
    pub needed: Vec<Box<[u8]>>,
    /// `DT_SONAME`: what other files call it that need it.
    pub soname: Option<Box<[u8]>>,
    /// `DT_RPATH`: where to look first, unless there is a `DT_RUNPATH`.
    pub rpath: Option<Box<[u8]>>,
    /// `DT_RUNPATH`: where to look before the system's directories.
    pub runpath: Option<Box<[u8]>>,
    /// `DF_1_NODEFLIB` in `DT_FLAGS_1`: the linker's own directories are passed
    /// over (`ld(1)`, `-z nodefaultlib`).
    pub no_default_directories: bool,
    /// `DT_VERNEED`, without the weak ones, which the linker only warns of.
    pub requires: Vec<Requirement>,
    /// `DT_VERDEF`: the versions that it defines itself.
    pub defines: Vec<Box<[u8]>>,
}

/// Why the dynamic part of a file could not be read.
#[derive(Debug)]
pub enum DynamicError {
    /// Reading failed.
    Io(io::Error),
    /// It is not what the format asks for.
    Malformed(&'static str),
}

impl fmt::Display for DynamicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Malformed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for DynamicError {}

impl From<io::Error> for DynamicError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Dynamic {
    /// Reads it; nothing where the file has no dynamic section and no
    /// interpreter: an object, a static program, debug information.
    ///
    /// # Errors
    ///
    /// A [`DynamicError`] if reading fails or what is read contradicts itself.
    pub fn read(file: &dyn ReadAt, identity: &ElfIdentity) -> Result<Option<Self>, DynamicError> {
        let mut reader = Reader::new(file, identity);
        let segments = segments(&mut reader)?;
        let mut dynamic = Self::default();
        if let Some(interpreter) = segments.iter().find(|one| one.kind == ph::PT_INTERP) {
            let most = usize::try_from(interpreter.length).unwrap_or(usize::MAX);
            dynamic.interpreter = Some(reader.string(interpreter.offset, most)?);
        }
        let Some(section) = segments.iter().find(|one| one.kind == ph::PT_DYNAMIC) else {
            return Ok(dynamic.interpreter.is_some().then_some(dynamic));
        };
        // Debug files keep the header of what was stripped from them.
        if section.length == 0 {
            return Ok(None);
        }
        let tags = tags(&mut reader, section)?;
        let at = |address| offset_of(&segments, address);
        let Some(strings) = tags.find(dt::DT_STRTAB) else {
            return Ok(Some(dynamic));
        };
        let strings = Strings {
            offset: at(strings)?,
            length: tags.find(dt::DT_STRSZ).unwrap_or(u64::MAX),
        };
        for index in tags.all(dt::DT_NEEDED) {
            dynamic.needed.push(strings.get(&mut reader, index)?);
        }
        let mut path = |tag| {
            tags.find(tag)
                .map(|index| strings.get(&mut reader, index))
                .transpose()
        };
        dynamic.soname = path(dt::DT_SONAME)?;
        dynamic.rpath = path(dt::DT_RPATH)?;
        dynamic.runpath = path(dt::DT_RUNPATH)?;
        let flags = tags.find(dt::DT_FLAGS_1).unwrap_or_default();
        dynamic.no_default_directories = flags & dt::DF_1_NODEFLIB != 0;
        if let Some(needs) = tags.find(dt::DT_VERNEED) {
            dynamic.requires = versions::requirements(&mut reader, at(needs)?, &strings)?;
        }
        if let Some(definitions) = tags.find(dt::DT_VERDEF) {
            dynamic.defines = versions::definitions(&mut reader, at(definitions)?, &strings)?;
        }
        Ok(Some(dynamic))
    }
}

/// What a program header says.
struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    length: u64,
}

fn segments(reader: &mut Reader<'_>) -> Result<Vec<Segment>, DynamicError> {
    let wide = reader.is_wide();
    // elf(5): e_phoff, e_phentsize, e_phnum.
    let (table, size, count) = if wide { (32, 54, 56) } else { (28, 42, 44) };
    let table = reader.word(table)?;
    let size = u64::from(reader.half(size)?);
    let count = reader.half(count)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    if count > MOST_HEADERS {
        return Err(DynamicError::Malformed("it has too many program headers"));
    }
    if size < if wide { 56 } else { 32 } {
        return Err(DynamicError::Malformed("its program headers are too small"));
    }
    (0..u64::from(count))
        .map(|index| {
            let at = sum(table, index * size)?;
            // Elf64_Phdr and Elf32_Phdr: p_offset, p_vaddr, p_filesz.
            let (offset, address, length) = if wide { (8, 16, 32) } else { (4, 8, 16) };
            Ok(Segment {
                kind: reader.int(at)?,
                offset: reader.word(sum(at, offset)?)?,
                address: reader.word(sum(at, address)?)?,
                length: reader.word(sum(at, length)?)?,
            })
        })
        .collect()
}

/// Where in the file an address is loaded from.
fn offset_of(segments: &[Segment], address: u64) -> Result<u64, DynamicError> {
    segments
        .iter()
        .filter(|one| one.kind == ph::PT_LOAD)
        .find_map(|one| {
            let within = address.checked_sub(one.address)?;
            (within < one.length).then(|| one.offset.checked_add(within))?
        })
        .ok_or(DynamicError::Malformed(
            "its dynamic section names an address that is not loaded",
        ))
}

/// The entries of a dynamic section.
struct Tags(Vec<(u64, u64)>);

impl Tags {
    fn all(&self, tag: u64) -> impl Iterator<Item = u64> {
        let of_tag = move |(one, value): &(u64, u64)| (*one == tag).then_some(*value);
        self.0.iter().filter_map(of_tag)
    }

    fn find(&self, tag: u64) -> Option<u64> {
        self.all(tag).next()
    }
}

fn tags(reader: &mut Reader<'_>, section: &Segment) -> Result<Tags, DynamicError> {
    let word = if reader.is_wide() { 8 } else { 4 };
    let count = usize::try_from(section.length / (2 * word)).unwrap_or(usize::MAX);
    let mut tags = Vec::new();
    let mut at = section.offset;
    for _ in 0..count {
        let (tag, value) = (reader.word(at)?, reader.word(sum(at, word)?)?);
        if tag == dt::DT_NULL {
            break;
        }
        if tags.len() == MOST_ENTRIES {
            return Err(DynamicError::Malformed("its dynamic section is too long"));
        }
        tags.push((tag, value));
        at = sum(at, 2 * word)?;
    }
    Ok(Tags(tags))
}

/// The string table that a dynamic section names.
struct Strings {
    offset: u64,
    length: u64,
}

impl Strings {
    fn get(&self, reader: &mut Reader<'_>, index: u64) -> Result<Box<[u8]>, DynamicError> {
        if index >= self.length {
            return Err(DynamicError::Malformed(
                "a name lies outside of its strings",
            ));
        }
        let rest = usize::try_from(self.length - index).unwrap_or(usize::MAX);
        reader.string(sum(self.offset, index)?, rest)
    }
}

#[cfg(test)]
mod tests;
