//! [`Frames`]: the frames that a restore reads.

use std::ops::Range;
use std::sync::Arc;

use crate::archive::{Checksum, Framed};
use crate::seekable::{FormatError, Reader};

/// The frames of a backup, unpacked without a look at zstd's own checksums: all
/// that comes out is compared with the manifest.
pub(super) struct Frames<'r> {
    pub(super) reader: &'r Arc<Reader>,
    threads: usize,
    /// All of them, where all are wanted.
    ahead: Option<Framed>,
}

impl<'r> Frames<'r> {
    /// Those of a backup. If it is wanted `whole` the first of them are unpacked
    /// from now on, while the manifest is read.
    pub(super) fn begin(
        reader: &'r Arc<Reader>,
        threads: usize,
        whole: bool,
    ) -> Result<Self, FormatError> {
        let mut frames = Self {
            reader,
            threads,
            ahead: None,
        };
        if whole {
            frames.ahead = Some(frames.run(0..reader.index().frames.len())?);
        }
        Ok(frames)
    }

    /// Some that follow each other; of a backup that is wanted whole, all.
    pub(super) fn run(&mut self, numbers: Range<usize>) -> Result<Framed, FormatError> {
        match self.ahead.take() {
            Some(frames) => Ok(frames),
            None => Framed::open(self.reader, numbers, self.threads, Checksum::Ignore),
        }
    }
}
