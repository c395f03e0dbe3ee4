//! [`verify`]: reads a backup to its end and proves that it is whole.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::agree::{Agreement, Disagreement, check_member};
use crate::archive::{
    ArchiveError, ArchiveReader, Checksum, Framed, Gate, Gated, Heads, Indexer, Layout, Limits,
    Member, Unpacker,
};
use crate::error::{ErrorKind, ImageError, transparent};
use crate::manifest::Summary;
use crate::monitor::{self, Cancelled, Monitor, Phase};
use crate::path::ImagePath;
use crate::seekable::{FormatError, Index, Reader};
use crate::tree::{RecordId, Records};

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
    monitor.begin(Phase::Read, Some(reader.index().packed()));
    let (tree, summary) = match reader.tree() {
        Ok(listed) => listed,
        Err(error) => return Err(worst(&reader, error.into(), None, monitor)?),
    };
    let found = match contents(&reader, tree.records(), threads, monitor) {
        Err(error @ VerifyError::Archive(ArchiveError::Backup(FormatError::Damaged { .. }))) => {
            return Err(worst(&reader, error, Some(tree.records()), monitor)?);
        }
        found => found?,
    };
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
    listed: &Records,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Records, VerifyError> {
    let all = 0..reader.index().frames.len();
    let frames = Framed::open(reader, all, threads, Checksum::Compare)?;
    let limits = Limits::none();
    let label = reader.label().to_owned();
    let archive = ArchiveReader::framed(frames, label.clone(), limits.clone())?;
    let mut layout = Layout::new(label, (0, 0), limits);
    let mut unpacker = Unpacker::new(&mut layout);
    let mut heads = NoHeads;
    let mut sink = Gated {
        gate: Placing {
            index: reader.index(),
            listed,
            next: 0,
            frame: 0,
            begins: 0,
        },
        sink: Indexer::<VerifyError>::new(&mut heads),
    };
    unpacker.archive(archive, &mut sink, monitor)?;
    if sink.gate.next != reader.index().entries() {
        return Err(reader
            .bad_manifest("the tar has fewer members than it")
            .into());
    }
    unpacker.finish(monitor);
    Ok(layout.into_records())
}

/// The frames that are damaged, if there are any: what else is wrong follows from
/// them. If there are none, that is `error`.
fn worst(
    reader: &Reader,
    error: VerifyError,
    listed: Option<&Records>,
    monitor: &dyn Monitor,
) -> Result<VerifyError, VerifyError> {
    let mut bytes = Vec::new();
    let mut damaged = Vec::new();
    for number in 0..reader.index().frames.len() {
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
                let paths = listed.map_or_else(Vec::new, |records| {
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
    if damaged.is_empty() {
        return Ok(error);
    }
    Ok(VerifyError::Frames(DamagedFrames {
        label: reader.label().to_owned(),
        frames: damaged,
    }))
}

/// Wants no heads.
struct NoHeads;

impl Heads for NoHeads {
    fn wanted(&mut self, _: &ImagePath) -> usize {
        0
    }

    fn take(&mut self, _: RecordId, _: Vec<u8>) {}
}

/// Sees that each member begins in the frame that the index says, and is the one
/// that the manifest lists.
struct Placing<'a> {
    index: &'a Index,
    listed: &'a Records,
    /// The number of the next member.
    next: u64,
    /// The frame in which the last one began, and where in the tar that begins.
    frame: usize,
    begins: u64,
}

impl Gate for Placing<'_> {
    type Error = VerifyError;

    fn admit(&mut self, member: &mut Member) -> Result<bool, VerifyError> {
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
        let number = self.next;
        self.next += 1;
        if is_there {
            check_member(self.listed, number, member)?;
            return Ok(true);
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
