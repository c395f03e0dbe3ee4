//! LZ4 in both of its frames, one frame at a time.
//!
//! The legacy frame is what the kernel reads (`lib/decompress_unlz4.c`):
//! "Legacy frame" in LZ4's `doc/lz4_Frame_format.md`.

use std::io::{self, BufRead, Read};

use lz4_flex::block::decompress_into;
use lz4_flex::frame::FrameDecoder;

/// What the legacy frame begins with.
const LEGACY_MAGIC: [u8; 4] = [0x02, 0x21, 0x4c, 0x18];

/// What a block of the legacy frame holds at most, unpacked.
const BLOCK: usize = 8 << 20;

/// A block that does not shrink grows by as much (`LZ4_COMPRESSBOUND`).
const PACKED_BLOCK: usize = BLOCK + BLOCK / 255 + 16;

/// Unpacks a legacy frame. It has no end of its own: it ends with the file, or
/// where instead of a block's length there are zeros.
pub(super) struct Legacy<R> {
    input: R,
    packed: Vec<u8>,
    block: Vec<u8>,
    at: usize,
    state: State,
}

enum State {
    Start,
    Inside,
    End,
}

impl<R: BufRead> Legacy<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            packed: Vec::new(),
            block: Vec::new(),
            at: 0,
            state: State::Start,
        }
    }

    /// The next four bytes; nothing at the end of the file.
    fn word(&mut self) -> io::Result<Option<[u8; 4]>> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut word = [0; 4];
        self.input.read_exact(&mut word)?;
        Ok(Some(word))
    }

    /// Unpacks the next block; false where there is none.
    fn advance(&mut self) -> io::Result<bool> {
        let mut word = self.word()?;
        if matches!(self.state, State::Start) {
            if word != Some(LEGACY_MAGIC) {
                return Err(damaged("it does not begin as a legacy frame of lz4"));
            }
            self.state = State::Inside;
            word = self.word()?;
        }
        // Frames put one behind the other are one.
        while word == Some(LEGACY_MAGIC) {
            word = self.word()?;
        }
        let Some(word) = word else {
            return Ok(false);
        };
        let length = usize::try_from(u32::from_le_bytes(word)).unwrap_or(usize::MAX);
        if length == 0 {
            return Ok(false);
        }
        if length > PACKED_BLOCK {
            return Err(damaged("a block of lz4 is longer than any can be"));
        }
        self.packed.clear();
        let read = (&mut self.input)
            .take(length as u64)
            .read_to_end(&mut self.packed)?;
        if read < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.block.resize(BLOCK, 0);
        self.at = 0;
        let unpacked = decompress_into(&self.packed, &mut self.block)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        self.block.truncate(unpacked);
        Ok(true)
    }
}

impl<R: BufRead> Read for Legacy<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.block.len() && !into.is_empty() {
            if matches!(self.state, State::End) || !self.advance()? {
                self.state = State::End;
                return Ok(0);
            }
        }
        let read = (&self.block[self.at..]).read(into)?;
        self.at += read;
        Ok(read)
    }
}

/// Unpacks one frame of today's format, and says where it is cut off.
pub(super) struct Frame<R: Read> {
    decoder: FrameDecoder<R>,
    ended: bool,
}

impl<R: Read> Frame<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            decoder: FrameDecoder::new(input),
            ended: false,
        }
    }
}

impl<R: Read> Read for Frame<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // Asked again the decoder would begin another frame.
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        let read = self.decoder.read(into)?;
        self.ended = read == 0;
        Ok(read)
    }
}

fn damaged(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
