//! [`Content`]: where a file's bytes come from, and [`Filling`]: where they go.

use super::WriteError;
use crate::digest::{Digest, Hasher};
use crate::path::ImagePath;
use crate::root::NewFile;

/// How much of a file's beginning an observer sees: an ELF header of either class.
pub const HEAD_BYTES: usize = 64;

/// The content of a file that is to be written.
///
/// It is poured on one of the writer's threads.
pub trait Content: Send {
    /// Hands all of the content to `filling`, in order.
    ///
    /// # Errors
    ///
    /// What `filling` answered, or [`WriteError::Cancelled`] if no more is to come.
    fn pour(self: Box<Self>, filling: &mut Filling<'_>) -> Result<(), WriteError>;
}

/// Sees each file as it is written, on the thread that writes it.
pub trait Observe: Sync {
    /// A file was written; `head` is its beginning, at most [`HEAD_BYTES`] long.
    fn file(&self, path: &ImagePath, head: &[u8]);
}

/// A file being filled: its bytes are written, hashed and, at its beginning,
/// kept for an observer, all in one pass.
pub struct Filling<'a> {
    file: &'a NewFile<'a>,
    hasher: Hasher,
    head: [u8; HEAD_BYTES],
    position: u64,
    /// Whether the file's own position lags behind, because a hole came last.
    skipped: bool,
}

impl<'a> Filling<'a> {
    pub(super) fn new(file: &'a NewFile<'a>) -> Self {
        Self {
            file,
            hasher: Hasher::new(),
            head: [0; HEAD_BYTES],
            position: 0,
            skipped: false,
        }
    }

    /// The next bytes of the file.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if they cannot be written.
    pub fn data(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        if self.skipped {
            self.file.seek(self.position)?;
            self.skipped = false;
        }
        if let Ok(start) = usize::try_from(self.position)
            && start < HEAD_BYTES
        {
            let length = bytes.len().min(HEAD_BYTES - start);
            self.head[start..start + length].copy_from_slice(&bytes[..length]);
        }
        self.file.write(bytes)?;
        self.hasher.update(bytes);
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// The next `length` bytes of the file are a hole.
    pub fn hole(&mut self, length: u64) {
        if length > 0 {
            self.hasher.update_zeros(length);
            self.position += length;
            self.skipped = true;
        }
    }

    /// Where in the file the next bytes go.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Ends the file; its digest and its beginning come back.
    pub(super) fn end(self) -> Result<(u64, Digest, [u8; HEAD_BYTES]), WriteError> {
        if self.skipped {
            self.file.set_length(self.position)?;
        }
        Ok((self.position, self.hasher.finish(), self.head))
    }
}
