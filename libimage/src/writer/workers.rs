//! The threads that create files.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::content::{Content, Filling, Observe, Seen};
use super::error::WriteError;
use crate::digest::Digest;
use crate::entry::Metadata;
use crate::error::SysError;
use crate::root::{Dir, Owner};
use crate::tree::RecordId;

/// A file to create.
pub(super) struct Job<'a, 'd> {
    /// Counts the job as open until it is dropped.
    pub(super) open: OpenJob<'a>,
    pub(super) id: RecordId,
    pub(super) directory: Arc<Dir>,
    pub(super) name: Box<[u8]>,
    pub(super) size: u64,
    pub(super) metadata: Metadata,
    pub(super) content: Box<dyn Content + 'd>,
}

/// What the threads and who feeds them share.
pub(super) struct Shared<'a> {
    observe: &'a dyn Observe,
    /// Who owns what is newly made.
    owner: Owner,
    state: Mutex<State>,
    idle: Condvar,
}

#[derive(Default)]
struct State {
    /// Jobs handed over and not finished yet.
    open: usize,
    digests: Vec<(RecordId, Digest)>,
    failed: Option<WriteError>,
    /// What the first content that panicked said.
    panic: Option<Box<dyn Any + Send>>,
    /// Set with the first failure and never cleared.
    broken: bool,
}

impl<'a> Shared<'a> {
    pub(super) fn new(observe: &'a dyn Observe, owner: Owner) -> Self {
        Self {
            observe,
            owner,
            state: Mutex::default(),
            idle: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a job that is about to be handed over; fails once any has failed.
    pub(super) fn open_job(&'a self) -> Result<OpenJob<'a>, WriteError> {
        let mut state = self.lock();
        if state.broken {
            return Err(state.failed.take().unwrap_or(WriteError::Cancelled));
        }
        state.open += 1;
        Ok(OpenJob(self))
    }

    /// Waits until every job is finished; the digests of all that were seen come back.
    pub(super) fn drain(&self) -> Result<Vec<(RecordId, Digest)>, WriteError> {
        let mut state = self.lock();
        while state.open > 0 {
            state = self
                .idle
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.broken {
            return Err(state.failed.take().unwrap_or(WriteError::Cancelled));
        }
        Ok(std::mem::take(&mut state.digests))
    }

    /// Goes on with the panic of a content, if there was one.
    pub(super) fn resume_panic(&self) {
        let panic = self.lock().panic.take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// The first failure, if nobody has taken it yet.
    pub(super) fn take_failure(&self) -> Option<WriteError> {
        self.lock().failed.take()
    }

    /// What each thread does until no more jobs can come.
    pub(super) fn work(&self, jobs: &Receiver<Job<'_, '_>>) {
        for job in jobs {
            // After a failure jobs are only taken, so that nobody waits.
            if self.lock().broken {
                continue;
            }
            let id = job.id;
            // A panic is kept for the one who waits; the thread goes on, for
            // jobs that nobody took would be waited for.
            let created = catch_unwind(AssertUnwindSafe(|| create(job, self)));
            let mut state = self.lock();
            let open = match created {
                Ok((open, Ok(digest))) => {
                    state.digests.extend(digest.map(|digest| (id, digest)));
                    Some(open)
                }
                Ok((open, Err(error))) => {
                    state.broken = true;
                    state.failed.get_or_insert(error);
                    Some(open)
                }
                Err(panic) => {
                    state.broken = true;
                    state.panic.get_or_insert(panic);
                    None
                }
            };
            // Only now: who waits for all jobs wants their digests too.
            drop(state);
            drop(open);
        }
    }
}

/// A job that was handed over and is not finished yet; dropped with it.
pub(super) struct OpenJob<'a>(&'a Shared<'a>);

impl Drop for OpenJob<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.open -= 1;
        if state.open == 0 {
            self.0.idle.notify_all();
        }
    }
}

/// Creates one file; that the job is open outlives it.
fn create<'a>(
    job: Job<'a, '_>,
    shared: &Shared<'_>,
) -> (OpenJob<'a>, Result<Option<Digest>, WriteError>) {
    let Job {
        open,
        id: _,
        directory,
        name,
        size,
        metadata,
        content,
    } = job;
    let answer = (|| {
        let pour = |filling: &mut Filling<'_>| content.pour(filling);
        let owner = Some(shared.owner);
        let filled = fill(&directory, &name, size, (&metadata, owner), pour)?;
        let Some((digest, head)) = filled else {
            return Ok(None);
        };
        let begun = usize::try_from(size).map_or(head.len(), |size| size.min(head.len()));
        let observe = shared.observe;
        observe.file(&directory.path().join(&name), &head[..begun]);
        Ok(Some(digest))
    })();
    (open, answer)
}

/// Makes a file of `size` bytes with its metadata, if it is known with the owner
/// that it has to begin with; unless the content passes by, its digest and its
/// beginning come back.
pub(super) fn fill<E: From<WriteError>>(
    directory: &Dir,
    name: &[u8],
    size: u64,
    (metadata, owner): (&Metadata, Option<Owner>),
    pour: impl FnOnce(&mut Filling<'_>) -> Result<(), E>,
) -> Result<Option<Seen>, E> {
    let write = |error: SysError| E::from(error.into());
    let file = directory.create_file(name).map_err(write)?;
    let mut filling = Filling::new(&file);
    pour(&mut filling)?;
    let (length, seen) = filling.end()?;
    if length != size {
        let path = directory.shown(name);
        return Err(WriteError::WrongLength { path }.into());
    }
    file.finish(metadata, owner).map_err(write)?;
    Ok(seen)
}
