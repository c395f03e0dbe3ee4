//! Handing what was listed to the tree writer.

use std::sync::Arc;

use super::list::List;
use super::{CloneError, Options, room};
use crate::entry::Timestamp;
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::tree::{
    Directory, LiveTree, RecordId, Records, Tree as _, Way, changed, is_about_another,
};
use crate::writer::{
    Content, Copier, Filling, Needs, Observe, Staging, TreeWriter, WriteError, write_tree,
};

/// Files of this size and more are handed out first, the largest before all
/// others: one that came last would keep a single thread busy at the end.
const LARGE: u64 = 4 << 20;

/// Copies all that was listed.
pub(super) fn transfer<'d>(
    source: &'d LiveTree,
    list: &mut List,
    staging: &mut Staging<'d>,
    copier: &'d Copier,
    options: &Options,
    monitor: &'d dyn Monitor,
) -> Result<(), CloneError> {
    let label: Arc<str> = source.label().into();
    let done = write_tree(staging, options.threads, &Unobserved, |writer| {
        let hand_over =
            |writer: &mut TreeWriter<'_, 'd>, way: &mut Way<'_>, records: &Records, id| {
                let metadata = records.metadata(id);
                let size = records.file_size(id).unwrap_or(0);
                let content = FileCopy {
                    label: label.clone(),
                    directory: way.to(&room::parent(records, id))?,
                    name: records.name(id).into(),
                    size,
                    mtime: metadata.mtime,
                    copier,
                    monitor,
                };
                writer.file(records, id, size, Box::new(content))?;
                Ok::<_, CloneError>(())
            };
        let mut way = Way::new(source);
        let large = large_files(list);
        for &(_, id) in &large {
            monitor::check(monitor)?;
            hand_over(writer, &mut way, &list.records, id)?;
        }
        for id in list.records.ids() {
            monitor::check(monitor)?;
            let records = &list.records;
            if let Some(&first) = list.leaders.get(&id) {
                writer.hard_link(id, first);
            } else if let Some(size) = records.file_size(id) {
                if size < LARGE {
                    hand_over(writer, &mut way, records, id)?;
                }
            } else if !records.is_directory(id) {
                writer.special(records, id)?;
            }
        }
        let kept = writer.finish(&mut list.records, monitor)?;
        kept.record(&mut list.records);
        Ok(())
    });
    done.map_err(|error| explain(error, source, list, staging, copier))
}

/// The large files, the largest first.
fn large_files(list: &List) -> Vec<(u64, RecordId)> {
    let sizes = list.records.ids().filter_map(|id| {
        let size = list.records.file_size(id).filter(|&size| size >= LARGE)?;
        (!list.leaders.contains_key(&id)).then_some((size, id))
    });
    let mut large: Vec<_> = sizes.collect();
    large.sort_by_key(|&(size, id)| (std::cmp::Reverse(size), id));
    large
}

/// Says how much is missing, where the file system became full.
fn explain(
    error: CloneError,
    source: &LiveTree,
    list: &List,
    staging: &Staging<'_>,
    copier: &Copier,
) -> CloneError {
    let CloneError::Write(WriteError::Sys(error)) = error else {
        return error;
    };
    let needs = || {
        let block = staging.top().room().map_or(1, |room| room.block);
        let stored = || room::stored(source, list, block).unwrap_or(list.bytes);
        Needs {
            bytes: if copier.shares() { 0 } else { stored() },
            inodes: list.counts.inodes(),
        }
    };
    match staging.explain(error, needs) {
        Ok(no_room) => no_room.into(),
        Err(error) => WriteError::Sys(error).into(),
    }
}

/// Nobody looks at what is copied.
struct Unobserved;

impl Observe for Unobserved {
    fn file(&self, _: &ImagePath, _: &[u8]) {}
}

/// A file of the source, which must still be what was listed.
struct FileCopy<'d> {
    label: Arc<str>,
    directory: Arc<dyn Directory>,
    name: Box<[u8]>,
    size: u64,
    mtime: Timestamp,
    copier: &'d Copier,
    monitor: &'d dyn Monitor,
}

impl Content for FileCopy<'_> {
    fn pour(self: Box<Self>, filling: &mut Filling<'_>) -> Result<(), WriteError> {
        let changed = || changed(&self.directory.path().join(&self.name), &self.label);
        let file = match self.directory.regular(&self.name) {
            Ok(file) => file.ok_or_else(changed)?,
            Err(error) if is_about_another(&error) => return Err(changed().into()),
            Err(error) => return Err(error.into()),
        };
        let opened = file.opened();
        let mtime = Timestamp {
            seconds: opened.mtime_seconds,
            nanoseconds: opened.mtime_nanoseconds,
        };
        if (opened.size, mtime) != (self.size, self.mtime) {
            return Err(changed().into());
        }
        filling.copy(&file, self.copier, self.monitor)?;
        self.monitor.advance(1, 0);
        Ok(())
    }

    fn is_shared(&self) -> bool {
        self.copier.shares()
    }
}
