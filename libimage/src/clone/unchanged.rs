//! Whether the source is still what was listed, once all of it is copied.
//!
//! No walk: a name that came or went shows in its directory's times, so the entries
//! that are known are looked at, which costs less. Who changes something may set the
//! mtime back, as rsync and tar do, but not the ctime, which an owner, a mode or an
//! attribute sets, too.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::fs::FileType;

use super::CloneError;
use super::list::List;
use crate::entry::Timestamp;
use crate::monitor::{self, Monitor};
use crate::sys::stat::Stat;
use crate::tree::{LiveTree, RecordId, Tree as _, TreeError, changed, is_about_another};

/// The time in which nothing may have been done to any entry, by the clock of the
/// file system: what is noticed so, too, is a change between the reading of an entry
/// and that of its ctime.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meanwhile {
    /// Before the source was listed.
    pub(crate) begin: Timestamp,
    /// Before it is looked at again.
    pub(crate) end: Timestamp,
}

/// So long looking at all of it may take, in seconds. What was changed later than
/// that was changed when a clock was wrong.
const LOOKING: i64 = 600;

impl Meanwhile {
    fn saw(self, now: &Stat) -> bool {
        let touched = touched(now);
        touched > self.begin && touched.seconds <= self.end.seconds + LOOKING
    }
}

/// When anything was last done to an entry.
fn touched(now: &Stat) -> Timestamp {
    Timestamp {
        seconds: now.ctime_seconds,
        nanoseconds: now.ctime_nanoseconds,
    }
}

/// Fails where something is not as it was listed, or was touched meanwhile.
pub(super) fn check(
    source: &LiveTree,
    list: &List,
    meanwhile: Option<Meanwhile>,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<(), CloneError> {
    let directories: Vec<RecordId> = list
        .records
        .ids()
        .filter(|&id| list.records.is_directory(id) && !list.is_mount(id))
        .collect();
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let failed = Mutex::new(None);
    let work = || {
        while !stopped.load(Ordering::Relaxed)
            && let Some(&id) = directories.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let checked = monitor::check(monitor).map_err(TreeError::from);
            if let Err(error) = checked.and_then(|()| check_directory(source, list, meanwhile, id))
            {
                stopped.store(true, Ordering::Relaxed);
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            // Where the system has no more threads, those that run must do.
            if std::thread::Builder::new()
                .spawn_scoped(scope, work)
                .is_err()
            {
                break;
            }
        }
        work();
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// A directory, and what is in it but for directories, whose turn comes.
fn check_directory(
    source: &LiveTree,
    list: &List,
    meanwhile: Option<Meanwhile>,
    id: RecordId,
) -> Result<(), TreeError> {
    let records = &list.records;
    let changed = |id| changed(&records.path(id), &source.label());
    let directory = match source.directory(&records.path(id)).map_err(TreeError::from) {
        Ok(directory) => directory,
        Err(error) if is_about_another(&error) => return Err(changed(id)),
        Err(error) => return Err(error),
    };
    let others = records.children(id).into_iter();
    let others = others.filter(|&id| !records.is_directory(id));
    let others = others.map(|id| (records.name(id), id));
    for (name, id) in std::iter::once((&b""[..], id)).chain(others) {
        let now = directory.stat(name)?;
        let is_same = now.is_some_and(|now| {
            let is_touched = meanwhile.is_some_and(|meanwhile| meanwhile.saw(&now));
            !is_touched && is_as_listed(list, id, &now)
        });
        if !is_same {
            return Err(changed(id));
        }
    }
    Ok(())
}

fn is_as_listed(list: &List, id: RecordId, now: &Stat) -> bool {
    let mtime = Timestamp {
        seconds: now.mtime_seconds,
        nanoseconds: now.mtime_nanoseconds,
    };
    let is_same_kind = match list.records.file_size(id) {
        Some(size) => now.file_type == FileType::RegularFile && now.size == size,
        None => (now.file_type == FileType::Directory) == list.records.is_directory(id),
    };
    is_same_kind
        && mtime == list.listed(id)
        && now.mode == list.records.metadata(id).mode
        && list.is_untouched(id, touched(now))
}
