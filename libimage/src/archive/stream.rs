//! [`Stream`]: an archive's unpacked bytes, made on other threads.
//!
//! One thread reads the input, hashes it and hands it on; where the archive is
//! compressed, a second one unpacks what the first has read. Hashing stands
//! with reading, because that thread mostly waits, while the unpacking one is
//! what limits the whole (BLAKE3 takes about a tenth of the time of inflate).
//! Both fill buffers of their own [`Pool`], so that the memory in flight is
//! bounded, and both end when whom they hand to is gone.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded, never};

use super::buffers::{BUFFER_COUNT, BUFFER_SIZE, Pool, Slice};
use super::codec::Codec;
use super::error::Fault;
use super::limits::Limits;
use super::proof::{Check, Proof};
use crate::digest::{Digest, Hasher};
use crate::seekable::FormatError;

/// Buffers that wait between two threads: enough to bridge uneven work.
const READ_AHEAD: usize = 4;

/// The archive as it lies on the disk: its length and its digest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw {
    pub(super) bytes: u64,
    pub(super) digest: Digest,
}

/// Some unpacked bytes, and how many compressed ones were used up for all so far.
struct Piece {
    bytes: Slice,
    consumed: u64,
}

/// Why there are no more bytes.
#[derive(Debug)]
pub(super) enum StreamError {
    /// The input could not be read.
    Io(io::Error),
    /// The compressed data ends in its middle.
    Truncated,
    /// The compressed data is damaged or over a limit.
    Fault(Fault),
    /// A backup is damaged, or could not be read.
    Format(FormatError),
}

/// An archive's unpacked bytes, in order.
pub(super) struct Stream {
    codec: Codec,
    /// The first piece, which was needed to tell the codec.
    first: Option<Piece>,
    pieces: Receiver<Piece>,
    pools: Vec<Pool>,
    reader: Option<JoinHandle<Result<Raw, StreamError>>>,
    unpacker: Option<JoinHandle<Result<(), StreamError>>>,
    progress: Arc<AtomicU64>,
    end: Option<Raw>,
}

impl Stream {
    /// Starts the threads.
    pub(super) fn open(
        input: Box<dyn Read + Send>,
        limits: &Limits,
        proof: Proof,
    ) -> Result<Self, StreamError> {
        let pool = Pool::new(BUFFER_COUNT, BUFFER_SIZE);
        let (sender, pieces) = bounded(READ_AHEAD);
        let reader = spawn("archive-read", {
            let pool = pool.clone();
            move || read_input(input, &pool, &sender, proof)
        })?;
        let mut stream = Self {
            codec: Codec::Plain,
            first: None,
            pieces,
            pools: vec![pool],
            reader: Some(reader),
            unpacker: None,
            progress: Arc::default(),
            end: None,
        };
        let Ok(first) = stream.pieces.recv() else {
            stream.conclude()?;
            return Ok(stream);
        };
        stream.codec = Codec::detect(&first.bytes);
        if stream.codec == Codec::Plain {
            stream.first = Some(first);
        } else {
            stream.unpack(first.bytes, limits, proof)?;
        }
        Ok(stream)
    }

    /// Puts the unpacking thread between the reading one and the consumer.
    fn unpack(&mut self, first: Slice, limits: &Limits, proof: Proof) -> Result<(), StreamError> {
        let pool = Pool::new(BUFFER_COUNT, BUFFER_SIZE);
        let (sender, pieces) = bounded(READ_AHEAD);
        let consumed = Arc::new(AtomicU64::new(0));
        let input = Pieces {
            current: first,
            rest: std::mem::replace(&mut self.pieces, pieces),
            consumed: Arc::clone(&consumed),
        };
        let codec = self.codec;
        self.pools.push(pool.clone());
        let limits = limits.clone();
        self.unpacker = Some(spawn("archive-unpack", move || {
            unpack_input(codec, input, &consumed, &pool, &sender, &limits, proof)
        })?);
        Ok(())
    }

    /// The next bytes; nothing after the last, when both threads have ended well.
    pub(super) fn next(&mut self) -> Result<Option<Slice>, StreamError> {
        let piece = match self.first.take() {
            Some(first) => first,
            None => match self.pieces.recv() {
                Ok(piece) => piece,
                Err(_) => return self.conclude().map(|()| None),
            },
        };
        self.progress.store(piece.consumed, Ordering::Relaxed);
        Ok(Some(piece.bytes))
    }

    /// What the codec turned out to be.
    pub(super) fn codec(&self) -> Codec {
        self.codec
    }

    /// The input's length and digest, once [`Stream::next`] returned nothing.
    pub(super) fn end(&self) -> Option<Raw> {
        self.end
    }

    /// Compressed bytes behind all that [`Stream::next`] returned so far.
    pub(super) fn consumed(&self) -> u64 {
        self.progress.load(Ordering::Relaxed)
    }

    /// The same number, kept up to date.
    pub(super) fn progress(&self) -> &Arc<AtomicU64> {
        &self.progress
    }

    /// Joins both threads, whose channel has ended, and learns why it has.
    ///
    /// An error of the reading thread comes first: what the other one then
    /// took for the end of its input was none.
    fn conclude(&mut self) -> Result<(), StreamError> {
        if let Some(reader) = self.reader.take() {
            let raw = join(reader)?;
            if let Some(unpacker) = self.unpacker.take() {
                join(unpacker)?;
            }
            self.progress.store(raw.bytes, Ordering::Relaxed);
            self.end = Some(raw);
        }
        Ok(())
    }
}

/// Ends the threads: they notice that nobody takes what they make.
impl Drop for Stream {
    fn drop(&mut self) {
        self.first = None;
        self.pieces = never();
        for pool in &self.pools {
            pool.close();
        }
        if let Some(unpacker) = self.unpacker.take() {
            let _ = unpacker.join();
        }
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

pub(super) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, StreamError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(StreamError::Io)
}

/// A thread's result; its panic becomes the caller's.
fn join<T>(thread: JoinHandle<T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Fills `buffer` as far as the input goes; both what came and what failed.
pub(super) fn fill(input: &mut dyn Read, buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(()))
}

/// The first thread: reads, hands on, hashes. Ends early, without an error, if
/// nobody wants more.
fn read_input(
    mut input: Box<dyn Read + Send>,
    pool: &Pool,
    sender: &Sender<Piece>,
    proof: Proof,
) -> Result<Raw, StreamError> {
    let mut hasher = Hasher::new();
    let mut packed = proof.of_packed();
    // What is not compressed is both at once.
    let mut unpacked = Check::none();
    let mut bytes = 0;
    while let Some(mut buffer) = pool.take() {
        let (filled, outcome) = fill(&mut *input, &mut buffer);
        bytes += filled as u64;
        if filled > 0 {
            let slice = buffer.freeze(filled);
            let piece = Piece {
                bytes: slice.clone(),
                consumed: bytes,
            };
            if bytes == filled as u64 && Codec::detect(&slice) == Codec::Plain {
                unpacked = proof.of_unpacked();
            }
            if sender.send(piece).is_err() {
                break;
            }
            hasher.update(&slice);
            packed.update(&slice);
            unpacked.update(&slice);
        }
        outcome.map_err(StreamError::Io)?;
        if filled < BUFFER_SIZE {
            packed.end().map_err(StreamError::Fault)?;
            unpacked.end().map_err(StreamError::Fault)?;
            break;
        }
    }
    Ok(Raw {
        bytes,
        digest: hasher.finish(),
    })
}

/// The second thread: unpacks what the first has read.
fn unpack_input(
    codec: Codec,
    input: Pieces,
    consumed: &AtomicU64,
    pool: &Pool,
    sender: &Sender<Piece>,
    limits: &Limits,
    proof: Proof,
) -> Result<(), StreamError> {
    let fault = |error: io::Error| match codec.fault(&error, limits) {
        Some(fault) => StreamError::Fault(fault),
        None => StreamError::Truncated,
    };
    let mut decoder = codec.decoder(input, limits).map_err(fault)?;
    let mut unpacked = proof.of_unpacked();
    while let Some(mut buffer) = pool.take() {
        let (filled, outcome) = fill(&mut *decoder, &mut buffer);
        if filled > 0 {
            unpacked.update(&buffer[..filled]);
            let piece = Piece {
                bytes: buffer.freeze(filled),
                consumed: consumed.load(Ordering::Relaxed),
            };
            if sender.send(piece).is_err() {
                break;
            }
        }
        outcome.map_err(fault)?;
        if filled < BUFFER_SIZE {
            unpacked.end().map_err(StreamError::Fault)?;
            break;
        }
    }
    Ok(())
}

/// The pieces of one thread as the input of a decoder.
struct Pieces {
    current: Slice,
    rest: Receiver<Piece>,
    consumed: Arc<AtomicU64>,
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.current.is_empty() {
            // The end of the channel is the end of the input, or an error of
            // the thread that reads it, which `Stream::conclude` finds first.
            if let Ok(piece) = self.rest.recv() {
                self.current = piece.bytes;
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, amount: usize) {
        self.current.advance(amount);
        self.consumed.fetch_add(amount as u64, Ordering::Relaxed);
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let length = bytes.len().min(into.len());
        into[..length].copy_from_slice(&bytes[..length]);
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Sha256;
    use std::sync::atomic::AtomicBool;

    fn all(mut stream: Stream) -> Result<(Vec<u8>, Raw), StreamError> {
        let mut bytes = Vec::new();
        while let Some(piece) = stream.next()? {
            bytes.extend_from_slice(&piece);
        }
        let end = stream.end().expect("at its end");
        assert_eq!(stream.consumed(), end.bytes);
        Ok((bytes, end))
    }

    #[test]
    fn bytes_length_and_digest_come_out() {
        for length in [0, 1, BUFFER_SIZE, 3 * BUFFER_SIZE + 7] {
            let plain: Vec<u8> = (0..=250).cycle().take(length).collect();
            let packed = zstd::encode_all(&plain[..], 1).expect("into memory");
            for input in [plain.clone(), packed] {
                let source = Box::new(io::Cursor::new(input.clone()));
                let stream = Stream::open(source, &Limits::default(), Proof::None).expect("opens");
                let (bytes, end) = all(stream).expect("valid");
                assert!(bytes == plain);
                assert_eq!(end.bytes, input.len() as u64);
                assert_eq!(end.digest, Digest::of(&input));
            }
        }
    }

    #[test]
    fn what_is_not_what_it_should_be_is_corrupt() {
        let plain = vec![7; 2 * BUFFER_SIZE + 1];
        let packed = zstd::encode_all(&plain[..], 1).expect("into memory");
        let (of_plain, of_packed) = (Sha256::of(&plain), Sha256::of(&packed));
        let cases = [
            (&plain, Proof::Packed(of_plain), true),
            (&plain, Proof::Unpacked(of_plain), true),
            (&plain, Proof::Packed(of_packed), false),
            (&plain, Proof::Unpacked(of_packed), false),
            (&packed, Proof::Packed(of_packed), true),
            (&packed, Proof::Unpacked(of_plain), true),
            (&packed, Proof::Packed(of_plain), false),
            (&packed, Proof::Unpacked(of_packed), false),
        ];
        for (input, proof, right) in cases {
            let source = Box::new(io::Cursor::new(input.clone()));
            let outcome = Stream::open(source, &Limits::default(), proof).and_then(all);
            match outcome {
                Ok((bytes, _)) => assert!(right && bytes == plain, "{proof:?}"),
                Err(error) => assert!(
                    !right && matches!(error, StreamError::Fault(Fault::Corrupt(_))),
                    "{proof:?}: {error:?}"
                ),
            }
        }
    }

    /// Gives some bytes, then an error, and tells when it is dropped.
    struct Failing(io::Cursor<Vec<u8>>, Arc<AtomicBool>);

    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::Error::other("the disk is gone")),
                read => Ok(read),
            }
        }
    }

    impl Drop for Failing {
        fn drop(&mut self) {
            self.1.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_failing_input_is_no_early_end() {
        let plain = vec![7; 3 * BUFFER_SIZE];
        let packed = zstd::encode_all(&plain[..], 1).expect("into memory");
        for input in [plain, packed[..packed.len() / 2].to_vec(), Vec::new()] {
            let source = Box::new(Failing(io::Cursor::new(input), Arc::default()));
            let outcome = Stream::open(source, &Limits::default(), Proof::None).and_then(all);
            assert!(matches!(outcome, Err(StreamError::Io(_))));
        }
    }

    #[test]
    fn dropping_the_consumer_ends_the_threads() {
        let dropped = Arc::new(AtomicBool::new(false));
        let endless = zstd::encode_all(&vec![0; 400 * BUFFER_SIZE][..], 1).expect("into memory");
        let source = Box::new(Failing(io::Cursor::new(endless), Arc::clone(&dropped)));
        let mut stream = Stream::open(source, &Limits::default(), Proof::None).expect("opens");
        let held = stream.next().expect("valid");
        drop(stream);
        assert!(dropped.load(Ordering::SeqCst));
        drop(held);
    }
}
