//! [`verify`]: reads a backup to its end and proves that it is whole.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::agree::{Agreement, Disagreement};
use crate::archive::{
    ArchiveError, ArchiveReader, FileData, Framed, Heads, Indexer, Layout, Limits, Member,
    Replaced, Sink, Unpacker,
};
use crate::error::{ErrorKind, ImageError, transparent};
use crate::manifest::Summary;
use crate::monitor::{self, Cancelled, Monitor, Phase};
use crate::path::ImagePath;
use crate::seekable::{FormatError, Index, Reader};
use crate::tree::{RecordId, RecordedTree, Records};

/// Why a backup is not proven to be whole.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// It is no backup, is damaged, or cannot be read.
    Format(FormatError),
    /// Frames are damaged.
    Frames(DamagedFrames),
    /// Its tar cannot be read, though its frames are whole.
    Archive(ArchiveError),
    /// What is in its tar is not what its manifest lists.
    Disagreement(Disagreement),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(VerifyError {
    Format(FormatError),
    Frames(DamagedFrames),
    Archive(ArchiveError),
    Disagreement(Disagreement),
    Cancelled(Cancelled),
});

/// Frames of a backup are damaged.
#[derive(Debug)]
pub struct DamagedFrames {
    /// The backup, as the user would write it, escaped.
    pub label: String,
    /// The frames, at least one.
    pub frames: Vec<DamagedFrame>,
}

/// A frame that is damaged, and what is lost with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedFrame {
    /// Its number, counted from zero.
    pub number: usize,
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub length: u64,
    /// The entries that are in it, or the one that some of its content is of.
    pub paths: Vec<ImagePath>,
}

/// So many entries of a frame are named.
const MOST_NAMED: usize = 3;

impl fmt::Display for DamagedFrames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backup `{}` is damaged", self.label)?;
        for (place, frame) in self.frames.iter().take(MOST_FRAMES).enumerate() {
            let DamagedFrame {
                number,
                offset,
                length,
                paths,
            } = frame;
            let comma = if place == 0 { "" } else { ";" };
            write!(
                f,
                "{comma} in frame {number} (bytes {offset} to {})",
                offset + length
            )?;
            for (place, path) in paths.iter().take(MOST_NAMED).enumerate() {
                let word = if place == 0 { " with" } else { "," };
                write!(f, "{word} `{path}`")?;
            }
            match paths.len().saturating_sub(MOST_NAMED) {
                0 => {}
                more => write!(f, " and {more} more")?,
            }
        }
        match self.frames.len().saturating_sub(MOST_FRAMES) {
            0 => Ok(()),
            more => write!(f, "; in {more} more frames"),
        }
    }
}

/// So many frames are told in a message.
const MOST_FRAMES: usize = 5;

impl std::error::Error for DamagedFrames {}

impl ImageError for DamagedFrames {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Refused
    }

    fn help(&self) -> Option<String> {
        let help = "take another copy of it; what is in other frames can be had with \
                    `imgtool restore --path`";
        Some(help.to_owned())
    }
}

/// A backup that is proven to be whole.
#[derive(Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The backup.
    pub reader: Arc<Reader>,
    /// The tree: its digest, entries and bytes.
    pub tree: Summary,
}

/// Reads the backup at `path` to its end, on `threads` threads.
///
/// # Errors
///
/// A [`VerifyError`] if it is damaged anywhere, or contradicts itself.
pub fn verify(path: &Path, threads: usize, monitor: &dyn Monitor) -> Result<Verified, VerifyError> {
    verify_open(Arc::new(Reader::open(path)?), threads, monitor)
}

/// As [`verify`], for a backup wherever it is kept.
///
/// # Errors
///
/// As those of [`verify`].
pub fn verify_open(
    reader: Arc<Reader>,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Verified, VerifyError> {
    let listed = reader.tree();
    let frames = reader.index().frames.len();
    monitor.begin(Phase::Read, Some(reader.index().packed()));
    let found = contents(&reader, threads, monitor);
    // What else is wrong follows from frames that are damaged.
    if let Err(VerifyError::Archive(ArchiveError::Backup(FormatError::Damaged { .. }))) = &found {
        let damaged = damaged_frames(&reader, frames, listed.as_ref().ok(), monitor)?;
        return Err(damaged.into());
    }
    let (tree, summary) = listed?;
    let found = found?;
    let agreement = Agreement {
        expected: tree.records(),
        found: &found,
        privilege: None,
    };
    agreement.check(tree.records().ids())?;
    Ok(Verified {
        reader,
        tree: summary,
    })
}

/// Unpacks everything into nothing; what would have been made comes back.
fn contents(
    reader: &Arc<Reader>,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Records, VerifyError> {
    let frames = Framed::open(reader, 0..reader.index().frames.len(), threads)?;
    let limits = Limits::none();
    let label = reader.label().to_owned();
    let archive = ArchiveReader::framed(frames, label.clone(), limits.clone())?;
    let mut layout = Layout::new(label, (0, 0), limits);
    let mut unpacker = Unpacker::new(&mut layout);
    let mut heads = NoHeads;
    let mut sink = Placing {
        sink: Indexer::<VerifyError>::new(&mut heads),
        index: reader.index(),
        next: 0,
        frame: 0,
        begins: 0,
    };
    unpacker.archive(archive, &mut sink, monitor)?;
    if sink.next != reader.index().entries() {
        return Err(reader
            .bad_manifest("the tar has fewer members than it")
            .into());
    }
    unpacker.finish(monitor);
    Ok(layout.into_records())
}

/// All frames that are damaged.
fn damaged_frames(
    reader: &Reader,
    frames: usize,
    listed: Option<&(RecordedTree, Summary)>,
    monitor: &dyn Monitor,
) -> Result<DamagedFrames, VerifyError> {
    let mut bytes = Vec::new();
    let mut damaged = Vec::new();
    for number in 0..frames {
        monitor::check(monitor)?;
        match reader.frame(number, &mut bytes) {
            Ok(_) => {}
            Err(FormatError::Damaged { .. }) => {
                let frame = reader.index().frames[number];
                let first = if frame.entries == 0 {
                    frame.first - 1
                } else {
                    frame.first
                };
                let count = usize::try_from(frame.entries.max(1)).unwrap_or(usize::MAX);
                let start = usize::try_from(first).unwrap_or(usize::MAX);
                let paths = listed.map_or_else(Vec::new, |(tree, _)| {
                    let records = tree.records();
                    let ids = records.ids().skip(start).take(count);
                    ids.map(|id| records.path(id)).collect()
                });
                damaged.push(DamagedFrame {
                    number,
                    offset: frame.offset,
                    length: frame.length,
                    paths,
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(DamagedFrames {
        label: reader.label().to_owned(),
        frames: damaged,
    })
}

/// Wants no heads.
struct NoHeads;

impl Heads for NoHeads {
    fn wanted(&mut self, _: &ImagePath) -> usize {
        0
    }

    fn take(&mut self, _: RecordId, _: Vec<u8>) {}
}

/// Sees that each member begins in the frame that the index says.
struct Placing<'a, S> {
    sink: S,
    index: &'a Index,
    /// The number of the next member.
    next: u64,
    /// The frame in which the last one began, and where in the tar that begins.
    frame: usize,
    begins: u64,
}

impl<S: Sink<Error = VerifyError>> Placing<'_, S> {
    fn place(&mut self, member: &Member) -> Result<(), VerifyError> {
        let frames = &self.index.frames;
        while let Some(frame) = frames.get(self.frame)
            && frame.first + frame.entries <= self.next
        {
            self.begins += frame.raw;
            self.frame += 1;
        }
        let frame = frames.get(self.frame);
        let is_there = frame.is_some_and(|frame| {
            let is_first = frame.first == self.next;
            let within = member.start.checked_sub(self.begins);
            within.is_some_and(|within| within < frame.raw && (within == 0) == is_first)
        });
        self.next += 1;
        if is_there {
            return Ok(());
        }
        Err(Disagreement {
            path: member
                .image_path()
                .map(|(path, _)| path)
                .unwrap_or_default(),
            what: "it does not begin in the frame that the index says",
        }
        .into())
    }
}

impl<S: Sink<Error = VerifyError>> Sink for Placing<'_, S> {
    type Error = VerifyError;

    fn admit(&mut self, member: &mut Member) -> Result<bool, VerifyError> {
        self.place(member)?;
        self.sink.admit(member)
    }

    fn remove(&mut self, records: &mut Records, replaced: Replaced) -> Result<(), VerifyError> {
        self.sink.remove(records, replaced)
    }

    fn directory(&mut self, records: &Records, id: RecordId) -> Result<(), VerifyError> {
        self.sink.directory(records, id)
    }

    fn special(&mut self, records: &Records, id: RecordId) -> Result<(), VerifyError> {
        self.sink.special(records, id)
    }

    fn hard_link(&mut self, id: RecordId, target: RecordId) {
        self.sink.hard_link(id, target);
    }

    fn file(
        &mut self,
        records: &mut Records,
        id: RecordId,
        size: u64,
        data: FileData<'_, '_>,
    ) -> Result<(), VerifyError> {
        self.sink.file(records, id, size, data)
    }
}
