//! [`Section`]: a part of a host file, read by position.

use std::fs::File;
use std::io::{Read, Result};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// A part of a file that others may read too: nothing depends on where the
/// file's own offset stands.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    file: Arc<File>,
    position: u64,
    end: u64,
}

impl Section {
    /// The whole of a file.
    pub(crate) fn whole(file: File) -> Result<Self> {
        let end = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(file),
            position: 0,
            end,
        })
    }

    /// So many bytes from `offset` on, as far as this section goes.
    pub(crate) fn part(&self, offset: u64, length: u64) -> Self {
        let position = self.position.saturating_add(offset).min(self.end);
        Self {
            file: self.file.clone(),
            position,
            end: position.saturating_add(length).min(self.end),
        }
    }

    /// A handle on the whole file, for a program that reads it by itself.
    pub(crate) fn try_clone_file(&self) -> Result<File> {
        self.file.try_clone()
    }

    /// Bytes that are left.
    pub(crate) fn left(&self) -> u64 {
        self.end - self.position
    }

    /// Passes over so many bytes; `false` if there are fewer.
    pub(crate) fn skip(&mut self, length: u64) -> bool {
        let enough = length <= self.left();
        self.position += length.min(self.left());
        enough
    }
}

impl Read for Section {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let length = usize::try_from(self.left()).map_or(into.len(), |left| left.min(into.len()));
        let read = self.file.read_at(&mut into[..length], self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}
