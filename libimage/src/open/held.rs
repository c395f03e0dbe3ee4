//! [`held`]: the tree in a backup, with content that is read frame by frame.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::OpenError;
use crate::archive::{
    ArchiveError, ArchiveReader, Checksum, Framed, Limits, MemberKind, Slice, SparseMap,
    check_listed,
};
use crate::digest::{ContentDigest, Hasher};
use crate::error::SysError;
use crate::manifest::Summary;
use crate::seekable::{FormatError, Reader};
use crate::sys::section::Section;
use crate::tree::{Contents, ReadAt, RecordId, RecordedTree, Records, TreeError};

/// The tree in a backup, as its manifest lists it; of its content no more is
/// read than is asked for.
pub(super) fn held(section: Section, label: &str) -> Result<(RecordedTree, Summary), OpenError> {
    let reader = Reader::of(Arc::new(section), label.to_owned())?;
    let (tree, summary) = reader.tree()?;
    let frames = Frames {
        reader: Arc::new(reader),
        kept: Mutex::default(),
    };
    Ok((tree.with(Held(Arc::new(frames))), summary))
}

/// Frames that are kept for the next who asks: entries are mostly read in their
/// order, by some threads.
const KEPT: usize = 4;

struct Frames {
    reader: Arc<Reader>,
    kept: Mutex<Vec<Arc<Frame>>>,
}

/// A frame, unpacked.
struct Frame {
    number: usize,
    bytes: Slice,
    /// Where in it the entries begin.
    starts: Vec<usize>,
}

struct Held(Arc<Frames>);

/// The entry that has the content of another.
fn leader(records: &Records, id: RecordId) -> RecordId {
    // Of a manifest the groups of names are called by the number of the first.
    let number = records.link(id).map(|group| u32::try_from(group.1));
    let number = number.map(|number| number.expect("it is the number of a record"));
    number.map_or(id, RecordId::of)
}

impl Frames {
    fn frame(&self, number: usize) -> Result<Arc<Frame>, ArchiveError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = kept.iter().position(|frame| frame.number == number) {
            return Ok(kept[place].clone());
        }
        let bytes = Framed::one(&self.reader, number).map_err(ArchiveError::Backup)?;
        let mut starts = Vec::new();
        let entries = self.reader.index().frames[number].entries;
        if entries > 0 {
            let mut archive = self.archive(Framed::of(&self.reader, bytes.clone()))?;
            for _ in 0..entries {
                let member = archive.next()?.ok_or_else(|| self.short(number))?;
                starts.push(usize::try_from(member.start).map_err(|_| self.short(number))?);
            }
        }
        let frame = Arc::new(Frame {
            number,
            bytes,
            starts,
        });
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push(frame.clone());
        Ok(frame)
    }

    fn short(&self, number: usize) -> ArchiveError {
        let reason = "it has fewer entries than the index says";
        ArchiveError::Backup(self.reader.bad_frame(number, reason))
    }

    fn archive(&self, frames: Framed) -> Result<ArchiveReader, ArchiveError> {
        let label = self.reader.label().to_owned();
        ArchiveReader::framed(frames, label, Limits::none())
    }

    /// The archive from an entry on, which is its first member.
    fn from(&self, entry: u64) -> Result<Start, ArchiveError> {
        let index = self.reader.index();
        let numbers = index.frames_of(entry);
        let frame = self.frame(numbers.start)?;
        let place = entry - index.frames[numbers.start].first;
        let start = usize::try_from(place).ok();
        let start = start.and_then(|place| frame.starts.get(place).copied());
        let start = start.ok_or_else(|| self.short(numbers.start))?;
        let mut rest = frame.bytes.clone();
        let _ = rest.split_to(start);
        let further = numbers.start + 1..numbers.end;
        let frames = if further.is_empty() {
            Framed::of(&self.reader, rest)
        } else {
            Framed::open(&self.reader, further.clone(), 1, Checksum::Compare)
                .map_err(ArchiveError::Backup)?
                .after(rest)
        };
        Ok(Start {
            archive: self.archive(frames)?,
            frame: numbers.start,
            within: start as u64,
            further,
        })
    }
}

/// An archive that begins with an entry.
struct Start {
    archive: ArchiveReader,
    /// The frame in which that begins, and where.
    frame: usize,
    within: u64,
    /// The frames that go on with its content.
    further: std::ops::Range<usize>,
}

impl Held {
    fn start(&self, records: &Records, id: RecordId) -> Result<(Start, Content), TreeError> {
        let failed = |error: ArchiveError| match error {
            ArchiveError::Backup(FormatError::Sys(error)) => TreeError::Sys(error),
            error => TreeError::Sys(SysError::new(
                "read the content of",
                records.path(id).to_string(),
                io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
            )),
        };
        let leader = leader(records, id);
        let mut start = self.0.from(leader.number().into()).map_err(failed)?;
        let member = start.archive.next().map_err(failed)?;
        if let Some(member) = &member {
            check_listed(member, records, leader)
                .map_err(|what| failed(ArchiveError::Backup(self.0.reader.bad_manifest(what))))?;
        }
        match member.map(|member| member.kind) {
            Some(MemberKind::File { size, sparse }) => Ok((start, Content { size, sparse })),
            _ => Err(TreeError::NoContent {
                path: records.path(id).to_string(),
            }),
        }
    }
}

/// How long a file is, and where its data is.
struct Content {
    size: u64,
    sparse: Option<SparseMap>,
}

impl Contents for Held {
    fn open(&self, records: &Records, id: RecordId) -> Result<Box<dyn Read + Send>, TreeError> {
        let (start, content) = self.start(records, id)?;
        Ok(Box::new(Pieces {
            archive: start.archive,
            content,
            current: Slice::empty(),
            position: 0,
            region: 0,
            hasher: Hasher::new(),
            listed: records.content(id),
        }))
    }

    fn open_at(&self, records: &Records, id: RecordId) -> Result<Box<dyn ReadAt>, TreeError> {
        let (start, content) = self.start(records, id)?;
        if content.sparse.is_some() {
            return Err(TreeError::NoContent {
                path: records.path(id).to_string(),
            });
        }
        let mut pieces = Vec::new();
        if start.further.is_empty() {
            let within = start.within + start.archive.position();
            pieces.push((0, start.frame, within));
        }
        let mut offset = 0;
        for number in start.further {
            pieces.push((offset, number, 0));
            offset += self.0.reader.index().frames[number].raw;
        }
        Ok(Box::new(At {
            frames: self.0.clone(),
            pieces,
            size: content.size,
        }))
    }
}

/// A file that is read from its start.
struct Pieces {
    archive: ArchiveReader,
    content: Content,
    current: Slice,
    position: u64,
    /// The region of data that comes next or is being read.
    region: usize,
    hasher: Hasher,
    /// What the manifest says.
    listed: Option<ContentDigest>,
}

impl Pieces {
    /// Where the next data is, from where on and to where.
    fn data(&mut self) -> (u64, u64) {
        let Some(map) = &self.content.sparse else {
            return (0, self.content.size);
        };
        while let Some(region) = map.regions().get(self.region) {
            let end = region.offset + region.length;
            if self.position < end {
                return (region.offset, end);
            }
            self.region += 1;
        }
        (self.content.size, self.content.size)
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.piece(into)?;
        self.hasher.update(&into[..length]);
        let is_end = length > 0 && self.position == self.content.size;
        if is_end && self.listed != Some(self.hasher.finish().into()) {
            let reason = "the content is not what the manifest of the backup says";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(length)
    }
}

impl Pieces {
    /// The next bytes, data or holes.
    fn piece(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (start, end) = self.data();
        let most =
            |left: u64| usize::try_from(left).map_or(into.len(), |left| left.min(into.len()));
        if self.position < start {
            let length = most(start - self.position);
            into[..length].fill(0);
            self.position += length as u64;
            return Ok(length);
        }
        let length = most(end - self.position);
        if length == 0 {
            return Ok(0);
        }
        if self.current.is_empty() {
            let next = self.archive.data();
            let next = next.map_err(|error| io::Error::other(error.to_string()))?;
            self.current = next.ok_or(io::ErrorKind::UnexpectedEof)?;
        }
        let length = length.min(self.current.len());
        into[..length].copy_from_slice(&self.current.split_to(length));
        self.position += length as u64;
        Ok(length)
    }
}

/// A file that is read in any order.
struct At {
    frames: Arc<Frames>,
    /// Where in it a frame begins, the number of that, and where in that.
    pieces: Vec<(u64, usize, u64)>,
    size: u64,
}

impl ReadAt for At {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let place = self.pieces.partition_point(|piece| piece.0 <= offset);
        let Some(&(begins, number, within)) = place.checked_sub(1).map(|place| &self.pieces[place])
        else {
            return Ok(0);
        };
        let frame = self.frames.frame(number);
        let frame = frame.map_err(|error| io::Error::other(error.to_string()))?;
        let from = usize::try_from(within + (offset - begins)).unwrap_or(usize::MAX);
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let bytes = frame.bytes.get(from..).unwrap_or_default();
        let length = into.len().min(bytes.len()).min(left);
        into[..length].copy_from_slice(&bytes[..length]);
        Ok(length)
    }
}
