//! A package's header: tags with values.
//!
//! Two big-endian counts, of entries and of bytes of data; the entries, each of
//! tag, type, offset into the data and count of values; the data. In databases
//! it stands so, without the magic that it has in package files. Source:
//! `docs/manual/format_header.md` and `docs/manual/tags.md` of RPM.

use std::collections::BTreeMap;

use crate::inspect::packages::LONGEST_FIELD;
use crate::inspect::packages::database::{DatabaseError, Record};

pub(super) const NAME: u32 = 1000;
pub(super) const VERSION: u32 = 1001;
pub(super) const RELEASE: u32 = 1002;
pub(super) const EPOCH: u32 = 1003;
pub(super) const VENDOR: u32 = 1011;
pub(super) const ARCH: u32 = 1022;
pub(super) const FILEDIGESTS: u32 = 1035;
pub(super) const FILEFLAGS: u32 = 1037;
pub(super) const FILEDIGESTALGO: u32 = 5011;
const DIRINDEXES: u32 = 1116;
const BASENAMES: u32 = 1117;
const DIRNAMES: u32 = 1118;

const INT32: u32 = 4;
const STRING: u32 = 6;
const STRING_ARRAY: u32 = 8;
const I18N_STRING: u32 = 9;

/// Both counts.
const INTRO: usize = 8;

/// Bytes of an entry.
const ENTRY: usize = 16;

/// As many entries as RPM allows (`HEADER_TAGS_MAX`).
const MOST_ENTRIES: usize = 0xffff;

/// What one entry says.
#[derive(Clone, Copy)]
struct Entry {
    kind: u32,
    offset: usize,
    count: usize,
}

/// A header whose entries are read, over a record that is read as far as they
/// reach.
pub(super) struct Header<'r, 'a> {
    record: &'r mut Record<'a>,
    entries: BTreeMap<u32, Entry>,
    /// Where the data begin.
    store: usize,
    /// How many bytes of data there are.
    length: usize,
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn size(bytes: &[u8], at: usize) -> usize {
    usize::try_from(word(bytes, at)).expect("32 bits fit")
}

fn malformed<T>(what: &'static str) -> Result<T, DatabaseError> {
    Err(DatabaseError::Malformed(what))
}

impl<'r, 'a> Header<'r, 'a> {
    /// Reads the entries.
    pub(super) fn open(record: &'r mut Record<'a>) -> Result<Self, DatabaseError> {
        let intro = record.prefix(INTRO)?;
        let (count, length) = (size(intro, 0), size(intro, 4));
        if count == 0 || count > MOST_ENTRIES {
            return malformed("a header in it has an impossible number of tags");
        }
        let store = INTRO + count * ENTRY;
        if store > record.length() || length > record.length() - store {
            return malformed("a header in it says to be longer than its record");
        }
        let bytes = record.prefix(store)?;
        let mut entries = BTreeMap::new();
        for at in (INTRO..store).step_by(ENTRY) {
            let entry = Entry {
                kind: word(bytes, at + 4),
                offset: size(bytes, at + 8),
                count: size(bytes, at + 12),
            };
            entries.entry(word(bytes, at)).or_insert(entry);
        }
        Ok(Self {
            record,
            entries,
            store,
            length,
        })
    }

    /// The value of a tag that has one text; nothing where the tag is absent.
    pub(super) fn string(&mut self, tag: u32) -> Result<Option<&[u8]>, DatabaseError> {
        let Some(entry) = self.entries.get(&tag).copied() else {
            return Ok(None);
        };
        if ![STRING, I18N_STRING].contains(&entry.kind) {
            return malformed("a tag in it is not of the type that it must have");
        }
        // One more than any has: without an end by then, it is too long.
        let bytes = self.data(entry.offset, LONGEST_FIELD + 1)?;
        match bytes.iter().position(|&byte| byte == 0) {
            Some(end) => Ok(Some(&bytes[..end])),
            None if bytes.len() > LONGEST_FIELD => Err(DatabaseError::TooLarge(
                "a name or version in it is longer than 256 bytes",
            )),
            None => malformed("a text in it does not end"),
        }
    }

    /// The value of a tag that has one number of 32 bits.
    pub(super) fn number(&mut self, tag: u32) -> Result<Option<u32>, DatabaseError> {
        let numbers = self.numbers(tag)?;
        match numbers.as_deref() {
            None => Ok(None),
            Some([number, ..]) => Ok(Some(*number)),
            Some([]) => malformed("a tag in it has no value"),
        }
    }

    pub(super) fn numbers(&mut self, tag: u32) -> Result<Option<Vec<u32>>, DatabaseError> {
        let Some(entry) = self.entries.get(&tag).copied() else {
            return Ok(None);
        };
        if entry.kind != INT32 {
            return malformed("a tag in it is not of the type that it must have");
        }
        let wanted = entry.count.saturating_mul(4);
        let bytes = self.data(entry.offset, wanted)?;
        if bytes.len() < wanted {
            return malformed("a tag in it reaches beyond its header");
        }
        Ok(Some(
            (0..entry.count)
                .map(|index| word(bytes, index * 4))
                .collect(),
        ))
    }

    pub(super) fn strings(&mut self, tag: u32) -> Result<Vec<Box<[u8]>>, DatabaseError> {
        let Some(entry) = self.entries.get(&tag).copied() else {
            return Ok(Vec::new());
        };
        if entry.kind != STRING_ARRAY {
            return malformed("a tag in it is not of the type that it must have");
        }
        // The values of a tag end where those of another begin.
        let end = self
            .entries
            .values()
            .map(|other| other.offset)
            .filter(|&offset| offset > entry.offset)
            .min()
            .unwrap_or(self.length);
        let bytes = self.data(entry.offset, end.saturating_sub(entry.offset))?;
        let mut values = bytes.split_inclusive(|&byte| byte == 0);
        let mut strings = Vec::new();
        for _ in 0..entry.count {
            match values.next().and_then(|value| value.strip_suffix(b"\0")) {
                Some(value) => strings.push(value.into()),
                None => return malformed("a tag in it reaches beyond its header"),
            }
        }
        Ok(strings)
    }

    /// Calls `visit` with the path of each file of the package, without the
    /// slash in front.
    pub(super) fn each_path(&mut self, visit: &mut dyn FnMut(&[u8])) -> Result<(), DatabaseError> {
        let names = self.strings(BASENAMES)?;
        let directories = self.strings(DIRNAMES)?;
        let indexes = self.numbers(DIRINDEXES)?.unwrap_or_default();
        if names.len() != indexes.len() {
            return malformed("a package in it has files without a directory");
        }
        let mut path = Vec::new();
        for (name, index) in names.iter().zip(indexes) {
            let directory = usize::try_from(index)
                .ok()
                .and_then(|index| directories.get(index));
            let Some(directory) = directory else {
                return malformed("a package in it has files without a directory");
            };
            path.clear();
            path.extend_from_slice(directory.strip_prefix(b"/").unwrap_or(directory));
            path.extend_from_slice(name);
            visit(&path);
        }
        Ok(())
    }

    /// Bytes of the data, fewer where they end.
    fn data(&mut self, offset: usize, wanted: usize) -> Result<&[u8], DatabaseError> {
        if offset >= self.length {
            return malformed("a tag in it reaches beyond its header");
        }
        let wanted = wanted.min(self.length - offset);
        let start = self.store + offset;
        Ok(&self.record.prefix(start + wanted)?[start..])
    }
}
