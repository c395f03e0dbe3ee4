//! [`Framed`]: the tar of a backup, unpacked on several threads.
//!
//! Frames are independent, so several are read, proven and unpacked at once.
//! They are handed on in their order, and take their buffers in that order too:
//! or else those that come later could hold all of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded, never, unbounded};
use zstd::zstd_safe::DParameter;

use super::buffers::{BUFFER_SIZE, Buffer, Pool, Slice};
use super::stream::{Raw, StreamError, spawn};
use crate::seekable::{FormatError, Reader};

/// Memory that frames may take, packed and unpacked.
const MEMORY: u64 = 112 << 20;

/// Frames that are being read or written besides those that are unpacked.
const BESIDES: usize = 4;

/// Some frames of a backup one after the other, unpacked.
pub(crate) struct Framed {
    raw: Raw,
    pool: Pool,
    /// A promise for each frame, in order.
    promises: Receiver<Promise>,
    /// What is left of the frame that is handed on.
    current: Slice,
    threads: Vec<JoinHandle<()>>,
    progress: Arc<AtomicU64>,
}

/// What is done with zstd's own checksum of what a frame holds. That of what
/// is stored is BLAKE3's and always compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// It has to be right.
    Compare,
    /// Nobody looks at it: all that comes out is compared with the manifest.
    Ignore,
}

/// Where a frame comes from once it is unpacked.
type Promise = Receiver<Result<Unpacked, StreamError>>;

struct Unpacked {
    bytes: Slice,
    /// Its length in the backup.
    packed: u64,
}

impl Framed {
    /// Starts to unpack the frames of these numbers.
    pub(crate) fn open(
        reader: &Arc<Reader>,
        numbers: impl Iterator<Item = usize>,
        threads: usize,
        checksum: Checksum,
    ) -> Result<Self, FormatError> {
        let numbers: Vec<_> = numbers.collect();
        let frames = &reader.index().frames;
        let most = numbers.iter().map(|&number| frames[number].raw).max();
        let size = usize::try_from(most.unwrap_or(0)).expect("frames fit in memory");
        let fit = usize::try_from(MEMORY / (2 * size as u64).max(1)).unwrap_or(usize::MAX);
        let threads = threads
            .min(fit.saturating_sub(BESIDES))
            .clamp(1, numbers.len().max(1));
        let pool = Pool::new(threads + BESIDES, size);
        let (line, promises) = unbounded();
        let queue = Arc::new(Queue {
            reader: reader.clone(),
            pool: pool.clone(),
            checksum,
            next: Mutex::new(Next {
                numbers: numbers.into_iter(),
                line: Some(line),
            }),
        });
        let mut this = Self {
            raw: Raw {
                bytes: reader.bytes(),
                digest: reader.digest(),
            },
            pool,
            promises,
            current: Slice::empty(),
            threads: Vec::new(),
            progress: Arc::default(),
        };
        for number in 0..threads {
            let queue = queue.clone();
            match spawn("archive-unpack", move || queue.work()) {
                Ok(thread) => this.threads.push(thread),
                Err(StreamError::Io(error)) if number == 0 => {
                    let error = crate::error::SysError::new("start", "a thread", error);
                    return Err(error.into());
                }
                // Where the system has no more threads, those that run must do.
                Err(_) => break,
            }
        }
        Ok(this)
    }

    /// A frame that is unpacked already, or what is left of one.
    pub(crate) fn of(reader: &Reader, frame: Slice) -> Self {
        Self {
            raw: Raw {
                bytes: reader.bytes(),
                digest: reader.digest(),
            },
            pool: Pool::new(0, 0),
            promises: unbounded().1,
            current: frame,
            threads: Vec::new(),
            progress: Arc::default(),
        }
    }

    /// The same frames after what is left of another.
    #[must_use]
    pub(crate) fn after(mut self, frame: Slice) -> Self {
        self.current = frame;
        self
    }

    /// One frame, unpacked.
    pub(crate) fn one(reader: &Reader, number: usize) -> Result<Slice, FormatError> {
        let raw = reader.index().frames[number].raw;
        let buffer = Buffer::unpooled(usize::try_from(raw).expect("frames fit in memory"));
        let failed = |_| reader.bad_frame(number, "it cannot be unpacked");
        let mut worker = Worker::new(Checksum::Compare).map_err(failed)?;
        match worker.unpack(reader, number, buffer) {
            Ok(unpacked) => Ok(unpacked.bytes),
            Err(StreamError::Format(error)) => Err(error),
            Err(_) => Err(reader.bad_frame(number, "it cannot be unpacked")),
        }
    }

    /// The next bytes; nothing after the last.
    pub(super) fn next(&mut self) -> Result<Option<Slice>, StreamError> {
        if self.current.is_empty() {
            let Ok(promise) = self.promises.recv() else {
                return Ok(None);
            };
            // Only a thread that panicked breaks its promise.
            let Ok(answer) = promise.recv() else {
                self.join();
                unreachable!("a panic is handed on");
            };
            let unpacked = answer?;
            self.progress.fetch_add(unpacked.packed, Ordering::Relaxed);
            self.current = unpacked.bytes;
        }
        let length = self.current.len().min(BUFFER_SIZE);
        Ok(Some(self.current.split_to(length)))
    }

    /// The length of the backup and its own digest.
    pub(super) fn end(&self) -> Raw {
        self.raw
    }

    /// Bytes of the backup behind what was handed on.
    pub(super) fn progress(&self) -> &Arc<AtomicU64> {
        &self.progress
    }

    fn join(&mut self) {
        self.promises = never();
        self.pool.close();
        for thread in self.threads.drain(..) {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// Ends the threads: they notice that nobody takes what they make.
impl Drop for Framed {
    fn drop(&mut self) {
        self.current = Slice::empty();
        self.promises = never();
        self.pool.close();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// A frame to unpack, a buffer for it, and where it is wanted.
type Taken = (usize, Buffer, Sender<Result<Unpacked, StreamError>>);

/// The frames that nobody has taken yet.
struct Queue {
    reader: Arc<Reader>,
    pool: Pool,
    checksum: Checksum,
    next: Mutex<Next>,
}

struct Next {
    numbers: std::vec::IntoIter<usize>,
    /// Taken away once there are no more.
    line: Option<Sender<Promise>>,
}

impl Queue {
    fn work(&self) {
        let mut worker = None;
        while let Some((number, buffer, keep)) = self.take() {
            let unpacked = (|| {
                let worker = match &mut worker {
                    Some(worker) => worker,
                    None => worker.insert(Worker::new(self.checksum)?),
                };
                worker.unpack(&self.reader, number, buffer)
            })();
            // Nobody may want it any more.
            let _ = keep.send(unpacked);
        }
    }

    /// The next frame; nothing once there are no more.
    fn take(&self) -> Option<Taken> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = (|| {
            // A buffer for nothing would be missed by nobody.
            let number = *next.numbers.as_slice().first()?;
            let buffer = self.pool.take()?;
            next.numbers.next();
            let (keep, promise) = bounded(1);
            next.line.as_ref()?.send(promise).ok()?;
            Some((number, buffer, keep))
        })();
        if taken.is_none() {
            next.line = None;
        }
        taken
    }
}

/// What it takes to unpack frames, one after the other.
struct Worker {
    decompressor: zstd::bulk::Decompressor<'static>,
    /// The frame as it is stored.
    packed: Vec<u8>,
}

impl Worker {
    fn new(checksum: Checksum) -> Result<Self, StreamError> {
        let ignore = DParameter::ForceIgnoreChecksum(checksum == Checksum::Ignore);
        let mut decompressor = zstd::bulk::Decompressor::new().map_err(StreamError::Io)?;
        decompressor
            .set_parameter(ignore)
            .map_err(StreamError::Io)?;
        Ok(Self {
            decompressor,
            packed: Vec::new(),
        })
    }

    /// Reads, proves and unpacks a frame.
    fn unpack(
        &mut self,
        reader: &Reader,
        number: usize,
        mut buffer: Buffer,
    ) -> Result<Unpacked, StreamError> {
        let bad = |reason: String| StreamError::Format(reader.bad_frame(number, reason));
        let frame = reader
            .frame(number, &mut self.packed)
            .map_err(StreamError::Format)?;
        let raw = usize::try_from(frame.raw).expect("frames fit in memory");
        let unpacked = self
            .decompressor
            .decompress_to_buffer(&self.packed, &mut buffer[..raw])
            .map_err(|error| bad(format!("it cannot be unpacked ({error})")))?;
        if unpacked != raw {
            return Err(bad("it has another length than the index says".to_owned()));
        }
        Ok(Unpacked {
            bytes: buffer.freeze(raw),
            packed: frame.length,
        })
    }
}
