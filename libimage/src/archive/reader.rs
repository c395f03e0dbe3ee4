//! [`ArchiveReader`]: the members of an archive, one after the other.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::buffers::Slice;
use super::codec::{Codec, recognise};
use super::error::{ArchiveError, Fault};
use super::header::{BLOCK, Block, Header, Type, gnu_sparse_extension};
use super::limits::Limits;
use super::member::{Extensions, Headers, Layout, Member, MemberKind};
use super::pax::Records;
use super::sparse::{MapReader, SparseMap};
use super::stream::{Stream, StreamError};
use crate::digest::Digest;
use crate::error::SysError;

/// Reads the members of an archive, one after the other, and their data.
///
/// It is driven from one thread, while the [`Slice`]s of data may travel to
/// others. Nothing is to be relied on before [`ArchiveReader::next`] has
/// returned nothing or [`ArchiveReader::finish`] has succeeded: the checksums
/// of the compressed data stand at its end.
pub struct ArchiveReader {
    stream: Stream,
    label: String,
    limits: Limits,
    /// What is left of the piece that is being read.
    piece: Slice,
    unpacked: u64,
    members: u64,
    global: Records,
    /// The member that is being read, for messages.
    current: Option<Box<[u8]>>,
    /// Bytes of its data that were not handed out yet.
    left: u64,
    /// Bytes to skip after them.
    skip: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    Done,
    Failed,
}

/// What is known of an archive that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveSummary {
    /// Length of the archive as it lies on the disk.
    pub bytes: u64,
    /// The digest of those bytes.
    pub digest: Digest,
    /// Length of the tar inside.
    pub unpacked: u64,
    /// How many members it has.
    pub members: u64,
    /// What it is compressed with.
    pub codec: Codec,
}

/// How far a reader has come; may be asked from any thread.
#[derive(Clone, Debug)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Bytes of the archive, as it lies on the disk, that are read so far.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl ArchiveReader {
    /// Starts to read an archive; `label` is what the user calls it.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::NotAnArchive`] if it does not begin like one, and
    /// whatever [`ArchiveReader::next`] may find in its first bytes.
    pub fn new(
        input: Box<dyn Read + Send>,
        label: String,
        limits: Limits,
    ) -> Result<Self, ArchiveError> {
        let stream = match Stream::open(input, &limits) {
            Ok(stream) => stream,
            Err(error) => return Err(stream_error(error, &label, None)),
        };
        let mut reader = Self {
            stream,
            label,
            limits,
            piece: Slice::empty(),
            unpacked: 0,
            members: 0,
            global: Records::default(),
            current: None,
            left: 0,
            skip: 0,
            state: State::Reading,
        };
        reader.refill()?;
        let start = reader.piece.clone();
        let block = match start.first_chunk::<BLOCK>() {
            Some(block) => block,
            // An error behind a short start says more than the start itself.
            None => {
                reader.refill()?;
                return Err(reader.not_an_archive(&start));
            }
        };
        let marked = Header::new(block).is_some();
        if !marked && (!is_zero(block) || recognise(&start).is_some()) {
            return Err(reader.not_an_archive(&start));
        }
        Ok(reader)
    }

    /// The next member; nothing after the last, when all of the input has been
    /// read and found well.
    ///
    /// What is left of the former member's data is skipped.
    ///
    /// # Errors
    ///
    /// An [`ArchiveError`], after which nothing more can be read.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator could not lend itself for the data between two members"
    )]
    pub fn next(&mut self) -> Result<Option<Member>, ArchiveError> {
        self.attempt(Self::next_member)
    }

    /// The next piece of the current member's stored data; nothing after the
    /// last one, and for members that have none.
    ///
    /// The pieces of a sparse file are its data regions, back to back. A piece
    /// holds one of a fixed number of buffers until it is dropped.
    ///
    /// # Errors
    ///
    /// An [`ArchiveError`], after which nothing more can be read.
    pub fn data(&mut self) -> Result<Option<Slice>, ArchiveError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.attempt(|reader| {
            if reader.piece.is_empty() && !reader.refill()? {
                return Err(reader.truncated());
            }
            let length = reader.available(reader.left);
            reader.left -= length as u64;
            Ok(Some(reader.piece.split_to(length)))
        })
    }

    /// Skips what is left and tells what the archive was.
    ///
    /// # Errors
    ///
    /// An [`ArchiveError`] if the rest cannot be read or is not well.
    pub fn finish(mut self) -> Result<ArchiveSummary, ArchiveError> {
        while self.next()?.is_some() {}
        let raw = self.stream.end().expect("the stream has ended well");
        Ok(ArchiveSummary {
            bytes: raw.bytes,
            digest: raw.digest,
            unpacked: self.unpacked,
            members: self.members,
            codec: self.stream.codec(),
        })
    }

    /// What the archive is compressed with.
    pub fn codec(&self) -> Codec {
        self.stream.codec()
    }

    /// Bytes of the archive, as it lies on the disk, that are read so far.
    pub fn progress(&self) -> u64 {
        self.stream.progress().load(Ordering::Relaxed)
    }

    /// The same for other threads, and for after the reader is gone.
    pub fn progress_handle(&self) -> Progress {
        Progress(Arc::clone(self.stream.progress()))
    }

    fn attempt<T>(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        if self.state == State::Failed {
            return Err(self.fault(Fault::corrupt("reading it has failed before")));
        }
        let outcome = step(self);
        if outcome.is_err() {
            self.state = State::Failed;
        }
        outcome
    }

    fn next_member(&mut self) -> Result<Option<Member>, ArchiveError> {
        if self.state == State::Done {
            return Ok(None);
        }
        self.skip_data()?;
        let mut extensions = Extensions::default();
        loop {
            let Some(block) = self.block()? else {
                return Err(self.truncated());
            };
            let Some(header) = Header::new(&block) else {
                if !is_zero(&block) {
                    let fault = Fault::corrupt("what follows it is no header: wrong checksum");
                    return Err(self.fault(fault));
                }
                if !extensions.is_empty() {
                    return Err(self.dangling());
                }
                self.end()?;
                return Ok(None);
            };
            let kind = match header.kind() {
                Ok(kind) => kind,
                Err(fault) => {
                    self.current = Some(header.name().into());
                    return Err(self.fault(fault));
                }
            };
            if let Some(member) = self.take_header(header, kind, &mut extensions)? {
                return Ok(Some(member));
            }
        }
    }

    /// Reads what a header introduces; nothing if that is no member.
    fn take_header(
        &mut self,
        header: Header,
        kind: Type,
        extensions: &mut Extensions,
    ) -> Result<Option<Member>, ArchiveError> {
        match kind {
            Type::Pax | Type::GnuLongName | Type::GnuLongLink => {
                self.current = Some(header.name().into());
                let bytes = self.extension(&header)?;
                let added = if kind == Type::Pax {
                    Records::parse(&bytes).and_then(|records| extensions.add_pax(records))
                } else {
                    extensions.add_long(kind, bytes)
                };
                added.map_err(|fault| self.fault(fault))?;
                return Ok(None);
            }
            _ => {}
        }
        match kind {
            Type::PaxGlobal | Type::GnuLabel if !extensions.is_empty() => Err(self.dangling()),
            Type::PaxGlobal => {
                self.current = Some(header.name().into());
                let bytes = self.extension(&header)?;
                Records::parse(&bytes)
                    .and_then(|records| self.global.merge_global(records))
                    .and_then(|()| self.limits.check_header(self.global.length()))
                    .map_err(|fault| self.fault(fault))?;
                Ok(None)
            }
            Type::GnuLabel => {
                self.current = Some(header.name().into());
                let size = header.size().map_err(|fault| self.fault(fault))?;
                self.skip = padded(size);
                self.skip_data()?;
                Ok(None)
            }
            _ => {
                let extensions = std::mem::take(extensions);
                let headers = Headers::new(header, kind, extensions, &self.global);
                self.current = Some(headers.path().into());
                self.members += 1;
                self.limits
                    .check_entries(self.members)
                    .map_err(|fault| self.fault(fault))?;
                self.take_member(headers).map(Some)
            }
        }
    }

    /// Puts a member together and finds where its data begins.
    fn take_member(&mut self, headers: Headers) -> Result<Member, ArchiveError> {
        let stored = headers.stored().map_err(|fault| self.fault(fault))?;
        let (mut member, layout) = headers
            .into_member(&self.limits)
            .map_err(|fault| self.fault(fault))?;
        self.left = stored;
        self.skip = padded(stored) - stored;
        let pairs = match layout {
            Layout::Plain => return Ok(member),
            Layout::Skipped => {
                self.left = 0;
                self.skip = padded(stored);
                return Ok(member);
            }
            Layout::Regions(pairs) => pairs,
            Layout::GnuBlocks(pairs) => self.gnu_blocks(pairs)?,
            Layout::MapFirst => self.map_first()?,
        };
        if let MemberKind::File { size, sparse } = &mut member.kind {
            let map = SparseMap::new(pairs, *size, self.left);
            *sparse = Some(map.map_err(|fault| self.fault(fault))?);
        }
        Ok(member)
    }

    /// The regions of an old GNU sparse file whose header could not hold all.
    fn gnu_blocks(&mut self, mut pairs: Vec<(u64, u64)>) -> Result<Vec<(u64, u64)>, ArchiveError> {
        loop {
            let block = self.needed_block()?;
            let (more, extended) =
                gnu_sparse_extension(&block).map_err(|fault| self.fault(fault))?;
            pairs.extend(more);
            self.limits
                .check_regions(pairs.len() as u64)
                .map_err(|fault| self.fault(fault))?;
            if !extended {
                return Ok(pairs);
            }
        }
    }

    /// The regions of a sparse file of version 1.0, cut off its data.
    fn map_first(&mut self) -> Result<Vec<(u64, u64)>, ArchiveError> {
        let mut map = MapReader::default();
        loop {
            self.left = self.left.checked_sub(BLOCK as u64).ok_or_else(|| {
                self.fault(Fault::corrupt("its sparse map is longer than its data"))
            })?;
            let block = self.needed_block()?;
            if map
                .feed(&block, &self.limits)
                .map_err(|fault| self.fault(fault))?
            {
                return Ok(map.into_pairs());
            }
        }
    }

    /// The data of an extension header, which is never large.
    fn extension(&mut self, header: &Header) -> Result<Vec<u8>, ArchiveError> {
        let size = header
            .size()
            .and_then(|size| self.limits.check_header(size).map(|()| size))
            .map_err(|fault| self.fault(fault))?;
        let mut bytes = Vec::new();
        self.left = size;
        self.skip = padded(size) - size;
        while let Some(piece) = self.data()? {
            bytes.extend_from_slice(&piece);
        }
        self.skip_data()?;
        Ok(bytes)
    }

    /// After the first block of zeros: the second, and nothing but zeros
    /// behind it. Without both, the archive may have been cut short.
    fn end(&mut self) -> Result<(), ArchiveError> {
        let mut good = is_zero(&self.needed_block()?);
        while good && (!self.piece.is_empty() || self.refill()?) {
            good = is_zero(&self.piece);
            self.piece = Slice::empty();
        }
        if !good {
            let fault = Fault::corrupt("something follows the end-of-archive marker");
            return Err(self.fault(fault));
        }
        self.state = State::Done;
        Ok(())
    }

    fn skip_data(&mut self) -> Result<(), ArchiveError> {
        // Both are below 2^63.
        let mut rest = self.left + self.skip;
        (self.left, self.skip) = (0, 0);
        while rest > 0 {
            if self.piece.is_empty() && !self.refill()? {
                return Err(self.truncated());
            }
            let length = self.available(rest);
            self.piece.advance(length);
            rest -= length as u64;
        }
        Ok(())
    }

    /// How much of so many bytes the current piece holds.
    fn available(&self, wanted: u64) -> usize {
        let length = self.piece.len();
        usize::try_from(wanted).map_or(length, |wanted| wanted.min(length))
    }

    fn needed_block(&mut self) -> Result<Block, ArchiveError> {
        self.block()?.ok_or_else(|| self.truncated())
    }

    /// The next block; nothing at the end of the input.
    ///
    /// Pieces are whole blocks, all but the last of a stream, and blocks are
    /// read only where one begins.
    fn block(&mut self) -> Result<Option<Block>, ArchiveError> {
        if self.piece.is_empty() && !self.refill()? {
            return Ok(None);
        }
        if let Some(block) = self.piece.first_chunk::<BLOCK>() {
            let block = *block;
            self.piece.advance(BLOCK);
            return Ok(Some(block));
        }
        // A torn block: why it is torn stands behind it.
        self.refill()?;
        Err(self.truncated())
    }

    /// Takes the next piece; `false` at the end of the input.
    fn refill(&mut self) -> Result<bool, ArchiveError> {
        let next = self.stream.next();
        let next =
            next.map_err(|error| stream_error(error, &self.label, self.current.as_deref()))?;
        let Some(piece) = next else {
            return Ok(false);
        };
        self.unpacked += piece.len() as u64;
        self.piece = piece;
        self.limits
            .check_unpacked(self.unpacked, self.progress())
            .map_err(|fault| self.fault(fault))?;
        Ok(true)
    }

    fn fault(&self, fault: Fault) -> ArchiveError {
        fault.at(&self.label, self.current.as_deref())
    }

    fn dangling(&self) -> ArchiveError {
        self.fault(Fault::corrupt("no member follows this extension header"))
    }

    fn truncated(&self) -> ArchiveError {
        stream_error(StreamError::Truncated, &self.label, self.current.as_deref())
    }

    fn not_an_archive(&self, start: &[u8]) -> ArchiveError {
        ArchiveError::NotAnArchive {
            archive: self.label.clone(),
            found: recognise(start),
        }
    }
}

impl fmt::Debug for ArchiveReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveReader")
            .field("label", &self.label)
            .field("codec", &self.codec())
            .field("members", &self.members)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

fn stream_error(error: StreamError, label: &str, after: Option<&[u8]>) -> ArchiveError {
    match error {
        StreamError::Io(source) => SysError::new("read", label, source).into(),
        StreamError::Truncated => ArchiveError::Truncated {
            archive: label.to_owned(),
            after: after.map(Box::from),
        },
        StreamError::Fault(fault) => fault.at(label, after),
    }
}

/// A length up to the next whole block; at most 2^63.
fn padded(length: u64) -> u64 {
    length.next_multiple_of(BLOCK as u64)
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}
