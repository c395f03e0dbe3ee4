//! [`index`]: an archive as a tree to compare with, without unpacking it.

use super::error::ArchiveError;
use super::extents::{Extent, Extents};
use super::layout::{Layout, Replaced};
use super::member::Member;
use super::reader::ArchiveReader;
use super::unpack::{FileData, Sink, Unpacked, unpack};
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
) -> Result<(RecordedTree, Unpacked), IndexError> {
    index_with(reader, label, length, &mut NoHeads, monitor)
}

/// [`index`], which also hands the first bytes of files to `heads`.
///
/// # Errors
///
/// As those of [`index`].
pub fn index_with(
    reader: ArchiveReader,
    label: &str,
    length: Option<u64>,
    heads: &mut dyn Heads,
    monitor: &dyn Monitor,
) -> Result<(RecordedTree, Unpacked), IndexError> {
    monitor.begin(Phase::Read, length);
    let mut layout = Layout::new(label.to_owned(), (0, 0), reader.limits().clone());
    let unpacked = unpack(reader, &mut layout, &mut Index { heads }, monitor)?;
    Ok((
        RecordedTree::new(layout.into_records(), label.to_owned()),
        unpacked,
    ))
}

/// A sink that hashes and makes nothing.
struct Index<'a> {
    heads: &'a mut dyn Heads,
}

impl Sink for Index<'_> {
    type Error = IndexError;

    fn admit(&mut self, _: &mut Member) -> bool {
        true
    }

    fn remove(&mut self, _: &mut Records, _: Replaced) -> Result<(), IndexError> {
        Ok(())
    }

    fn directory(&mut self, _: &Records, _: RecordId) -> Result<(), IndexError> {
        Ok(())
    }

    fn special(&mut self, _: &Records, _: RecordId) -> Result<(), IndexError> {
        Ok(())
    }

    fn hard_link(&mut self, _: RecordId, _: RecordId) {}

    fn file(
        &mut self,
        records: &mut Records,
        id: RecordId,
        size: u64,
        mut data: FileData<'_>,
    ) -> Result<(), IndexError> {
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
            Ok::<(), IndexError>(())
        };
        while let Some(slice) = data.piece()? {
            extents.feed(&slice, &mut put)?;
        }
        extents.end(put)?;
        records.set_content(id, hasher.finish());
        self.heads.take(id, head);
        Ok(())
    }
}
