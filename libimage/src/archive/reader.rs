//! [`ArchiveReader`]: the members of an archive, one after the other.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::blocks::{Blocks, is_zero};
use super::buffers::Slice;
use super::codec::Codec;
use super::error::{ArchiveError, Fault};
use super::framed::Framed;
use super::header::{BLOCK, GnuRegions, Header, Type};
use super::limits::Limits;
use super::member::{Extensions, Headers, Layout, Member, MemberKind};
use super::pax::Records;
use super::proof::Proof;
use super::sparse::{MapReader, SparseMap};
use crate::digest::Digest;
use crate::sys::section::Section;

/// Reads the members of an archive, one after the other, and their data.
///
/// It is driven from one thread, while the [`Slice`]s of data may travel to
/// others. Nothing is to be relied on before [`ArchiveReader::next`] has
/// returned nothing or [`ArchiveReader::finish`] has succeeded: the checksums
/// of the compressed data stand at its end.
pub struct ArchiveReader {
    blocks: Blocks,
    members: u64,
    /// The sizes of all sparse files, holes included.
    sparse: u64,
    global: Records,
    /// Bytes of the current member's data that were not handed out yet.
    left: u64,
    /// Bytes to skip after them.
    skip: u64,
    /// Whether a hash proves the archive whole, whatever stands at its end.
    proven: bool,
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
        Self::proven(input, label, limits, Proof::None)
    }

    /// The same for an archive that is known by its hash: it counts as read
    /// to its end only if it has that. Then it need not have an end marker,
    /// which some who make layers of images leave out.
    ///
    /// # Errors
    ///
    /// As those of [`ArchiveReader::new`].
    pub fn proven(
        input: Box<dyn Read + Send>,
        label: String,
        limits: Limits,
        proof: Proof,
    ) -> Result<Self, ArchiveError> {
        let proven = !matches!(proof, Proof::None);
        Ok(Self::over(
            Blocks::open(input, label, limits, proof)?,
            proven,
        ))
    }

    /// Starts to look through a plain tar in a file: what is skipped is not
    /// read, so there is no digest in the end.
    pub(crate) fn scan(
        section: Section,
        label: String,
        limits: Limits,
    ) -> Result<Self, ArchiveError> {
        Ok(Self::over(Blocks::scan(section, label, limits)?, false))
    }

    /// Starts to read some frames of a backup, which are proven themselves; the
    /// first begins with a member.
    pub(crate) fn framed(
        frames: Framed,
        label: String,
        limits: Limits,
    ) -> Result<Self, ArchiveError> {
        Ok(Self::over(Blocks::framed(frames, label, limits)?, false))
    }

    fn over(blocks: Blocks, proven: bool) -> Self {
        Self {
            blocks,
            members: 0,
            sparse: 0,
            global: Records::default(),
            left: 0,
            skip: 0,
            proven,
            state: State::Reading,
        }
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
            let slice = reader.blocks.data(reader.left)?;
            reader.left -= slice.len() as u64;
            Ok(Some(slice))
        })
    }

    /// Skips what is left and tells what the archive was.
    ///
    /// # Errors
    ///
    /// An [`ArchiveError`] if the rest cannot be read or is not well.
    pub fn finish(mut self) -> Result<ArchiveSummary, ArchiveError> {
        while self.next()?.is_some() {}
        let raw = self.blocks.end().expect("a stream that has ended well");
        Ok(ArchiveSummary {
            bytes: raw.bytes,
            digest: raw.digest,
            unpacked: self.blocks.unpacked(),
            members: self.members,
            codec: self.codec(),
        })
    }

    /// How much the archive may ask for.
    pub fn limits(&self) -> &Limits {
        self.blocks.limits()
    }

    /// What the archive is compressed with.
    pub fn codec(&self) -> Codec {
        self.blocks.codec()
    }

    /// Bytes of the archive, as it lies on the disk, that are read so far.
    pub fn progress(&self) -> u64 {
        self.blocks.consumed()
    }

    /// The same for other threads, and for after the reader is gone.
    pub fn progress_handle(&self) -> Progress {
        Progress(self.blocks.progress())
    }

    /// How far into the unpacked archive the data of the current member
    /// stands, or what is left of it.
    pub(crate) fn position(&self) -> u64 {
        self.blocks.position()
    }

    fn attempt<T>(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<T, ArchiveError>,
    ) -> Result<T, ArchiveError> {
        if self.state == State::Failed {
            let fault = Fault::corrupt("reading it has failed before");
            return Err(self.blocks.at(fault));
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
        if self.proven && self.blocks.is_at_end()? {
            self.state = State::Done;
            return Ok(None);
        }
        let start = self.position();
        let mut extensions = Extensions::default();
        loop {
            let block = self.blocks.block()?;
            let Some(header) = Header::new(&block) else {
                let fault = if !is_zero(&block) {
                    Fault::corrupt("what follows it is no header: wrong checksum")
                } else if !extensions.is_empty() {
                    dangling()
                } else {
                    return self.end().map(|()| None);
                };
                return Err(self.blocks.at(fault));
            };
            let kind = match header.kind() {
                Ok(kind) => kind,
                Err(fault) => {
                    self.blocks.set_current(&header.name());
                    return Err(self.blocks.at(fault));
                }
            };
            if let Some(mut member) = self.take_header(header, kind, &mut extensions)? {
                member.start = start;
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
            Type::PaxGlobal | Type::GnuLabel if !extensions.is_empty() => {
                Err(self.blocks.at(dangling()))
            }
            Type::GnuLabel => {
                self.blocks.set_current(&header.name());
                let size = header.size().map_err(|fault| self.blocks.at(fault))?;
                self.blocks.skip(padded(size))?;
                Ok(None)
            }
            Type::Pax | Type::PaxGlobal | Type::GnuLongName | Type::GnuLongLink => {
                self.blocks.set_current(&header.name());
                let bytes = self.extension(&header)?;
                self.take_extension(kind, bytes, extensions)
                    .map_err(|fault| self.blocks.at(fault))?;
                Ok(None)
            }
            _ => {
                let extensions = std::mem::take(extensions);
                let headers = Headers::new(header, kind, extensions, &self.global);
                self.blocks.set_current(headers.path());
                self.take_member(headers).map(Some)
            }
        }
    }

    fn take_extension(
        &mut self,
        kind: Type,
        bytes: Vec<u8>,
        extensions: &mut Extensions,
    ) -> Result<(), Fault> {
        match kind {
            Type::Pax => extensions.add_pax(Records::parse(&bytes)?),
            Type::PaxGlobal => {
                self.global.merge_global(Records::parse(&bytes)?)?;
                self.blocks.limits().check_header(self.global.length())
            }
            _ => extensions.add_long(kind, bytes),
        }
    }

    /// Puts a member together and finds where its data begins.
    fn take_member(&mut self, headers: Headers) -> Result<Member, ArchiveError> {
        let limits = self.blocks.limits();
        self.members += 1;
        let parts = limits.check_entries(self.members).and_then(|()| {
            let stored = headers.stored()?;
            let (member, layout) = headers.into_member(limits)?;
            Ok((stored, member, layout))
        });
        let (stored, mut member, layout) = parts.map_err(|fault| self.blocks.at(fault))?;
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
            Layout::Gnu(regions) => self.gnu_regions(regions)?,
            Layout::MapFirst => self.map_first()?,
        };
        if let MemberKind::File { size, sparse } = &mut member.kind {
            // Holes take no room, but whoever hashes the content reads them.
            self.sparse = self.sparse.saturating_add(*size);
            let checked = self
                .blocks
                .limits()
                .check_size(self.sparse)
                .and_then(|()| SparseMap::new(pairs, *size, self.left));
            *sparse = Some(checked.map_err(|fault| self.blocks.at(fault))?);
        }
        Ok(member)
    }

    /// The regions of an old GNU sparse file, of all its blocks.
    fn gnu_regions(&mut self, first: GnuRegions) -> Result<Vec<(u64, u64)>, ArchiveError> {
        let GnuRegions {
            mut pairs,
            mut extended,
        } = first;
        while extended {
            let block = self.blocks.block()?;
            let more = GnuRegions::from_extension(&block).map_err(|fault| self.blocks.at(fault))?;
            extended = more.extended;
            pairs.extend(more.pairs);
            self.blocks
                .limits()
                .check_regions(pairs.len() as u64)
                .map_err(|fault| self.blocks.at(fault))?;
        }
        Ok(pairs)
    }

    /// The regions of a sparse file of version 1.0, cut off its data.
    fn map_first(&mut self) -> Result<Vec<(u64, u64)>, ArchiveError> {
        let mut map = MapReader::default();
        loop {
            self.left = self.left.checked_sub(BLOCK as u64).ok_or_else(|| {
                let fault = Fault::corrupt("its sparse map is longer than its data");
                self.blocks.at(fault)
            })?;
            let block = self.blocks.block()?;
            let whole = map.feed(&block, self.blocks.limits());
            if whole.map_err(|fault| self.blocks.at(fault))? {
                return Ok(map.into_pairs());
            }
        }
    }

    /// The data of an extension header, which is never large.
    fn extension(&mut self, header: &Header) -> Result<Vec<u8>, ArchiveError> {
        let size = header
            .size()
            .and_then(|size| self.blocks.limits().check_header(size).map(|()| size))
            .map_err(|fault| self.blocks.at(fault))?;
        let mut bytes = Vec::new();
        let mut left = size;
        while left > 0 {
            let piece = self.blocks.data(left)?;
            bytes.extend_from_slice(&piece);
            left -= piece.len() as u64;
        }
        self.blocks.skip(padded(size) - size)?;
        Ok(bytes)
    }

    /// After the first block of zeros: the second, and nothing but zeros
    /// behind it. Without both, the archive may have been cut short.
    fn end(&mut self) -> Result<(), ArchiveError> {
        if !is_zero(&self.blocks.block()?) || !self.blocks.only_zeros_follow()? {
            let fault = Fault::corrupt("something follows the end-of-archive marker");
            return Err(self.blocks.at(fault));
        }
        self.state = State::Done;
        Ok(())
    }

    fn skip_data(&mut self) -> Result<(), ArchiveError> {
        let (left, skip) = (self.left, self.skip);
        (self.left, self.skip) = (0, 0);
        if self.proven {
            self.blocks.skip(left)?;
            // What fills up its last block may be missing.
            if self.blocks.is_at_end()? {
                return Ok(());
            }
            return self.blocks.skip(skip);
        }
        // Both together are at most 2^63.
        self.blocks.skip(left + skip)
    }
}

impl fmt::Debug for ArchiveReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveReader")
            .field("codec", &self.codec())
            .field("members", &self.members)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

fn dangling() -> Fault {
    Fault::corrupt("no member follows this extension header")
}

/// A length up to the next whole block; at most 2^63.
fn padded(length: u64) -> u64 {
    length.next_multiple_of(BLOCK as u64)
}
