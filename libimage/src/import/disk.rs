//! [`Disk`]: makes on disk what an archive describes; [`Taker`]: takes the
//! census meanwhile.

use std::sync::{Mutex, PoisonError};

use super::ImportError;
use super::content::SliceContent;
use crate::archive::{FileData, Member, Replaced, Sink};
use crate::inspect::{self, Census};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{LiveTree, RecordId, Records, TreeError, resolve};
use crate::verify::{self, Seen};
use crate::writer::{Observe, TreeWriter};

/// Takes the census while files are written.
#[derive(Default)]
pub(crate) struct Taker(Mutex<Census>);

impl Observe for Taker {
    fn file(&self, path: &ImagePath, head: &[u8]) {
        if head.starts_with(inspect::MAGIC) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .record(path, head);
        }
    }
}

impl Taker {
    /// The census of what was written.
    pub(crate) fn into_census(self) -> Census {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The census of the tree as it is now. The further names of hard links
    /// were not written and are counted here, as is what is packed in files, of
    /// which more than the first bytes has to be read; where a member took
    /// another's place, which is rare, the census is taken anew.
    pub(super) fn complete(
        self,
        made: &Made,
        staged: &LiveTree,
        records: &Records,
        threads: usize,
        monitor: &dyn Monitor,
    ) -> Result<Census, TreeError> {
        if made.replaced > 0 {
            return verify::census(staged, threads, monitor);
        }
        let mut census = self.into_census();
        for (ids, are_counted) in [(&made.links, false), (&made.packed, true)] {
            for &id in ids {
                let path = records.path(id);
                if records.symlink_target(id).is_none()
                    && let Some(found) = resolve(staged, path.as_bytes())?
                {
                    let seen = verify::look(&*found.parent, &found.entry)?;
                    // An ELF file by such a name was counted as it was written.
                    if !are_counted || matches!(seen, Seen::Inside(_)) {
                        seen.note(&path, &mut census);
                    }
                }
            }
        }
        Ok(census)
    }
}

/// What there is to know about a tree once it is made.
#[derive(Default)]
pub(crate) struct Made {
    /// Further names of entries.
    links: Vec<RecordId>,
    /// Files whose names say that code is packed in them.
    packed: Vec<RecordId>,
    /// Members whose place a later one took.
    replaced: u64,
}

/// Makes on disk what the archive describes.
pub(crate) struct Disk<'w, 'a, 'd> {
    pub(crate) writer: &'w mut TreeWriter<'a, 'd>,
    pub(crate) made: Made,
}

impl<'w, 'a, 'd> Disk<'w, 'a, 'd> {
    pub(crate) fn new(writer: &'w mut TreeWriter<'a, 'd>) -> Self {
        Self {
            writer,
            made: Made::default(),
        }
    }
}

impl Sink for Disk<'_, '_, '_> {
    type Error = ImportError;

    fn admit(&mut self, _: &mut Member) -> Result<bool, ImportError> {
        Ok(true)
    }

    fn remove(&mut self, records: &mut Records, replaced: Replaced) -> Result<(), ImportError> {
        self.made.replaced += 1;
        Ok(self
            .writer
            .remove(records, replaced.id, replaced.directory)?)
    }

    fn directory(&mut self, records: &Records, id: RecordId) -> Result<(), ImportError> {
        Ok(self.writer.directory(records, id)?)
    }

    fn special(&mut self, records: &Records, id: RecordId) -> Result<(), ImportError> {
        Ok(self.writer.special(records, id)?)
    }

    fn hard_link(&mut self, id: RecordId, target: RecordId) {
        self.made.links.push(id);
        self.writer.hard_link(id, target);
    }

    fn file(
        &mut self,
        records: &mut Records,
        id: RecordId,
        size: u64,
        data: FileData<'_, '_>,
    ) -> Result<(), ImportError> {
        if inspect::is_looked_into(records.name(id)) {
            self.made.packed.push(id);
        }
        SliceContent::hand_over(data, size, |content| {
            self.writer.file(records, id, size, content)
        })
    }
}
