//! [`ManifestWriter`]: entries in canonical order become a manifest.

use std::collections::HashMap;
use std::io::{self, Write};

use super::seal::Seal;
use super::{Form, line};
use crate::digest::Digest;
use crate::entry::{Counts, Entry, Kind, LinkGroup};
use crate::path::ImagePath;
use crate::size::total;

/// What a manifest lists, in sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Whether it is a manifest.
    pub form: Form,
    /// The tree digest; that of a listing is no identity of a tree.
    pub digest: Digest,
    /// How many entries of each kind; a manifest does not list mounts.
    pub counts: Counts,
    /// Content of all regular files in bytes, each inode counted once.
    pub bytes: u64,
}

impl Summary {
    /// How many lines there are between the first and the last.
    pub(super) fn lines(&self) -> u64 {
        match self.form {
            Form::Manifest => self.counts.entries(),
            Form::Listing => self.counts.entries() + self.counts.mounts,
        }
    }
}

/// Writes a manifest or a listing line by line; see `docs/manifest-format.md`.
pub struct ManifestWriter<W> {
    form: Form,
    out: W,
    line: Vec<u8>,
    seal: Seal,
    /// The first name of every inode that has several.
    leaders: HashMap<LinkGroup, ImagePath>,
    counts: Counts,
    bytes: u64,
}

impl<W: Write> ManifestWriter<W> {
    /// Begins a manifest.
    ///
    /// # Errors
    ///
    /// What writing to `out` answers.
    pub fn new(out: W) -> io::Result<Self> {
        Self::begin(out, Form::Manifest)
    }

    /// Begins a listing.
    ///
    /// # Errors
    ///
    /// What writing to `out` answers.
    pub fn listing(out: W) -> io::Result<Self> {
        Self::begin(out, Form::Listing)
    }

    fn begin(mut out: W, form: Form) -> io::Result<Self> {
        let line = format!("{}\n", form.first_line()).into_bytes();
        out.write_all(&line)?;
        Ok(Self {
            form,
            out,
            seal: Seal::new(&line),
            line,
            leaders: HashMap::new(),
            counts: Counts::default(),
            bytes: 0,
        })
    }

    /// Adds an entry. A manifest only counts names where something is mounted.
    /// Entries must come in canonical order, the root first, and in a manifest
    /// every regular file with the digest of its content.
    ///
    /// # Errors
    ///
    /// What writing to `out` answers; that the line would be longer than readers take.
    ///
    /// # Panics
    ///
    /// If a regular file comes to a manifest without its digest.
    pub fn push(&mut self, path: ImagePath, entry: &Entry) -> io::Result<()> {
        self.counts.add(&entry.kind);
        self.line.clear();
        if entry.kind == Kind::Mount {
            if self.form == Form::Manifest {
                return Ok(());
            }
            line::put_mount(&path, &mut self.line);
            return self.put_listed();
        }
        let leader = entry.link.and_then(|group| self.leaders.get(&group));
        if let Some(leader) = leader {
            self.counts.hard_links += 1;
            line::put_hard_link(&path, leader, &mut self.line);
        } else {
            line::put_entry(self.form, &path, entry, &mut self.line);
            if self.line.len() as u64 > line::LONGEST_LINE {
                let reason = format!("the extended attributes of `{path}` are too long for it");
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
            }
            if let Kind::File { size } = entry.kind {
                self.bytes = total([self.bytes, size]);
            }
            if let Some(group) = entry.link {
                self.leaders.insert(group, path);
            }
        }
        self.put_listed()
    }

    /// Adds a directory to a listing that does not list what is in it.
    ///
    /// # Errors
    ///
    /// What writing to `out` answers.
    ///
    /// # Panics
    ///
    /// If it is a manifest or no directory.
    pub fn push_closed(&mut self, path: &ImagePath, entry: &Entry) -> io::Result<()> {
        assert!(self.form == Form::Listing && entry.is_directory());
        self.counts.add(&entry.kind);
        self.line.clear();
        line::put_closed(path, entry, &mut self.line);
        self.put_listed()
    }

    fn put_listed(&mut self) -> io::Result<()> {
        self.seal.add(&self.line);
        self.out.write_all(&self.line)
    }

    /// Writes the last line.
    ///
    /// # Errors
    ///
    /// What writing to `out` answers.
    pub fn finish(mut self) -> io::Result<(W, Summary)> {
        let summary = Summary {
            form: self.form,
            digest: self.seal.tree(),
            counts: self.counts,
            bytes: self.bytes,
        };
        let last = self.seal.last_line(&summary);
        self.out.write_all(last.as_bytes())?;
        self.out.flush()?;
        Ok((self.out, summary))
    }
}
