//! [`Builder`]: reads what a frame is made of, and compresses it.

use super::large::Source;
use super::plan::{FRAME, Part, Piece, Plan, Planned};
use crate::archive::write::{self, padding};
use crate::digest::{Digest, Hasher};
use crate::error::SysError;
use crate::import::Taker;
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::seekable::{MOST_RAW, Packed};
use crate::tree::{LiveTree, RecordId, TreeError, Way};
use crate::writer::{HEAD_BYTES, Observe as _};

/// A frame, and what was learnt of the files in it.
pub(super) struct Built {
    pub(super) packed: Packed,
    pub(super) digests: Vec<(RecordId, Digest)>,
}

/// Makes one frame after the other in the same memory.
pub(super) struct Builder<'t> {
    way: Way<'t>,
    taker: &'t Taker,
    monitor: &'t dyn Monitor,
    compressor: zstd::bulk::Compressor<'static>,
    raw: Vec<u8>,
    digests: Vec<(RecordId, Digest)>,
}

impl<'t> Builder<'t> {
    pub(super) fn new(
        tree: &'t LiveTree,
        level: i32,
        taker: &'t Taker,
        monitor: &'t dyn Monitor,
    ) -> std::io::Result<Self> {
        let mut compressor = zstd::bulk::Compressor::new(level)?;
        compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
        Ok(Self {
            way: Way::new(tree),
            taker,
            monitor,
            compressor,
            raw: Vec::with_capacity(usize::try_from(FRAME).expect("it fits in memory")),
            digests: Vec::new(),
        })
    }

    /// Makes a frame.
    pub(super) fn build(&mut self, plan: &Plan) -> Result<Built, TreeError> {
        self.raw.clear();
        for piece in &plan.pieces {
            match piece {
                Piece::Whole(planned) => self.whole(planned)?,
                Piece::Head(planned, file) => {
                    let regions = file.source.regions.as_ref();
                    write::put_entry(&planned.path, &planned.entry, regions, &mut self.raw);
                    self.check_length(&planned.path)?;
                    self.first_bytes(&planned.path, &file.source)?;
                }
                Piece::Part(part) => self.part(part)?,
                Piece::End => self.raw.extend_from_slice(&write::END),
            }
        }
        // It goes its way as it is: of what was reserved only that takes memory which
        // was written to, and a copy would be one more.
        let mut packed = Vec::with_capacity(zstd::zstd_safe::compress_bound(self.raw.len()));
        self.compressor
            .compress_to_buffer(&self.raw, &mut packed)
            .map_err(|error| SysError::new("compress", "a frame", error))?;
        Ok(Built {
            packed: Packed {
                digest: Digest::of(&packed),
                raw: self.raw.len() as u64,
                entries: plan.entries,
                bytes: packed,
            },
            digests: std::mem::take(&mut self.digests),
        })
    }

    /// Adds an entry with its content.
    fn whole(&mut self, planned: &Planned) -> Result<(), TreeError> {
        let (path, entry) = (&planned.path, &planned.entry);
        if let Some(leader) = &planned.leader {
            write::put_hard_link(path, leader, &entry.metadata, &mut self.raw);
            return Ok(());
        }
        if entry.file_size().is_none() {
            write::put_entry(path, entry, None, &mut self.raw);
            return self.check_length(path);
        }
        let parent = path.parent().unwrap_or_default();
        let source = Source::open(&*self.way.to(&parent)?, entry)?;
        write::put_entry(path, entry, source.regions.as_ref(), &mut self.raw);
        let places = source.places(0, source.stored());
        let start = self.raw.len();
        self.read(&source, &places)?;
        source.check_unchanged()?;
        self.check_length(path)?;
        let mut hasher = Hasher::new();
        let mut position = 0;
        for (offset, bytes) in pieces(&places, &self.raw[start..]) {
            hasher.update_zeros(offset - position);
            hasher.update(bytes);
            position = offset + bytes.len() as u64;
        }
        hasher.update_zeros(source.size - position);
        self.digests.push((planned.id, hasher.finish()));
        if let Some(&(0, _)) = places.first() {
            let most = places[0].1.min(HEAD_BYTES as u64);
            let head = &self.raw[start..][..usize::try_from(most).expect("a few bytes")];
            self.taker.file(path, head);
        }
        self.fill_block(source.stored());
        Ok(())
    }

    /// Refuses an entry that no reader would take: its attributes alone are longer
    /// than a frame may be.
    fn check_length(&self, path: &ImagePath) -> Result<(), TreeError> {
        if self.raw.len() as u64 <= MOST_RAW {
            return Ok(());
        }
        let reason = "its extended attributes are longer than a backup can hold, 64 MiB";
        let error = std::io::Error::new(std::io::ErrorKind::FileTooLarge, reason);
        Err(SysError::new("back up", path.to_string(), error).into())
    }

    /// Adds a part of a large file.
    fn part(&mut self, part: &Part) -> Result<(), TreeError> {
        let source = &part.file.source;
        let places = source.places(part.offset, part.length);
        let start = self.raw.len();
        self.read(source, &places)?;
        let read = pieces(&places, &self.raw[start..]);
        if let Some(digest) = part.file.hash(part.number, read, part.is_last)? {
            source.check_unchanged()?;
            self.digests.push((part.file.id, digest));
            self.fill_block(source.stored());
        }
        Ok(())
    }

    /// Reads places of a file one behind the other.
    fn read(&mut self, source: &Source, places: &[(u64, u64)]) -> Result<(), TreeError> {
        for &(offset, length) in places {
            let start = self.raw.len();
            let length = usize::try_from(length).expect("not longer than a frame");
            self.raw.resize(start + length, 0);
            source.read(&mut self.raw[start..], offset, self.monitor)?;
        }
        Ok(())
    }

    /// Shows the first bytes of a large file to who counts programs.
    fn first_bytes(&self, path: &ImagePath, source: &Source) -> Result<(), TreeError> {
        let mut head = [0; HEAD_BYTES];
        let got = source.file.read_some_at(&mut head, 0)?;
        self.taker.file(path, &head[..got]);
        Ok(())
    }

    fn fill_block(&mut self, stored: u64) {
        self.raw.resize(self.raw.len() + padding(stored), 0);
    }
}

/// Places of a file with what was read of each.
fn pieces<'b>(
    places: &'b [(u64, u64)],
    mut read: &'b [u8],
) -> impl Iterator<Item = (u64, &'b [u8])> {
    places.iter().map(move |&(offset, length)| {
        let length = usize::try_from(length).expect("it was read");
        let (piece, rest) = read.split_at(length);
        read = rest;
        (offset, piece)
    })
}
