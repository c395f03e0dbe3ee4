//! Reading one table of an `SQLite` file, as far as RPM needs it.
//!
//! Big-endian pages of a power of two; a table is a b-tree whose leaves hold
//! rows, the rest of a long row in a chain of pages. The schema is a table on
//! page 1. Source: <https://www.sqlite.org/fileformat2.html>.

use crate::inspect::packages::database::{Budget, DatabaseError, Record, Source, Visit};

const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Bytes at the head of the file, on the first page.
const FILE_HEADER: usize = 100;

const LEAF: u8 = 0x0d;
const INNER: u8 = 0x05;

/// No b-tree of 2^31 pages is deeper (`BTCURSOR_MAX_DEPTH`).
const DEEPEST: usize = 20;

/// Columns of the schema before `sql` with the text that made a table: type,
/// name, table, first page.
const SCHEMA: usize = 4;

/// More bytes than the columns that are looked at take in any row.
const LONGEST_COLUMNS: usize = 1024;

fn malformed<T>(what: &'static str) -> Result<T, DatabaseError> {
    Err(DatabaseError::Malformed(what))
}

/// Calls `visit` with the blob in the second column of each row of `table`.
pub(super) fn each_blob(
    source: Source<'_>,
    table: &str,
    visit: Visit<'_>,
) -> Result<(), DatabaseError> {
    let pages = Pages::open(source)?;
    let mut root = None;
    pages.each_row(1, &mut |row| {
        let columns = columns(row, SCHEMA)?;
        let [kind, name, _, page] = &columns[..] else {
            return malformed("its schema has too few columns");
        };
        if kind.bytes(row)? == b"table" && name.bytes(row)? == table.as_bytes() {
            root = page.number(row)?;
        }
        Ok(())
    })?;
    let Some(root) = root else {
        return malformed("it has no table of packages");
    };
    pages.each_row(root, &mut |row| {
        let columns = columns(row, 2)?;
        let [_, blob] = &columns[..] else {
            return malformed("its table of packages has too few columns");
        };
        if blob.kind < 12 || blob.kind % 2 != 0 {
            return malformed("a package in it is not stored as a blob");
        }
        row.narrow(blob.start, blob.length)?;
        visit(row)
    })
}

/// The file as pages.
struct Pages<'a> {
    source: Source<'a>,
    size: usize,
    /// Bytes of a page that are not kept for extensions.
    usable: usize,
    count: u64,
    budget: Budget,
}

impl<'a> Pages<'a> {
    fn open(source: Source<'a>) -> Result<Self, DatabaseError> {
        let header: [u8; FILE_HEADER] = source.bytes(0)?;
        if !header.starts_with(MAGIC) {
            return malformed("it does not begin as a file of SQLite does");
        }
        let size = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 65536,
            size => usize::from(size),
        };
        let usable = size - usize::from(header[20]).min(size);
        if !size.is_power_of_two() || size < 512 || usable < 480 {
            return malformed("its pages have an impossible size");
        }
        // Names are compared as they stand: 0 where there is no table yet.
        if header[56..60] != [0, 0, 0, 1] && header[56..60] != [0; 4] {
            return malformed("its texts are not in UTF-8, as RPM's are");
        }
        let count = source.size() / size as u64;
        Ok(Self {
            source,
            size,
            usable,
            count,
            budget: Budget::new(count),
        })
    }

    /// Reads a page, counting from 1.
    fn read(&self, number: u32) -> Result<Vec<u8>, DatabaseError> {
        self.budget.spend(1)?;
        if number == 0 || u64::from(number) > self.count {
            return malformed("a page that it names lies outside of the file");
        }
        let mut page = vec![0; self.size];
        let offset = u64::from(number - 1) * self.size as u64;
        self.source.read(offset, &mut page)?;
        Ok(page)
    }

    /// Calls `visit` with each row of the table that begins on page `root`.
    fn each_row(&self, root: u32, visit: Visit<'_>) -> Result<(), DatabaseError> {
        let mut trail = vec![Node::read(self, root)?];
        while let Some(node) = trail.last_mut() {
            match node.next_child()? {
                Some(child) if trail.len() < DEEPEST => trail.push(Node::read(self, child)?),
                Some(_) => return malformed("its tree of pages is too deep"),
                None => {
                    let node = trail.pop().expect("just seen");
                    if node.is_leaf {
                        node.each_row(self, visit)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// A page of a b-tree.
struct Node {
    page: Vec<u8>,
    is_leaf: bool,
    /// Where the header of the b-tree is.
    start: usize,
    cells: usize,
    /// The child to go to next.
    child: usize,
}

impl Node {
    fn read(pages: &Pages<'_>, number: u32) -> Result<Self, DatabaseError> {
        let page = pages.read(number)?;
        let start = if number == 1 { FILE_HEADER } else { 0 };
        let is_leaf = match page[start] {
            LEAF => true,
            INNER => false,
            _ => return malformed("a page in it is not of the type that it must have"),
        };
        let node = Self {
            cells: usize::from(u16::from_be_bytes([page[start + 3], page[start + 4]])),
            page,
            is_leaf,
            start,
            child: 0,
        };
        if node.pointers() + node.cells * 2 > pages.usable {
            return malformed("a page in it has an impossible number of cells");
        }
        Ok(node)
    }

    /// Where the places of the cells are.
    fn pointers(&self) -> usize {
        self.start + if self.is_leaf { 8 } else { 12 }
    }

    /// What stands from a cell on.
    fn cell(&self, index: usize) -> &[u8] {
        let at = self.pointers() + index * 2;
        let at = u16::from_be_bytes([self.page[at], self.page[at + 1]]);
        self.page.get(at.into()..).unwrap_or_default()
    }

    /// The children in their order, the rightmost in the header of the page.
    fn next_child(&mut self) -> Result<Option<u32>, DatabaseError> {
        if self.is_leaf || self.child > self.cells {
            return Ok(None);
        }
        let bytes = if self.child == self.cells {
            &self.page[self.start + 8..]
        } else {
            self.cell(self.child)
        };
        let Some(number) = bytes.first_chunk() else {
            return malformed("a cell in it lies outside of its page");
        };
        let number = u32::from_be_bytes(*number);
        self.child += 1;
        Ok(Some(number))
    }

    fn each_row(&self, pages: &Pages<'_>, visit: Visit<'_>) -> Result<(), DatabaseError> {
        // Cells don't overlap, so that all rows are no longer than the file.
        let mut room = self.page.len();
        for index in 0..self.cells {
            let cell = self.cell(index);
            let (length, used) = varint(cell)?;
            let (_row, more) = varint(&cell[used..])?;
            let cell = &cell[used + more..];
            let Ok(length) = usize::try_from(length) else {
                return malformed("a row in it has an impossible length");
            };
            let here = local(length, pages.usable);
            let (Some(loaded), Some(left)) = (cell.get(..here), room.checked_sub(here)) else {
                return malformed("a cell in it lies outside of its page");
            };
            room = left;
            let mut next = match cell[here..].first_chunk() {
                _ if here == length => 0,
                Some(page) => u32::from_be_bytes(*page),
                None => return malformed("a cell in it lies outside of its page"),
            };
            let mut more = |loaded: &mut Vec<u8>| {
                let page = pages.read(next)?;
                next = u32::from_be_bytes(*page.first_chunk().expect("a page is longer"));
                loaded.extend_from_slice(&page[4..pages.usable]);
                Ok(())
            };
            visit(&mut Record::new(loaded.to_vec(), length, &mut more)?)?;
        }
        Ok(())
    }
}

/// How many bytes of a row are in its leaf.
fn local(length: usize, usable: usize) -> usize {
    let most = usable - 35;
    if length <= most {
        return length;
    }
    let least = (usable - 12) * 32 / 255 - 23;
    let fitting = least + (length - least) % (usable - 4);
    if fitting <= most { fitting } else { least }
}

/// A number of up to 64 bits, and the bytes it takes.
fn varint(bytes: &[u8]) -> Result<(u64, usize), DatabaseError> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Ok((value << 8 | u64::from(byte), 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Ok((value, index + 1));
        }
    }
    malformed("a number in it does not end")
}

/// Where a column of a row is.
struct Column {
    kind: u64,
    start: usize,
    length: usize,
}

/// The first columns of a row, of which there may be fewer.
fn columns(row: &mut Record<'_>, most: usize) -> Result<Vec<Column>, DatabaseError> {
    let available = row.length().min(LONGEST_COLUMNS);
    let bytes = row.prefix(available)?;
    let (length, mut at) = varint(bytes)?;
    let Some(header) = usize::try_from(length)
        .ok()
        .and_then(|length| bytes.get(..length))
    else {
        return malformed("a row in it has an impossible header");
    };
    let mut columns = Vec::new();
    let mut start = header.len();
    while at < header.len() && columns.len() < most {
        let (kind, used) = varint(&header[at..])?;
        at += used;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return malformed("a column in it is of an unknown type"),
            _ => (kind - 12) / 2,
        };
        let Some((length, end)) = usize::try_from(length)
            .ok()
            .and_then(|length| Some((length, start.checked_add(length)?)))
        else {
            return malformed("a column in it has an impossible length");
        };
        columns.push(Column {
            kind,
            start,
            length,
        });
        start = end;
    }
    Ok(columns)
}

impl Column {
    fn bytes<'r>(&self, row: &'r mut Record<'_>) -> Result<&'r [u8], DatabaseError> {
        if self.length > LONGEST_COLUMNS {
            return malformed("a name in its schema is too long");
        }
        Ok(&row.prefix(self.start + self.length)?[self.start..])
    }

    /// The number in it, where it is that of a page.
    fn number(&self, row: &mut Record<'_>) -> Result<Option<u32>, DatabaseError> {
        match self.kind {
            1..=6 => {
                let bytes = self.bytes(row)?;
                let value = bytes
                    .iter()
                    .fold(0, |value: u64, &byte| value << 8 | u64::from(byte));
                Ok(u32::try_from(value).ok())
            }
            9 => Ok(Some(1)),
            _ => Ok(None),
        }
    }
}
