//! [`index`]: an archive as a tree to compare with, without unpacking it.

use std::marker::PhantomData;

use super::error::ArchiveError;
use super::extents::{Extent, Extents};
use super::layout::{Layout, Replaced};
use super::member::Member;
use super::reader::{ArchiveReader, ArchiveSummary};
use super::unpack::{FileData, Sink, Unpacker};
use crate::digest::Hasher;
use crate::error::transparent;
use crate::monitor::{Cancelled, Monitor, Phase};
use crate::path::ImagePath;
use crate::tree::{RecordId, RecordedTree, Records};

/// Why an archive could not be indexed.
#[derive(Debug)]
#[non_exhaustive]
pub enum IndexError {
    /// The archive could not be read or trusted.
    Archive(ArchiveError),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(IndexError {
    Archive(ArchiveError),
    Cancelled(Cancelled),
});

/// Takes the first bytes of files while an archive is indexed.
pub trait Heads {
    /// How many of a file's first bytes are wanted.
    fn wanted(&mut self, path: &ImagePath) -> usize;

    /// Takes them, or all of a shorter file: the one last asked about.
    fn take(&mut self, id: RecordId, head: Vec<u8>);
}

/// Wants no heads.
struct NoHeads;

impl Heads for NoHeads {
    fn wanted(&mut self, _: &ImagePath) -> usize {
        0
    }

    fn take(&mut self, _: RecordId, _: Vec<u8>) {}
}

/// Reads an archive to its end; what it would unpack to comes back as a tree
/// with the digest of every file's content.
///
/// # Errors
///
/// An [`IndexError`], for everything that an import would refuse too.
pub fn index(
    reader: ArchiveReader,
    label: &str,
    length: Option<u64>,
    monitor: &dyn Monitor,
) -> Result<(RecordedTree, ArchiveSummary), IndexError> {
    monitor.begin(Phase::Read, length);
    let mut layout = Layout::new(label.to_owned(), (0, 0), reader.limits().clone());
    let mut unpacker = Unpacker::new(&mut layout);
    let mut heads = NoHeads;
    let mut sink = Indexer::<IndexError>::new(&mut heads);
    let summary = unpacker.archive(reader, &mut sink, monitor)?;
    unpacker.finish(monitor);
    let tree = RecordedTree::new(layout.into_records(), label.to_owned());
    Ok((tree, summary))
}

/// A sink that hashes and makes nothing, for whoever fails with an `E`.
pub struct Indexer<'a, E> {
    heads: &'a mut dyn Heads,
    fails_with: PhantomData<fn() -> E>,
}

impl<'a, E> Indexer<'a, E> {
    /// Hands the first bytes of files to `heads`.
    pub fn new(heads: &'a mut dyn Heads) -> Self {
        Self {
            heads,
            fails_with: PhantomData,
        }
    }
}

impl<E: From<ArchiveError> + From<Cancelled>> Sink for Indexer<'_, E> {
    type Error = E;

    fn admit(&mut self, _: &mut Member) -> Result<bool, E> {
        Ok(true)
    }

    fn remove(&mut self, _: &mut Records, _: Replaced) -> Result<(), E> {
        Ok(())
    }

    fn directory(&mut self, _: &Records, _: RecordId) -> Result<(), E> {
        Ok(())
    }

    fn special(&mut self, _: &Records, _: RecordId) -> Result<(), E> {
        Ok(())
    }

    fn hard_link(&mut self, _: RecordId, _: RecordId) {}

    fn file(
        &mut self,
        records: &mut Records,
        id: RecordId,
        size: u64,
        mut data: FileData<'_, '_>,
    ) -> Result<(), E> {
        let mut hasher = Hasher::new();
        let mut extents = Extents::new(size, data.take_sparse());
        let wanted = self.heads.wanted(&records.path(id));
        let mut head = Vec::new();
        let mut put = |extent: Extent<'_>| {
            let missing = wanted - head.len();
            match extent {
                Extent::Data(bytes) => {
                    hasher.update(bytes);
                    head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
                }
                Extent::Hole(length) => {
                    hasher.update_zeros(length);
                    let zeros = usize::try_from(length).unwrap_or(missing).min(missing);
                    head.resize(head.len() + zeros, 0);
                }
            }
            Ok::<(), E>(())
        };
        while let Some(slice) = data.piece::<E>()? {
            extents.feed(&slice, &mut put)?;
        }
        extents.end(put)?;
        records.set_content(id, hasher.finish().into());
        self.heads.take(id, head);
        Ok(())
    }
}
