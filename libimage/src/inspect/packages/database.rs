//! What the readers of all formats share: bounded reading, and why it failed.

use std::fmt;
use std::io;

use super::{LONGEST_FIELD, MOST_PACKAGES, Package, Packages, Unread, UnreadReason};
use crate::inspect::reach::chain;
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::tree::{ReadAt, TreeError};

/// Databases of a tree that were found, those asked for first in front.
#[derive(Default)]
pub(super) struct Found {
    pub(super) databases: Vec<Packages>,
}

/// Why a database, or one record of it, could not be read.
#[derive(Debug)]
pub(super) enum DatabaseError {
    /// It is not what its format says, in these words.
    Malformed(&'static str),
    /// It is larger than any that is known, in these words.
    TooLarge(&'static str),
    /// Some of its records could not be read, the first for this reason.
    Records { first: Box<Self>, count: u64 },
    /// It ends before this byte.
    Truncated { needed: u64 },
    /// Reading failed.
    Io(io::Error),
    /// The tree has no file to read, or cannot be read at all.
    Tree(TreeError),
    /// The monitor asked to stop.
    Cancelled,
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) | Self::TooLarge(what) => f.write_str(what),
            Self::Records { first, count: 1 } => write!(f, "of one package, {first}"),
            Self::Records { first, count } => {
                write!(
                    f,
                    "of {count} packages, of the first for this reason: {first}"
                )
            }
            Self::Truncated { needed } => {
                write!(f, "it ends before byte {needed}, which belongs to it")
            }
            Self::Io(error) => error.fmt(f),
            Self::Tree(error) => f.write_str(&chain(error)),
            Self::Cancelled => monitor::Cancelled.fmt(f),
        }
    }
}

impl DatabaseError {
    /// Notes what was not read; fails only for what stops everything.
    pub(super) fn note(self, path: &ImagePath, unread: &mut Vec<Unread>) -> Result<(), TreeError> {
        let reason = match self {
            Self::Cancelled | Self::Tree(TreeError::Cancelled) => return Err(TreeError::Cancelled),
            Self::Tree(TreeError::NoContent { .. }) => UnreadReason::NotUnpacked,
            // Of which file it is told beside it.
            Self::Tree(TreeError::NotFetched { reason, .. }) => {
                UnreadReason::Because(reason.to_string())
            }
            other => UnreadReason::Because(other.to_string()),
        };
        unread.push(Unread {
            path: path.clone(),
            reason,
        });
        Ok(())
    }
}

/// Records of a database that could not be read while others could.
#[derive(Default)]
pub(super) struct Damage {
    first: Option<DatabaseError>,
    count: u64,
}

impl Damage {
    /// Notes one, unless it stops everything.
    pub(super) fn add(&mut self, error: DatabaseError) -> Result<(), DatabaseError> {
        if matches!(error, DatabaseError::Io(_) | DatabaseError::Cancelled) {
            return Err(error);
        }
        self.count += 1;
        self.first.get_or_insert(error);
        Ok(())
    }

    /// Fails if there was any.
    pub(super) fn finish(self) -> Result<(), DatabaseError> {
        match self.first {
            None => Ok(()),
            Some(first) => Err(DatabaseError::Records {
                first: first.into(),
                count: self.count,
            }),
        }
    }
}

/// Packages as they are read, no more than there can be.
#[derive(Default)]
pub(super) struct List(pub(super) Vec<Package>);

impl List {
    pub(super) fn push(&mut self, package: Package) -> Result<(), DatabaseError> {
        if self.0.len() == MOST_PACKAGES {
            return Err(DatabaseError::TooLarge("it has more than 50000 packages"));
        }
        self.0.push(package);
        Ok(())
    }
}

/// A field as text, where it is not longer than any field is.
pub(super) fn field(bytes: &[u8]) -> Result<Box<str>, DatabaseError> {
    if bytes.len() > LONGEST_FIELD {
        return Err(DatabaseError::TooLarge(
            "a name or version in it is longer than 256 bytes",
        ));
    }
    Ok(String::from_utf8_lossy(bytes).into())
}

/// The bytes of a database file, by position.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    file: &'a dyn ReadAt,
    monitor: &'a dyn Monitor,
}

/// More bytes than the file of any database has; those of large images have
/// some 300 MB.
const MOST_BYTES: u64 = 2 << 30;

impl<'a> Source<'a> {
    pub(super) fn new(
        file: &'a dyn ReadAt,
        monitor: &'a dyn Monitor,
    ) -> Result<Self, DatabaseError> {
        if file.size() > MOST_BYTES {
            return Err(DatabaseError::TooLarge("it is larger than 2 GiB"));
        }
        Ok(Self { file, monitor })
    }

    pub(super) fn size(self) -> u64 {
        self.file.size()
    }

    /// Fills `into` with the bytes from `offset` on.
    pub(super) fn read(self, offset: u64, into: &mut [u8]) -> Result<(), DatabaseError> {
        monitor::check(self.monitor).map_err(|_| DatabaseError::Cancelled)?;
        let mut done = 0;
        while done < into.len() {
            match self.file.read_at(&mut into[done..], offset + done as u64) {
                Ok(0) => {
                    return Err(DatabaseError::Truncated {
                        needed: offset + into.len() as u64,
                    });
                }
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DatabaseError::Io(error)),
            }
        }
        Ok(())
    }

    /// The bytes from `offset` on, as many as asked for.
    pub(super) fn bytes<const N: usize>(self, offset: u64) -> Result<[u8; N], DatabaseError> {
        let mut bytes = [0; N];
        self.read(offset, &mut bytes)?;
        Ok(bytes)
    }
}

/// One record of a database, read no further than it is asked for.
///
/// Records of large packages have megabytes, of which the first kilobytes tell
/// name and version; what follows stands on pages that are not read then.
pub(super) struct Record<'a> {
    loaded: Vec<u8>,
    start: usize,
    length: usize,
    more: More<'a>,
}

/// Appends the next bytes of a record, at least one.
pub(super) type More<'a> = &'a mut dyn FnMut(&mut Vec<u8>) -> Result<(), DatabaseError>;

/// More bytes than any record has: RPM's own limit for a header is 256 MiB, the
/// largest seen have 8.
const LONGEST_RECORD: usize = 64 << 20;

impl<'a> Record<'a> {
    /// A record of `length` bytes, of which some are there.
    pub(super) fn new(
        loaded: Vec<u8>,
        length: usize,
        more: More<'a>,
    ) -> Result<Self, DatabaseError> {
        if length > LONGEST_RECORD {
            return Err(DatabaseError::TooLarge(
                "a record in it is larger than 64 MiB",
            ));
        }
        Ok(Self {
            loaded,
            start: 0,
            length,
            more,
        })
    }

    /// Takes `length` bytes from `start` for the record, and forgets the rest.
    pub(super) fn narrow(&mut self, start: usize, length: usize) -> Result<(), DatabaseError> {
        if start > self.length || length > self.length - start {
            return Err(DatabaseError::Malformed(
                "a record in it is shorter than what it is to hold",
            ));
        }
        self.start += start;
        self.length = length;
        Ok(())
    }

    /// Bytes of the whole record.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The first bytes of the record.
    pub(super) fn prefix(&mut self, length: usize) -> Result<&[u8], DatabaseError> {
        if length > self.length {
            return Err(DatabaseError::Malformed(
                "a record in it is shorter than what it is to hold",
            ));
        }
        while self.loaded.len() < self.start + length {
            let before = self.loaded.len();
            (self.more)(&mut self.loaded)?;
            if self.loaded.len() == before {
                return Err(DatabaseError::Malformed("a page in it is empty"));
            }
        }
        Ok(&self.loaded[self.start..self.start + length])
    }
}

/// What is done with each record of a database.
pub(super) type Visit<'a> = &'a mut dyn FnMut(&mut Record<'_>) -> Result<(), DatabaseError>;

/// How many pages may still be read: each belongs to one thing only, so more
/// reads than there are pages mean a circle.
pub(super) struct Budget(std::cell::Cell<u64>);

impl Budget {
    pub(super) fn new(pages: u64) -> Self {
        Self(std::cell::Cell::new(pages))
    }

    pub(super) fn spend(&self, pages: u64) -> Result<(), DatabaseError> {
        match self.0.get().checked_sub(pages) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => Err(DatabaseError::Malformed(
                "pages in it belong to several things at once",
            )),
        }
    }
}
