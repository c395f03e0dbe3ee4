//! [`Reader`]: a backup, read part by part, each proven before it is used.

use std::fmt;
use std::io::{self, BufReader, Read, Result as IoResult};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::FormatError;
use super::footer::{self, Footer, NoFooter};
use super::index::{Frame, Index, Part};
use super::info::Info;
use super::skippable::{HEAD, Skippable};
use super::{MANIFEST_WINDOW, MOST_INDEX, MOST_INFO};
use crate::digest::{Digest, Hasher};
use crate::error::SysError;
use crate::escape::Escaped;
use crate::manifest::{self, Form, Most, Summary};
use crate::sys::host;
use crate::sys::section::Section;
use crate::tree::{ReadAt, RecordedTree};

/// A backup whose footer, index and info are read and proven. Everything else
/// is proven when it is read.
#[derive(Clone, Debug)]
pub struct Reader {
    file: Labelled,
    /// Where the file stands, if it was opened by a path.
    path: Option<PathBuf>,
    index: Index,
    info: Info,
    digest: Digest,
}

/// Bytes of a file, and what it is called in messages.
#[derive(Clone)]
struct Labelled {
    file: Arc<dyn ReadAt>,
    label: String,
}

/// Bytes read at once of what is not kept.
const PIECE: usize = 256 << 10;

impl fmt::Debug for Labelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl Reader {
    /// Opens a backup.
    ///
    /// # Errors
    ///
    /// A [`FormatError`] if it cannot be opened, is no backup or is damaged in
    /// its footer, its index or its info.
    pub fn open(path: &Path) -> Result<Self, FormatError> {
        let failed = |error| SysError::new("open backup", path, error);
        let file = host::open_at_once(path).map_err(failed)?;
        let label = Escaped(path.as_os_str().as_encoded_bytes()).to_string();
        if !host::is_regular(&file).map_err(failed)? {
            return Err(FormatError::NotABackup { label });
        }
        let reader = Self::of(Arc::new(Section::whole(file).map_err(failed)?), label)?;
        Ok(Self {
            path: host::canonical(path).ok(),
            ..reader
        })
    }

    /// Where the file stands, symlinks resolved, if it was opened by a path.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Whether a file means to be a backup, by its end.
    pub(crate) fn is_backup(file: &dyn ReadAt) -> IoResult<bool> {
        Ok(match last(file)? {
            Some(bytes) => Footer::is_marked(&bytes),
            None => false,
        })
    }

    /// Opens a backup wherever it is kept; `label` is what the user calls it,
    /// escaped.
    ///
    /// # Errors
    ///
    /// As those of [`Reader::open`].
    pub fn of(file: Arc<dyn ReadAt>, label: String) -> Result<Self, FormatError> {
        let file = Labelled { file, label };
        let (footer, begins) = file.footer()?;
        let index = file.index(&footer, begins)?;
        let info = file.part("the info", Skippable::Info, index.info, MOST_INFO)?;
        let bad = |reason| file.bad("the info", index.info.into(), reason);
        let info = Info::parse(&info).map_err(bad)?;
        if info.entries != index.entries() {
            return Err(bad("it has another number of entries than the index"));
        }
        Ok(Self {
            file,
            path: None,
            index,
            info,
            digest: footer.digest,
        })
    }

    /// What the user calls the backup, escaped.
    pub fn label(&self) -> &str {
        &self.file.label
    }

    /// The archive's own digest, which stands for every byte of it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The length of the whole file.
    pub fn bytes(&self) -> u64 {
        self.file.file.size()
    }

    /// Where its parts are.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// What is known of it.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The manifest of the tree, as it is stored: compressed with zstd.
    ///
    /// # Errors
    ///
    /// A [`FormatError`] if it cannot be read or is damaged.
    pub fn manifest(&self) -> Result<impl Read + use<>, FormatError> {
        let part = self.index.manifest;
        let name = "the manifest";
        let head = self
            .file
            .head(name, Skippable::Manifest, part, u32::MAX.into())?;
        self.file.prove(name, head, part)
    }

    /// The tree as the manifest lists it.
    ///
    /// # Errors
    ///
    /// A [`FormatError`] if the manifest cannot be read, is damaged, or is not
    /// that of which the info tells.
    pub fn tree(&self) -> Result<(RecordedTree, Summary), FormatError> {
        let packed = BufReader::new(self.manifest()?);
        let bad = |error: io::Error| self.bad_manifest(error.to_string());
        let mut text = zstd::Decoder::with_buffer(packed).map_err(bad)?;
        text.window_log_max(MANIFEST_WINDOW).map_err(bad)?;
        let label = &self.file.label;
        let most = most_listed(self.bytes(), self.info.entries);
        let (tree, summary) = manifest::read_within(BufReader::new(text), label, most)
            .map_err(|error| self.bad_manifest(error.to_string()))?;
        let info = &self.info;
        let said = (info.tree, info.entries, info.bytes);
        if said != (summary.digest, summary.counts.entries(), summary.bytes)
            || summary.form != Form::Manifest
        {
            return Err(self.bad_manifest("it is not the one of which the info tells"));
        }
        Ok((tree, summary))
    }

    /// A frame of the tar as it is stored, compressed, into `bytes`.
    ///
    /// # Errors
    ///
    /// A [`FormatError`] if it cannot be read or is damaged.
    ///
    /// # Panics
    ///
    /// If there is no frame of this number.
    pub fn frame(&self, number: usize, bytes: &mut Vec<u8>) -> Result<Frame, FormatError> {
        let frame = self.index.frames[number];
        self.file.fill((frame.offset, frame.length), bytes)?;
        if bytes.len() as u64 != frame.length || Digest::of(bytes) != frame.digest {
            return Err(self.bad_frame(number, "its digest is another"));
        }
        Ok(frame)
    }

    /// That a frame is not what it has to be.
    pub(crate) fn bad_frame(&self, number: usize, reason: impl Into<String>) -> FormatError {
        let frame = self.index.frames[number];
        let part = format!("frame {number}");
        self.file.bad(&part, (frame.offset, frame.length), reason)
    }

    /// That the manifest is not what it has to be.
    pub(crate) fn bad_manifest(&self, reason: impl Into<String>) -> FormatError {
        let at = self.index.manifest.into();
        self.file.bad("the manifest", at, reason)
    }
}

/// How much the manifest of a backup of so many bytes may list: what is kept of it
/// takes memory in proportion to the length of the backup. Of an honest one a byte
/// stands for some bytes of names and attributes; for a hundred, where 100,000
/// symlinks have one target as long as a target can be.
pub(crate) fn most_listed(bytes: u64, entries: u64) -> Most {
    const FREE: u64 = 4 << 20;
    const EACH: u64 = 256;
    let bytes = FREE.saturating_add(bytes.saturating_mul(EACH));
    Most {
        entries,
        names: bytes.min(Most::ALL.names),
        attributes: bytes,
    }
}

impl Labelled {
    /// The footer, and where it begins.
    fn footer(&self) -> Result<(Footer, u64), FormatError> {
        let label = || self.label.clone();
        let bytes = last(&*self.file).map_err(|error| SysError::new("read", label(), error))?;
        let Some(bytes) = bytes else {
            return Err(FormatError::NotABackup { label: label() });
        };
        let length = footer::LENGTH as u64;
        let begins = self.file.size() - length;
        match Footer::parse(&bytes) {
            Ok(footer) => Ok((footer, begins)),
            Err(NoFooter::Unmarked) => Err(FormatError::NotABackup { label: label() }),
            Err(NoFooter::Version) => Err(FormatError::Version { label: label() }),
            Err(NoFooter::Damaged) => {
                Err(self.bad("the footer", (begins, length), "its digest is another"))
            }
        }
    }

    /// The index, which has to end where the footer begins.
    fn index(&self, footer: &Footer, end: u64) -> Result<Index, FormatError> {
        let length = footer.length.saturating_add(HEAD as u64);
        let at = (footer.offset, length);
        let bad = |reason| self.bad("the index", at, reason);
        if footer.offset.checked_add(length) != Some(end) || footer.length > MOST_INDEX {
            return Err(bad("it does not stand where the footer says"));
        }
        let bytes = self.read("the index", at)?;
        let (head, text) = bytes.split_at(HEAD);
        let expected = Skippable::Index.head(footer.length);
        if expected.is_none_or(|expected| expected != *head) || Digest::of(text) != footer.digest {
            return Err(bad("its digest is another"));
        }
        let index = Index::parse(text).map_err(bad)?;
        if index.end() != footer.offset {
            return Err(bad("what it lists does not end where it begins"));
        }
        Ok(index)
    }

    fn bad(&self, part: &str, at: (u64, u64), reason: impl Into<String>) -> FormatError {
        FormatError::Damaged {
            label: self.label.clone(),
            part: part.to_owned(),
            offset: at.0,
            length: at.1,
            reason: reason.into(),
        }
    }

    /// What a skippable frame holds, if it is what the index says.
    fn part(
        &self,
        name: &str,
        kind: Skippable,
        part: Part,
        most: u64,
    ) -> Result<Vec<u8>, FormatError> {
        let head = self.head(name, kind, part, most)?;
        let mut bytes = self.read(name, part.into())?;
        if bytes[..HEAD] != head || Digest::of(&bytes) != part.digest {
            return Err(self.bad(name, part.into(), "its digest is another"));
        }
        bytes.drain(..HEAD);
        Ok(bytes)
    }

    /// The head that a part has to have, of which no more than `most` bytes follow.
    fn head(
        &self,
        name: &str,
        kind: Skippable,
        part: Part,
        most: u64,
    ) -> Result<[u8; HEAD], FormatError> {
        let held = part.length.checked_sub(HEAD as u64);
        held.filter(|&held| held <= most)
            .and_then(|held| kind.head(held))
            .ok_or_else(|| self.bad(name, part.into(), "it has a length that it cannot have"))
    }

    /// What a skippable frame holds, read once to prove it; it is not kept, since
    /// it may be long.
    fn prove(&self, name: &str, head: [u8; HEAD], part: Part) -> Result<Stretch, FormatError> {
        let failed = |error| SysError::new("read", &self.label, error);
        let whole = Stretch {
            file: self.file.clone(),
            position: part.offset,
            end: part.offset.saturating_add(part.length),
        };
        let mut reading = whole.clone();
        let mut piece = vec![0; PIECE];
        let mut hasher = Hasher::new();
        let mut is_first = true;
        loop {
            let length = reading.read(&mut piece).map_err(failed)?;
            let read = &piece[..length];
            if is_first && !read.starts_with(&head) {
                break;
            }
            is_first = false;
            hasher.update(read);
            if length == 0 {
                if hasher.finish() != part.digest {
                    break;
                }
                let position = whole.position + HEAD as u64;
                return Ok(Stretch { position, ..whole });
            }
        }
        Err(self.bad(name, part.into(), "its digest is another"))
    }

    fn read(&self, name: &str, at: (u64, u64)) -> Result<Vec<u8>, FormatError> {
        let mut bytes = Vec::new();
        self.fill(at, &mut bytes)?;
        if bytes.len() as u64 != at.1 {
            return Err(self.bad(name, at, "the file ends before it does"));
        }
        Ok(bytes)
    }

    /// Reads a part, as far as the file goes.
    fn fill(&self, (offset, length): (u64, u64), bytes: &mut Vec<u8>) -> Result<(), SysError> {
        let length = length.min(self.file.size().saturating_sub(offset));
        // What stood there is overwritten: zeros come only where it grows.
        bytes.resize(usize::try_from(length).unwrap_or(usize::MAX), 0);
        let got = read_full(&*self.file, bytes, offset)
            .map_err(|error| SysError::new("read", &self.label, error))?;
        bytes.truncate(got);
        Ok(())
    }
}

/// A part of a file, read from its beginning to its end.
#[derive(Clone)]
struct Stretch {
    file: Arc<dyn ReadAt>,
    position: u64,
    end: u64,
}

impl Read for Stretch {
    fn read(&mut self, into: &mut [u8]) -> IoResult<usize> {
        let left = self.end.saturating_sub(self.position);
        let length = usize::try_from(left).map_or(into.len(), |left| left.min(into.len()));
        let read = read_full(&*self.file, &mut into[..length], self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl From<Part> for (u64, u64) {
    fn from(part: Part) -> Self {
        (part.offset, part.length)
    }
}

/// Fills `bytes` with what stands at `offset`; fewer only where the file ends.
fn read_full(file: &dyn ReadAt, bytes: &mut [u8], offset: u64) -> IoResult<usize> {
    let mut done = 0;
    while done < bytes.len() {
        match file.read_at(&mut bytes[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(got) => done += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

/// The last bytes of a file, as many as a footer has.
fn last(file: &dyn ReadAt) -> IoResult<Option<[u8; footer::LENGTH]>> {
    let Some(begins) = file.size().checked_sub(footer::LENGTH as u64) else {
        return Ok(None);
    };
    let mut bytes = [0; footer::LENGTH];
    let got = read_full(file, &mut bytes, begins)?;
    Ok((got == bytes.len()).then_some(bytes))
}
