//! [`TreeWriter`]: makes the entries of a staged tree.

use std::collections::HashMap;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::content::{Content, Observe};
use super::error::WriteError;
use super::staging::Staging;
use super::times::{Keeper, KeptTimes};
use super::workers::{Job, Shared};
use crate::error::SysError;
use crate::monitor::{self, Monitor, Phase};
use crate::root::Dir;
use crate::tree::{RecordId, Records};

/// Directory handles kept open for what comes next; jobs keep theirs besides.
const HANDLES: usize = 128;

/// Jobs that may wait: enough that no thread runs dry while a large file holds
/// up the one that hands out work.
const QUEUE: usize = 64;

/// Bytes after which the file system is asked to begin writing to the disk:
/// what is left to the end, when all must be there, nothing else runs beside.
const WRITE_BEHIND: u64 = 128 << 20;

/// Makes the entries of a staged tree, in any order that names a directory
/// before what is in it; files are filled on threads of their own.
pub struct TreeWriter<'a, 'd> {
    staging: &'a mut Staging<'d>,
    jobs: Sender<Job<'a, 'd>>,
    /// Asks for what was written so far to go to the disk.
    behind: Sender<()>,
    /// Bytes handed over since it was last asked.
    since: u64,
    shared: &'a Shared<'a>,
    handles: HashMap<RecordId, Arc<Dir>>,
    /// Which directories exist on disk, by number of their record.
    made: Vec<bool>,
    /// Hard links to make once the files they name are there.
    links: Vec<(RecordId, RecordId)>,
}

/// Runs `body` with a writer for `staging` and `threads` threads behind it.
///
/// `observe` sees every file as it is written. If `body` fails because a
/// thread failed, the thread's own failure is what comes back.
///
/// # Errors
///
/// What `body` or a thread answered.
///
/// # Panics
///
/// If a content panics.
pub fn write_tree<'d, R, E: From<WriteError>>(
    staging: &mut Staging<'d>,
    threads: usize,
    observe: &dyn Observe,
    body: impl FnOnce(&mut TreeWriter<'_, 'd>) -> Result<R, E>,
) -> Result<R, E> {
    let shared = Shared::new(observe, staging.owner());
    let (sender, receiver) = crossbeam_channel::bounded(QUEUE);
    let answer = std::thread::scope(|scope| {
        // More threads than jobs that may wait would wait themselves.
        for number in 0..threads.clamp(1, QUEUE) {
            let (receiver, shared) = (receiver.clone(), &shared);
            let worker =
                std::thread::Builder::new().spawn_scoped(scope, move || shared.work(&receiver));
            match worker {
                Ok(_) => {}
                Err(error) if number == 0 => {
                    return Err(WriteError::from(SysError::new("start", "a thread", error)).into());
                }
                // Where the system has no more threads, those that run must do.
                Err(_) => break,
            }
        }
        // The threads' own are the only receivers.
        drop(receiver);
        let (behind, asked) = crossbeam_channel::bounded(1);
        let top = staging.top().clone();
        // If it cannot be started, or fails, all is left to the end, which
        // tells of the failure: `syncfs` does so to every handle that asks.
        let _ = std::thread::Builder::new().spawn_scoped(scope, move || {
            for () in asked {
                let _ = top.sync_file_system();
            }
        });
        let mut writer = TreeWriter {
            staging,
            jobs: sender,
            behind,
            since: 0,
            shared: &shared,
            handles: HashMap::new(),
            made: vec![true],
            links: Vec::new(),
        };
        body(&mut writer)
    });
    shared.resume_panic();
    match shared.take_failure() {
        Some(WriteError::Cancelled) | None => answer,
        Some(failure) => Err(failure.into()),
    }
}

impl<'d> TreeWriter<'_, 'd> {
    /// Makes a directory, private for now, with those above it that are missing.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if it cannot be made.
    pub fn directory(&mut self, records: &Records, id: RecordId) -> Result<(), WriteError> {
        self.handle(records, id).map(|_| ())
    }

    /// Makes a symlink, device, fifo or socket with its metadata.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if it cannot be made.
    pub fn special(&mut self, records: &Records, id: RecordId) -> Result<(), WriteError> {
        let directory = self.handle(records, records.parent(id))?;
        let entry = records.entry(id);
        directory.create_special(&entry.name, &entry.kind)?;
        let is_symlink = records.symlink_target(id).is_some();
        Ok(directory.set_metadata(&entry.name, &entry.metadata, is_symlink)?)
    }

    /// Has a file of `size` bytes made from `content` with its metadata.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if its directory cannot be made, or if any file
    /// handed over earlier failed.
    pub fn file(
        &mut self,
        records: &Records,
        id: RecordId,
        size: u64,
        content: Box<dyn Content + 'd>,
    ) -> Result<(), WriteError> {
        let directory = self.handle(records, records.parent(id))?;
        let to_write = if content.is_shared() { 0 } else { size };
        let job = Job {
            open: self.shared.open_job()?,
            id,
            directory,
            name: records.name(id).into(),
            size,
            metadata: records.metadata(id),
            content,
        };
        self.jobs.send(job).map_err(|_| WriteError::Cancelled)?;
        self.since = self.since.saturating_add(to_write);
        if self.since >= WRITE_BEHIND {
            self.since = 0;
            // While one request waits, another would say the same.
            let _ = self.behind.try_send(());
        }
        Ok(())
    }

    /// Has another name made for an entry, once that exists.
    pub fn hard_link(&mut self, id: RecordId, target: RecordId) {
        self.links.push((id, target));
    }

    /// Removes an entry from disk whose place another is to take.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if it cannot be removed or anything before it failed.
    pub fn remove(
        &mut self,
        records: &mut Records,
        id: RecordId,
        is_directory: bool,
    ) -> Result<(), WriteError> {
        self.settle(records)?;
        let parent = self.handle(records, records.parent(id))?;
        if is_directory {
            // One that only a symlink's path named was recorded, not made.
            if self.is_made(id) {
                self.handles.remove(&id);
                parent.remove_directory(records.name(id))?;
            }
        } else {
            parent.unlink(records.name(id))?;
        }
        Ok(())
    }

    /// Gives entries that were made already the metadata that the records
    /// have for them by now; directories get theirs at the end anyway.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if it cannot be set or anything before it failed.
    pub fn amend(&mut self, records: &mut Records, ids: &[RecordId]) -> Result<(), WriteError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.settle(records)?;
        for &id in ids.iter().filter(|&&id| !records.is_directory(id)) {
            let is_symlink = records.symlink_target(id).is_some();
            self.handle(records, records.parent(id))?.set_metadata(
                records.name(id),
                &records.metadata(id),
                is_symlink,
            )?;
        }
        Ok(())
    }

    /// Waits for all files, makes the hard links, and gives every directory
    /// its final metadata, the deepest first. The digests of all files whose
    /// content was seen are in the records then; the times in them are those that
    /// were set, and it is told where the file system has others.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if any of it fails, or the monitor cancels.
    pub fn finish(
        &mut self,
        records: &mut Records,
        monitor: &dyn Monitor,
    ) -> Result<KeptTimes, WriteError> {
        self.settle(records)?;
        monitor.begin(Phase::Finish, None);
        let mut times = Keeper::new(!self.staging.keeps_nanoseconds()?);
        for id in records.ids() {
            if times.doubts(records, id) && !records.is_directory(id) && records.is_attached(id) {
                let directory = self.handle(records, records.parent(id))?;
                times.note(records, id, directory.mtime(records.name(id))?);
            }
        }
        // A directory is always recorded before what is in it.
        for id in records.ids().rev() {
            if !records.is_directory(id) || !records.is_attached(id) {
                continue;
            }
            monitor::check(monitor)?;
            let metadata = records.metadata(id);
            if id == Records::ROOT {
                self.staging.set_metadata(&metadata)?;
                times.note(records, id, self.staging.top().mtime(b"")?);
                continue;
            }
            let directory = self.handle(records, id)?;
            // All that is in it is done, and nobody asks for it again.
            self.handles.remove(&id);
            directory.set_own_metadata(&metadata, Some(self.staging.owner()))?;
            if times.doubts(records, id) {
                times.note(records, id, directory.mtime(b"")?);
            }
        }
        let kept = times.finish();
        kept.warn(monitor);
        Ok(kept)
    }

    /// Waits for all files and makes the hard links.
    fn settle(&mut self, records: &mut Records) -> Result<(), WriteError> {
        for (id, digest) in self.shared.drain()? {
            records.set_content(id, digest.into());
        }
        for (id, target) in std::mem::take(&mut self.links) {
            let from = self.handle(records, records.parent(target))?;
            let to = self.handle(records, records.parent(id))?;
            from.link(records.name(target), &to, records.name(id))?;
            if let Some(content) = records.content(target) {
                records.set_content(id, content);
            }
        }
        Ok(())
    }

    fn is_made(&self, id: RecordId) -> bool {
        self.made.get(id.number() as usize) == Some(&true)
    }

    /// The handle of a directory, made if it is missing.
    fn handle(&mut self, records: &Records, id: RecordId) -> Result<Arc<Dir>, WriteError> {
        let mut missing = Vec::new();
        let mut at = id;
        let mut handle = loop {
            if at == Records::ROOT {
                break self.staging.top().clone();
            }
            if let Some(handle) = self.handles.get(&at) {
                break handle.clone();
            }
            missing.push(at);
            at = records.parent(at);
        };
        for &id in missing.iter().rev() {
            let name = records.name(id);
            let index = id.number() as usize;
            if self.made.len() <= index {
                self.made.resize(index + 1, false);
            }
            if !self.made[index] {
                handle.create_directory(name)?;
                self.made[index] = true;
            }
            handle = Arc::new(handle.directory(name)?);
            if self.handles.len() >= HANDLES {
                self.handles.clear();
            }
            self.handles.insert(id, handle.clone());
        }
        Ok(handle)
    }
}
