//! [`contents_agree`]: whether files still hold what a manifest says.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::unchanged::Change;
use crate::digest::Algorithm;
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::tree::{LiveTree, RecordId, Records, TreeError, Way};

/// Files that a thread takes at once.
const BATCH: usize = 16;

/// Reads files of `tree` on several threads, in the order of the tree, until one
/// is not what `records` say.
pub(super) fn contents_agree(
    tree: &LiveTree,
    records: &Records,
    files: &[RecordId],
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Option<Change>, TreeError> {
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let answer = Mutex::new(Ok(None));
    let work = || {
        let mut way = Way::new(tree);
        while !stop.load(Ordering::Relaxed) {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(rest) = files.get(start..).filter(|rest| !rest.is_empty()) else {
                return;
            };
            for &id in rest.iter().take(BATCH) {
                let found = differs(&mut way, records, id, monitor);
                if !matches!(found, Ok(None)) {
                    *answer.lock().unwrap_or_else(PoisonError::into_inner) = found;
                    stop.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(files.len().div_ceil(BATCH)) {
            // The caller does what others cannot.
            let _ = std::thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    answer.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// In what a file is not as it was.
fn differs(
    way: &mut Way<'_>,
    records: &Records,
    id: RecordId,
    monitor: &dyn Monitor,
) -> Result<Option<Change>, TreeError> {
    monitor::check(monitor)?;
    let path = records.path(id);
    match is_as_listed(way, records, id, &path, monitor) {
        Ok(true) => Ok(None),
        Ok(false) => Ok(Some(Change::Entry {
            path,
            what: "its content",
        })),
        // The backup, which is due then, fails if that goes on.
        Err(TreeError::Changed { .. }) => Ok(Some(Change::Entry {
            path,
            what: "it changes while it is read",
        })),
        Err(error) => Err(error),
    }
}

fn is_as_listed(
    way: &mut Way<'_>,
    records: &Records,
    id: RecordId,
    path: &ImagePath,
    monitor: &dyn Monitor,
) -> Result<bool, TreeError> {
    let directory = way.to(&path.parent().unwrap_or_default())?;
    let Some(mut entry) = directory.lookup(records.name(id))? else {
        return Err(TreeError::Changed {
            path: path.to_string(),
        });
    };
    let listed = records.entry(id);
    if (&entry.kind, entry.metadata.mtime) != (&listed.kind, listed.metadata.mtime) {
        return Ok(false);
    }
    entry.content = None;
    let digest = directory.digest(&entry, Algorithm::Blake3, monitor)?;
    Ok(Some(digest) == listed.content)
}
