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

    /// Whether it stands on the disk already, so that there is nothing to write.
    fn is_shared(&self) -> bool {
        false
    }
}

/// Sees each file as it is written, on the thread that writes it; but for those
/// that are copied, of which nobody sees the content.
pub trait Observe: Sync {
    /// A file was written; `head` is its beginning, at most [`HEAD_BYTES`] long.
    fn file(&self, path: &ImagePath, head: &[u8]);
}

/// A file's digest and its beginning.
pub(super) type Seen = (Digest, [u8; HEAD_BYTES]);

/// A file being filled: its bytes are written, hashed and, at its beginning,
/// kept for an observer, all in one pass.
pub struct Filling<'a> {
    file: &'a NewFile<'a>,
    /// Nothing once the content passes by unseen.
    hasher: Option<Hasher>,
    head: [u8; HEAD_BYTES],
    position: u64,
    /// Whether the file's own position lags behind, because a hole came last.
    skipped: bool,
}

impl<'a> Filling<'a> {
    pub(super) fn new(file: &'a NewFile<'a>) -> Self {
        Self {
            file,
            hasher: Some(Hasher::new()),
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
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// The next `length` bytes of the file are a hole.
    pub fn hole(&mut self, length: u64) {
        if length > 0 {
            if let Some(hasher) = &mut self.hasher {
                hasher.update_zeros(length);
            }
            self.position += length;
            self.skipped = true;
        }
    }

    /// Where in the file the next bytes go.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The file itself, for content that passes by.
    pub(super) fn file(&self) -> &'a NewFile<'a> {
        self.file
    }

    /// From now on the content is not seen here.
    pub(super) fn pass_by(&mut self) {
        self.hasher = None;
    }

    /// The file has `size` bytes by now, with data up to `end`.
    pub(super) fn passed(&mut self, size: u64, end: u64) {
        self.position = size;
        self.skipped = end < size;
    }

    /// Ends the file; its length comes back and, unless the content passed by,
    /// its digest and its beginning.
    pub(super) fn end(self) -> Result<(u64, Option<Seen>), WriteError> {
        if self.skipped {
            self.file.set_length(self.position)?;
        }
        let seen = self.hasher.map(|hasher| (hasher.finish(), self.head));
        Ok((self.position, seen))
    }
}
