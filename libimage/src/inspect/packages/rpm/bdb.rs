//! A hash of Berkeley DB: buckets of pages with pairs of key and value.
//!
//! The numbers are in the byte order of the machine that wrote it, which the
//! magic shows. Values that do not fit on a page stand on pages of their own,
//! linked to each other. Source: `src/dbinc/db_page.h` of Berkeley DB 5.3 and
//! RPM's `lib/backend/bdb_ro.cc`.

use crate::inspect::packages::database::{Budget, DatabaseError, Record, Source, Visit};

const MAGIC: u32 = 0x0006_1561;

/// Versions of the hash's format with the same pages.
const VERSIONS: std::ops::RangeInclusive<u32> = 8..=10;

/// Bytes at the head of a page.
const PAGE_HEADER: usize = 26;

const PAGE_UNSORTED: u8 = 2;
const PAGE_OVERFLOW: u8 = 7;
const PAGE_HASH: u8 = 13;

/// Kinds of items on a page.
const ITEM_HERE: u8 = 1;
const ITEM_OFF_PAGE: u8 = 3;

fn malformed<T>(what: &'static str) -> Result<T, DatabaseError> {
    Err(DatabaseError::Malformed(what))
}

/// Calls `visit` with the value of each package.
pub(super) fn each_value(source: Source<'_>, visit: Visit<'_>) -> Result<(), DatabaseError> {
    let pages = Pages::open(source)?;
    for bucket in 0..=pages.last_bucket {
        let mut number = pages.of_bucket(bucket)?;
        while number != 0 {
            let page = pages.read(number)?;
            if ![PAGE_UNSORTED, PAGE_HASH].contains(&page.kind()) {
                return malformed("a page in it is not of the type that it must have");
            }
            page.each_pair(&pages, visit)?;
            number = page.next();
        }
    }
    Ok(())
}

/// The file as pages.
struct Pages<'a> {
    source: Source<'a>,
    big: bool,
    size: usize,
    last_bucket: u32,
    /// What is to be added to a bucket's number for its page, for each power
    /// of two.
    spares: Vec<u32>,
    budget: Budget,
}

impl<'a> Pages<'a> {
    fn open(source: Source<'a>) -> Result<Self, DatabaseError> {
        let meta: [u8; 512] = source.bytes(0)?;
        let magic: [u8; 4] = meta[12..16].try_into().expect("four bytes");
        let big = match (u32::from_le_bytes(magic), u32::from_be_bytes(magic)) {
            (MAGIC, _) => false,
            (_, MAGIC) => true,
            _ => return malformed("it does not begin as a hash of Berkeley DB does"),
        };
        let word = |at| number(&meta, at, big);
        if !VERSIONS.contains(&word(16)) {
            return malformed("it is of a version of its format that is not known here");
        }
        // The algorithm, and flags of which the lowest bit says that pages
        // have a checksum in their header.
        if meta[24] != 0 || meta[26] & 1 != 0 {
            return malformed("its pages are encrypted or have checksums, as RPM's never have");
        }
        let size = word(20);
        if !(512..=65536).contains(&size) || !size.is_power_of_two() {
            return malformed("its pages have an impossible size");
        }
        let pages = source.size() / u64::from(size);
        let last_bucket = word(72);
        if u64::from(last_bucket) >= pages {
            return malformed("it has more buckets than pages");
        }
        Ok(Self {
            source,
            big,
            size: usize::try_from(size).expect("32 bits fit"),
            last_bucket,
            spares: (0..32).map(|index| word(96 + index * 4)).collect(),
            budget: Budget::new(pages),
        })
    }

    fn of_bucket(&self, bucket: u32) -> Result<u32, DatabaseError> {
        let power = usize::try_from(u32::BITS - bucket.leading_zeros()).expect("at most 32");
        match self
            .spares
            .get(power)
            .and_then(|spare| bucket.checked_add(*spare))
        {
            Some(page) if page > 0 => Ok(page),
            _ => malformed("a bucket in it has no page"),
        }
    }

    fn read(&self, number: u32) -> Result<Page, DatabaseError> {
        self.budget.spend(1)?;
        let mut bytes = vec![0; self.size];
        self.source
            .read(u64::from(number) * self.size as u64, &mut bytes)?;
        let page = Page {
            bytes,
            big: self.big,
        };
        if page.word(8) != number {
            return malformed("a page in it has the number of another");
        }
        Ok(page)
    }
}

fn number(bytes: &[u8], at: usize, big: bool) -> u32 {
    let bytes = bytes[at..at + 4].try_into().expect("four bytes");
    if big {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    }
}

/// One page.
struct Page {
    bytes: Vec<u8>,
    big: bool,
}

impl Page {
    fn word(&self, at: usize) -> u32 {
        number(&self.bytes, at, self.big)
    }

    fn half(&self, at: usize) -> usize {
        let bytes = self.bytes[at..at + 2].try_into().expect("two bytes");
        usize::from(if self.big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    fn kind(&self) -> u8 {
        self.bytes[25]
    }

    fn next(&self) -> u32 {
        self.word(16)
    }

    /// Calls `visit` with the values on this page, and those it refers to.
    fn each_pair(&self, pages: &Pages<'_>, visit: Visit<'_>) -> Result<(), DatabaseError> {
        let count = self.half(20);
        if PAGE_HEADER + count * 2 > self.bytes.len() || !count.is_multiple_of(2) {
            return malformed("a page in it has an impossible number of items");
        }
        // Items are put from the end of the page on, so each ends where the
        // one before begins.
        let mut end = self.bytes.len();
        let mut is_package = false;
        for index in 0..count {
            let start = self.half(PAGE_HEADER + index * 2);
            if start < PAGE_HEADER + count * 2 || start >= end {
                return malformed("an item in it lies outside of its page");
            }
            let item = &self.bytes[start..end];
            end = start;
            if index % 2 == 0 {
                // The number zero is no package: its value is the highest
                // number that was given.
                is_package = item[0] != ITEM_HERE || item[1..].iter().any(|&byte| byte != 0);
            } else if is_package {
                self.visit_item(item, pages, visit)?;
            }
        }
        Ok(())
    }

    fn visit_item(
        &self,
        item: &[u8],
        pages: &Pages<'_>,
        visit: Visit<'_>,
    ) -> Result<(), DatabaseError> {
        match item[0] {
            ITEM_HERE => {
                let mut none = |_: &mut Vec<u8>| Ok(());
                visit(&mut Record::new(
                    item[1..].to_vec(),
                    item.len() - 1,
                    &mut none,
                )?)
            }
            ITEM_OFF_PAGE if item.len() == 12 => {
                let mut page = number(item, 4, self.big);
                let length = usize::try_from(number(item, 8, self.big)).expect("32 bits fit");
                let mut more = |loaded: &mut Vec<u8>| {
                    let found = pages.read(page)?;
                    let used = found.half(22);
                    if found.kind() != PAGE_OVERFLOW || PAGE_HEADER + used > found.bytes.len() {
                        return malformed("a page in it is not of the type that it must have");
                    }
                    loaded.extend_from_slice(&found.bytes[PAGE_HEADER..PAGE_HEADER + used]);
                    page = found.next();
                    Ok(())
                };
                visit(&mut Record::new(Vec::new(), length, &mut more)?)
            }
            _ => malformed("an item in it is of a type that RPM does not use"),
        }
    }
}
