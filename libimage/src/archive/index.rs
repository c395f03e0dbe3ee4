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
    monitor.begin(Phase::Read, length);
    let mut layout = Layout::new(label.to_owned(), (0, 0));
    let unpacked = unpack(reader, &mut layout, &mut Index, monitor)?;
    Ok((
        RecordedTree::new(layout.into_records(), label.to_owned()),
        unpacked,
    ))
}

/// A sink that hashes and makes nothing.
struct Index;

impl Sink for Index {
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
        let mut put = |extent: Extent<'_>| {
            match extent {
                Extent::Data(bytes) => hasher.update(bytes),
                Extent::Hole(length) => hasher.update_zeros(length),
            }
            Ok::<(), IndexError>(())
        };
        while let Some(slice) = data.piece()? {
            extents.feed(&slice, &mut put)?;
        }
        extents.end(put)?;
        records.set_content(id, hasher.finish());
        Ok(())
    }
}
