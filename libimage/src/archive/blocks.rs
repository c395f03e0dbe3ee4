//! [`Blocks`]: the unpacked archive as blocks and data, with its place in mind.

use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::buffers::{Buffer, Slice};
use super::codec::{Codec, recognise};
use super::error::{ArchiveError, Fault};
use super::framed::Framed;
use super::header::{BLOCK, Block, Header};
use super::limits::Limits;
use super::proof::Proof;
use super::stream::{Raw, Stream, StreamError, fill};
use crate::error::SysError;
use crate::sys::section::Section;

/// The unpacked archive, read front to back.
///
/// It knows which member is being read, so that whatever goes wrong is told
/// with its place.
pub(super) struct Blocks {
    input: Input,
    label: String,
    limits: Limits,
    /// What is left of the piece that is being read. Pieces are whole blocks,
    /// all but the last of a stream.
    piece: Slice,
    unpacked: u64,
    current: Option<Box<[u8]>>,
}

/// Where the blocks come from.
enum Input {
    /// Every byte, read ahead and unpacked.
    Stream(Stream),
    /// The frames of a backup, unpacked side by side.
    Frames(Framed),
    /// A plain tar of which what is skipped is never read.
    File(Section),
}

/// Bytes read at once of a file in which most is skipped: a header and what
/// belongs to a small file behind it.
const GLIMPSE: usize = 4096;

impl Input {
    fn next(&mut self) -> Result<Option<Slice>, StreamError> {
        match self {
            Self::Stream(stream) => stream.next(),
            Self::Frames(frames) => frames.next(),
            Self::File(section) => {
                let mut buffer = Buffer::unpooled(GLIMPSE);
                let (filled, outcome) = fill(section, &mut buffer);
                outcome.map_err(StreamError::Io)?;
                Ok((filled > 0).then(|| buffer.freeze(filled)))
            }
        }
    }
}

impl Blocks {
    /// Starts to read, if the input begins like an archive.
    pub(super) fn open(
        input: Box<dyn Read + Send>,
        label: String,
        limits: Limits,
        proof: Proof,
    ) -> Result<Self, ArchiveError> {
        match Stream::open(input, &limits, proof) {
            Ok(stream) => Self::begin(Input::Stream(stream), label, limits),
            Err(error) => Err(stream_error(error, &label, None)),
        }
    }

    /// Starts to read a plain tar, of which what is skipped is not read.
    pub(super) fn scan(
        section: Section,
        label: String,
        limits: Limits,
    ) -> Result<Self, ArchiveError> {
        Self::begin(Input::File(section), label, limits)
    }

    /// Starts to read frames of a backup, the first of which begins with a
    /// member.
    pub(super) fn framed(
        frames: Framed,
        label: String,
        limits: Limits,
    ) -> Result<Self, ArchiveError> {
        Self::begin(Input::Frames(frames), label, limits)
    }

    fn begin(input: Input, label: String, limits: Limits) -> Result<Self, ArchiveError> {
        let mut blocks = Self {
            input,
            label,
            limits,
            piece: Slice::empty(),
            unpacked: 0,
            current: None,
        };
        blocks.refill()?;
        let start = blocks.piece.clone();
        let Some(block) = start.first_chunk::<BLOCK>() else {
            // An error behind a short start says more than the start itself.
            blocks.refill()?;
            return Err(blocks.not_an_archive(&start));
        };
        let marked = Header::new(block).is_some();
        if !marked && (!is_zero(block) || recognise(&start).is_some()) {
            return Err(blocks.not_an_archive(&start));
        }
        Ok(blocks)
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What the archive is compressed with.
    pub(super) fn codec(&self) -> Codec {
        match &self.input {
            Input::Stream(stream) => stream.codec(),
            Input::Frames(_) => Codec::Zstd,
            Input::File(_) => Codec::Plain,
        }
    }

    /// Compressed bytes behind all that was read so far.
    pub(super) fn consumed(&self) -> u64 {
        match &self.input {
            Input::Stream(stream) => stream.consumed(),
            Input::Frames(frames) => frames.progress().load(Ordering::Relaxed),
            Input::File(_) => self.unpacked,
        }
    }

    /// The same number, kept up to date.
    pub(super) fn progress(&self) -> Arc<AtomicU64> {
        match &self.input {
            Input::Stream(stream) => Arc::clone(stream.progress()),
            Input::Frames(frames) => Arc::clone(frames.progress()),
            Input::File(_) => Arc::new(AtomicU64::new(self.unpacked)),
        }
    }

    /// How far into the unpacked archive what comes next stands.
    pub(super) fn position(&self) -> u64 {
        self.unpacked - self.piece.len() as u64
    }

    /// How long the unpacked archive is, as far as it was read.
    pub(super) fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// The member that is being read.
    pub(super) fn current(&self) -> Option<&[u8]> {
        self.current.as_deref()
    }

    /// Says which member is being read.
    pub(super) fn set_current(&mut self, path: &[u8]) {
        self.current = Some(path.into());
    }

    /// The next block, of which there must be one.
    pub(super) fn block(&mut self) -> Result<Block, ArchiveError> {
        if self.piece.is_empty() && !self.refill()? {
            return Err(self.truncated());
        }
        if let Some(block) = self.piece.first_chunk::<BLOCK>() {
            let block = *block;
            self.piece.advance(BLOCK);
            return Ok(block);
        }
        // A torn block: why it is torn stands behind it.
        self.refill()?;
        Err(self.truncated())
    }

    /// The next bytes, `most` at most and one at least.
    pub(super) fn data(&mut self, most: u64) -> Result<Slice, ArchiveError> {
        let length = self.available(most)?;
        Ok(self.piece.split_to(length))
    }

    /// Skips so many bytes.
    pub(super) fn skip(&mut self, mut length: u64) -> Result<(), ArchiveError> {
        if let Input::File(section) = &mut self.input
            && let Some(beyond) = length.checked_sub(self.piece.len() as u64)
        {
            self.piece = Slice::empty();
            self.unpacked += beyond.min(section.left());
            if section.skip(beyond) {
                return Ok(());
            }
            return Err(self.truncated());
        }
        while length > 0 {
            let available = self.available(length)?;
            self.piece.advance(available);
            length -= available as u64;
        }
        Ok(())
    }

    /// Whether nothing more comes.
    pub(super) fn is_at_end(&mut self) -> Result<bool, ArchiveError> {
        Ok(self.piece.is_empty() && !self.refill()?)
    }

    /// Reads on to the end of the input; `false` if not all of it is zeros.
    pub(super) fn only_zeros_follow(&mut self) -> Result<bool, ArchiveError> {
        while !self.piece.is_empty() || self.refill()? {
            if !is_zero(&self.piece) {
                return Ok(false);
            }
            self.piece = Slice::empty();
        }
        Ok(true)
    }

    /// Length and digest of the input, once all of it was read.
    pub(super) fn end(&self) -> Option<Raw> {
        match &self.input {
            Input::Stream(stream) => stream.end(),
            Input::Frames(frames) => Some(frames.end()),
            Input::File(_) => None,
        }
    }

    /// How many of `wanted` bytes the current piece holds.
    fn available(&mut self, wanted: u64) -> Result<usize, ArchiveError> {
        if self.piece.is_empty() && !self.refill()? {
            return Err(self.truncated());
        }
        let length = self.piece.len();
        Ok(usize::try_from(wanted).map_or(length, |wanted| wanted.min(length)))
    }

    /// Takes the next piece; `false` at the end of the input.
    fn refill(&mut self) -> Result<bool, ArchiveError> {
        let next = self.input.next();
        let next = next.map_err(|error| stream_error(error, &self.label, self.current()))?;
        let Some(piece) = next else {
            return Ok(false);
        };
        self.unpacked += piece.len() as u64;
        self.piece = piece;
        self.limits
            .check_unpacked(self.unpacked, self.consumed())
            .map_err(|fault| self.at(fault))?;
        Ok(true)
    }

    /// Puts a fault at the current place.
    pub(super) fn at(&self, fault: Fault) -> ArchiveError {
        fault.at(&self.label, self.current())
    }

    fn truncated(&self) -> ArchiveError {
        stream_error(StreamError::Truncated, &self.label, self.current())
    }

    fn not_an_archive(&self, start: &[u8]) -> ArchiveError {
        ArchiveError::NotAnArchive {
            archive: self.label.clone(),
            found: recognise(start),
        }
    }
}

fn stream_error(error: StreamError, label: &str, after: Option<&[u8]>) -> ArchiveError {
    match error {
        // A program that reads what is around it says that that is damaged.
        StreamError::Io(source) if source.kind() == ErrorKind::InvalidData => {
            Fault::corrupt(source.to_string()).at(label, after)
        }
        StreamError::Io(source) => SysError::new("read", label, source).into(),
        StreamError::Truncated => ArchiveError::Truncated {
            archive: label.to_owned(),
            after: after.map(Box::from),
        },
        StreamError::Fault(fault) => fault.at(label, after),
        StreamError::Format(error) => ArchiveError::Backup(error),
    }
}

pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}
