//! [`scan`]: a plain tar as a tree whose files can be read where they lie.

use std::collections::HashMap;
use std::io::Read;

use super::error::ArchiveError;
use super::layout::{Layout, What};
use super::limits::Limits;
use super::member::MemberKind;
use super::reader::ArchiveReader;
use crate::monitor::{self, Cancelled, Monitor};
use crate::sys::section::Section;
use crate::tree::{ByInode, Contents, RecordId, RecordedTree, Records, TreeError};

/// What an archive that was looked through holds.
pub(crate) struct Scanned {
    /// The tree it would make. Of a sparse file the content cannot be read.
    pub(crate) tree: RecordedTree,
    /// What its files take when they are written, in whole blocks and without
    /// their holes.
    pub(crate) stored: u64,
}

/// Looks through a plain tar from header to header, without reading content;
/// `block` is the unit in which files take room.
///
/// # Errors
///
/// An [`ArchiveError`] for whatever an import would refuse, but for what shows
/// in content only; or [`Cancelled`].
pub(crate) fn scan<E: From<ArchiveError> + From<Cancelled>>(
    section: &Section,
    label: &str,
    block: u64,
    limits: &Limits,
    monitor: &dyn Monitor,
) -> Result<Scanned, E> {
    let mut reader = ArchiveReader::scan(section.clone(), label.to_owned(), limits.clone())?;
    let mut layout = Layout::new(label.to_owned(), (0, 0), limits.clone());
    let mut parts = HashMap::new();
    let mut stored = 0;
    while let Some(member) = reader.next()? {
        monitor::check(monitor)?;
        let size = match &member.kind {
            MemberKind::File { size, sparse: None } => Some(*size),
            MemberKind::File {
                sparse: Some(map), ..
            } => {
                stored += map.stored().next_multiple_of(block);
                None
            }
            _ => None,
        };
        if let (What::File(id), Some(size)) = (layout.place(member)?.what, size) {
            stored += size.next_multiple_of(block);
            parts.insert(id, section.part(reader.position(), size));
        }
    }
    layout.settle_links()?;
    let records = layout.into_records();
    let parts = Parts(ByInode::new(parts, &records));
    Ok(Scanned {
        tree: RecordedTree::new(records, label.to_owned()).with(parts),
        stored,
    })
}

/// Where the files of an archive lie in it.
struct Parts(ByInode<Section>);

impl Contents for Parts {
    fn open(&self, records: &Records, id: RecordId) -> Result<Box<dyn Read + Send>, TreeError> {
        Ok(match self.0.get(records, id) {
            Some(part) => Box::new(part.clone()),
            None => Box::new(std::io::empty()),
        })
    }
}
