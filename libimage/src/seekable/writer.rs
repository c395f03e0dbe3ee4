//! [`Writer`]: frames in order, then all that stands behind them.

use std::io::{self, Write};

use super::footer::Footer;
use super::index::{Frame, Index, Part};
use super::info::Info;
use super::skippable::Skippable;
use crate::digest::Digest;

/// A frame that is ready to be written.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The zstd frame.
    pub bytes: Vec<u8>,
    /// Its length unpacked.
    pub raw: u64,
    /// How many entries begin in it.
    pub entries: u64,
    /// The digest of `bytes`.
    pub digest: Digest,
}

/// What a backup is, once it is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sealed {
    /// The archive's own digest, which stands for every byte of it.
    pub digest: Digest,
    /// Its length in bytes.
    pub bytes: u64,
    /// Where its parts are.
    pub index: Index,
}

/// Writes a backup from its start to its end.
pub struct Writer<W> {
    out: W,
    position: u64,
    frames: Vec<Frame>,
    entries: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a backup.
    pub fn new(out: W) -> Self {
        Self {
            out,
            position: 0,
            frames: Vec::new(),
            entries: 0,
        }
    }

    /// How much was written so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Adds the next frame of the tar.
    ///
    /// # Errors
    ///
    /// What writing answers.
    pub fn frame(&mut self, packed: &Packed) -> io::Result<()> {
        let frame = Frame {
            offset: self.position,
            length: packed.bytes.len() as u64,
            raw: packed.raw,
            first: self.entries,
            entries: packed.entries,
            digest: packed.digest,
        };
        self.put(&packed.bytes)?;
        self.entries += packed.entries;
        self.frames.push(frame);
        Ok(())
    }

    /// Writes what stands behind the frames. `manifest` is the manifest of the
    /// tree, compressed with zstd.
    ///
    /// # Errors
    ///
    /// What writing answers; that a part is longer than a skippable frame can
    /// be, 4 GiB.
    pub fn finish(mut self, manifest: &[u8], info: &Info) -> io::Result<(W, Sealed)> {
        let manifest = self.skippable(Skippable::Manifest, manifest)?;
        let info = self.skippable(Skippable::Info, info.text().as_bytes())?;
        let index = Index {
            frames: std::mem::take(&mut self.frames),
            manifest,
            info,
        };
        let text = index.text();
        let footer = Footer {
            offset: self.position,
            length: text.len() as u64,
            digest: Digest::of(text.as_bytes()),
        };
        self.skippable(Skippable::Index, text.as_bytes())?;
        self.put(&footer.bytes())?;
        self.out.flush()?;
        let sealed = Sealed {
            digest: footer.digest,
            bytes: self.position,
            index,
        };
        Ok((self.out, sealed))
    }

    fn skippable(&mut self, kind: Skippable, bytes: &[u8]) -> io::Result<Part> {
        let head = kind.head(bytes.len() as u64).ok_or_else(|| {
            let reason = "a part of the backup is longer than 4 GiB";
            io::Error::new(io::ErrorKind::FileTooLarge, reason)
        })?;
        let offset = self.position;
        self.put(&head)?;
        self.put(bytes)?;
        let mut hasher = crate::digest::Hasher::new();
        hasher.update(&head);
        hasher.update(bytes);
        Ok(Part {
            offset,
            length: self.position - offset,
            digest: hasher.finish(),
        })
    }

    /// Writes all of it; what could be written counts, if not all could be.
    fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.out.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.position += written as u64;
                    bytes = &bytes[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
