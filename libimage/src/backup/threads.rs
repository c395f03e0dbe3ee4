//! [`run`]: frames are made on several threads and written in their order.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::frame::{Builder, Built};
use super::plan::{Plan, Submit};
use super::{BackupError, Options};
use crate::digest::Digest;
use crate::error::SysError;
use crate::import::Taker;
use crate::inspect::Census;
use crate::monitor::{self, Monitor};
use crate::seekable::Writer;
use crate::tree::{LiveTree, RecordId, TreeError};
use crate::writer::{Known, NoRoom, What, is_full};

/// All frames, written.
pub(super) struct Done<W> {
    pub(super) writer: Writer<W>,
    pub(super) digests: Vec<(RecordId, Digest)>,
    /// The ELF files that were seen on the way.
    pub(super) census: Census,
}

type Answer = (u64, Result<Built, TreeError>);

/// Runs `plan`, which hands over frames in order, with threads behind it that
/// make them.
pub(super) fn run<W: Write>(
    tree: &LiveTree,
    options: &Options,
    out: W,
    monitor: &dyn Monitor,
    plan: impl FnOnce(&mut dyn Submit) -> Result<(), BackupError>,
) -> Result<Done<W>, BackupError> {
    let threads = options.level.threads(options.threads);
    let taker = Taker::default();
    let stopped = AtomicBool::new(false);
    let (jobs, queue) = bounded(2 * threads);
    let (answered, answers) = unbounded();
    let (writer, digests) = std::thread::scope(|scope| {
        let _stop = StopAtEnd(&stopped);
        for number in 0..threads {
            let level = options.level.number();
            let builder = Builder::new(tree, level, &taker, monitor)
                .map_err(|error| TreeError::from(SysError::new("start", "zstd", error)))?;
            let worker = Worker {
                queue: queue.clone(),
                answered: answered.clone(),
                stopped: &stopped,
            };
            let thread =
                std::thread::Builder::new().spawn_scoped(scope, move || worker.work(builder));
            match thread {
                Ok(_) => {}
                Err(error) if number == 0 => {
                    return Err(TreeError::from(SysError::new("start", "a thread", error)).into());
                }
                // Where the system has no more threads, those that run must do.
                Err(_) => break,
            }
        }
        drop(queue);
        drop(answered);
        let mut line = Line {
            jobs: Some(jobs),
            answers,
            stopped: &stopped,
            most: 2 * threads as u64,
            submitted: 0,
            waiting: BTreeMap::new(),
            next: 0,
            writer: Writer::new(out),
            digests: Vec::new(),
            raw: 0,
            packed: 0,
            tree,
            monitor,
        };
        plan(&mut line)?;
        line.drain()?;
        Ok::<_, BackupError>((line.writer, line.digests))
    })?;
    Ok(Done {
        writer,
        digests,
        census: taker.into_census(),
    })
}

/// Has the threads make no more frames, whatever way they came to the end.
struct StopAtEnd<'s>(&'s AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A thread that makes frames.
struct Worker<'s> {
    queue: Receiver<(u64, Plan)>,
    answered: Sender<Answer>,
    stopped: &'s AtomicBool,
}

impl Worker<'_> {
    fn work(self, mut builder: Builder<'_>) {
        for (number, plan) in &self.queue {
            let _guard = Abandon(&plan, self.stopped, &self.answered, number);
            if self.stopped.load(Ordering::Relaxed) {
                plan.abandon();
                continue;
            }
            let built = builder.build(&plan);
            if built.is_err() {
                self.stopped.store(true, Ordering::Relaxed);
                plan.abandon();
            }
            // Nobody may want it any more.
            let _ = self.answered.send((number, built));
        }
    }
}

/// Sees that nobody waits for the frame of a thread that panicked.
struct Abandon<'p>(&'p Plan, &'p AtomicBool, &'p Sender<Answer>, u64);

impl Drop for Abandon<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.1.store(true, Ordering::Relaxed);
            self.0.abandon();
            let _ = self.2.send((self.3, Err(TreeError::Cancelled)));
        }
    }
}

/// The frames on their way, from the plan to the file.
struct Line<'s, W: Write> {
    /// Taken away at the end.
    jobs: Option<Sender<(u64, Plan)>>,
    answers: Receiver<Answer>,
    stopped: &'s AtomicBool,
    /// Frames that may be on their way.
    most: u64,
    submitted: u64,
    /// Frames that were made before one that comes first.
    waiting: BTreeMap<u64, Built>,
    /// The number of the frame to write next.
    next: u64,
    writer: Writer<W>,
    digests: Vec<(RecordId, Digest)>,
    /// Bytes of tar so far, and of what they were compressed to.
    raw: u64,
    packed: u64,
    tree: &'s LiveTree,
    monitor: &'s dyn Monitor,
}

impl<W: Write> Submit for Line<'_, W> {
    fn submit(&mut self, plan: Plan) -> Result<(), BackupError> {
        monitor::check(self.monitor)?;
        while self.submitted - self.next >= self.most {
            self.receive()?;
        }
        let jobs = self.jobs.as_ref().expect("taken away at the end only");
        jobs.send((self.submitted, plan))
            .map_err(|_| BackupError::Tree(TreeError::Cancelled))?;
        self.submitted += 1;
        Ok(())
    }
}

impl<W: Write> Line<'_, W> {
    /// Waits for a frame and writes all whose turn it is.
    fn receive(&mut self) -> Result<(), BackupError> {
        let (number, built) = self.answers.recv().map_err(|_| TreeError::Cancelled)?;
        match built {
            Ok(built) => self.waiting.insert(number, built),
            Err(error) => return Err(self.first_error(error).into()),
        };
        while let Some(built) = self.waiting.remove(&self.next) {
            self.raw += built.packed.raw;
            self.packed += built.packed.bytes.len() as u64;
            let written = self.writer.frame(&built.packed);
            written.map_err(|error| self.failed(error))?;
            self.digests.extend(built.digests);
            self.next += 1;
        }
        Ok(())
    }

    /// The error that others followed from: a thread that waited for another
    /// one may answer first, and knows no reason.
    fn first_error(&mut self, error: TreeError) -> TreeError {
        self.stopped.store(true, Ordering::Relaxed);
        self.jobs = None;
        if !matches!(error, TreeError::Cancelled) {
            return error;
        }
        let others = self.answers.iter().filter_map(|(_, built)| built.err());
        let mut reasons = others.filter(|other| !matches!(other, TreeError::Cancelled));
        reasons.next().unwrap_or(error)
    }

    fn failed(&self, source: io::Error) -> BackupError {
        let source = SysError::new("write", "the backup", source);
        if !is_full(&source) {
            return BackupError::Write(source);
        }
        // As much of the whole tar as of what was compressed so far.
        let whole = u128::from(super::raw_size(self.tree).unwrap_or(self.raw));
        let needed = whole * u128::from(self.packed) / u128::from(self.raw.max(1));
        let needed = u64::try_from(needed).unwrap_or(u64::MAX);
        BackupError::NoRoom(NoRoom {
            path: PathBuf::from("the backup"),
            what: What::Bytes,
            needed: needed.max(self.packed),
            found: self.writer.position(),
            known: Known::About,
            source: Some(source),
        })
    }

    /// Waits for all frames.
    fn drain(&mut self) -> Result<(), BackupError> {
        while self.next < self.submitted {
            self.receive()?;
        }
        Ok(())
    }
}
