//! An input that comes in small pieces, as through a pipe.

use std::io::{Error, ErrorKind, Read, Result};

/// Gives a few bytes at a time and is interrupted now and then.
pub(super) struct Dribble {
    bytes: Vec<u8>,
    at: usize,
    calls: usize,
}

impl Dribble {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            at: 0,
            calls: 0,
        }
    }
}

impl Read for Dribble {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(Error::from(ErrorKind::Interrupted));
        }
        // No divisor or multiple of a block.
        let length = into.len().min(333).min(self.bytes.len() - self.at);
        into[..length].copy_from_slice(&self.bytes[self.at..][..length]);
        self.at += length;
        Ok(length)
    }
}
