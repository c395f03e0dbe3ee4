//! [`ManifestWriter`]: entries in canonical order become a manifest.

use std::collections::HashMap;
use std::io::{self, Write};

use super::line;
use super::{FIRST_LINE, LAST_WORD};
use crate::digest::{Digest, Hasher};
use crate::entry::{Counts, Entry, Kind, LinkGroup};
use crate::path::ImagePath;

/// What a manifest lists, in sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The tree digest.
    pub digest: Digest,
    /// How many entries of each kind; mounts are counted and not listed.
    pub counts: Counts,
    /// Content of all regular files in bytes, each inode counted once.
    pub bytes: u64,
}

/// Writes a manifest line by line; see `docs/manifest-format.md`.
pub struct ManifestWriter<W> {
    out: W,
    line: Vec<u8>,
    whole: Hasher,
    tree: Hasher,
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
        let mut writer = Self {
            out,
            line: format!("{FIRST_LINE}\n").into_bytes(),
            whole: Hasher::new(),
            tree: Hasher::new(),
            leaders: HashMap::new(),
            counts: Counts::default(),
            bytes: 0,
        };
        writer.put()?;
        Ok(writer)
    }

    fn put(&mut self) -> io::Result<()> {
        self.whole.update(&self.line);
        self.out.write_all(&self.line)
    }

    /// Adds an entry, or counts one where something is mounted. They must come
    /// in canonical order, the root first, and every regular file with the
    /// digest of its content.
    ///
    /// # Errors
    ///
    /// What writing to `out` answers.
    ///
    /// # Panics
    ///
    /// If a regular file comes without its digest.
    pub fn push(&mut self, path: ImagePath, entry: &Entry) -> io::Result<()> {
        self.counts.add(&entry.kind);
        if entry.kind == Kind::Mount {
            return Ok(());
        }
        self.line.clear();
        let leader = entry.link.and_then(|group| self.leaders.get(&group));
        if let Some(leader) = leader {
            self.counts.hard_links += 1;
            line::put_hard_link(&path, leader, &mut self.line);
        } else {
            line::put_entry(&path, entry, &mut self.line);
            if let Kind::File { size } = entry.kind {
                self.bytes += size;
            }
            if let Some(group) = entry.link {
                self.leaders.insert(group, path);
            }
        }
        self.tree.update(&self.line);
        self.put()
    }

    /// Writes the last line.
    ///
    /// # Errors
    ///
    /// What writing to `out` answers.
    pub fn finish(mut self) -> io::Result<(W, Summary)> {
        let summary = Summary {
            digest: self.tree.finish(),
            counts: self.counts,
            bytes: self.bytes,
        };
        self.line.clear();
        write!(
            self.line,
            "{LAST_WORD} {} {} ",
            summary.counts.entries(),
            summary.digest
        )?;
        self.put()?;
        writeln!(self.out, "{}", self.whole.finish())?;
        self.out.flush()?;
        Ok((self.out, summary))
    }
}
