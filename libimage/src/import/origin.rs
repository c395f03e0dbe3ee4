//! [`Origin`]: the record of where a tree came from, kept beside it.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::digest::{Digest, Sha256};
use crate::entry::Timestamp;
use crate::error::SysError;
use crate::escape::Escaped;
use crate::manifest::Summary;
use crate::root::Identity;
use crate::seekable::Reader;
use crate::source::Received;
use crate::writer::{Staging, WriteError};

/// Where a tree came from and what it was then.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The archive as the user named it, escaped; `-` for standard input.
    pub archive: String,
    /// The archive's length in bytes, as it lay on the disk.
    pub archive_bytes: u64,
    /// The BLAKE3 digest of those bytes, where it was one archive.
    pub archive_digest: Option<Digest>,
    /// The digest by which a container image is known.
    pub image_digest: Option<Sha256>,
    /// Of a backup, when reading the tree began; its digest is then the
    /// archive's own.
    pub backup: Option<Timestamp>,
    /// The digest of the tree that it made.
    pub tree_digest: Digest,
    /// How many members of the archive a filter left out.
    pub filtered: u64,
    /// How many entries that tree had.
    pub entries: u64,
    /// Which directory the tree is, by inode number and time of birth: a record
    /// that belongs to another tree of the same name is told by it.
    pub root: Identity,
    /// When it was imported, in seconds since 1970.
    pub imported: u64,
    /// The version of the library that did it.
    pub version: String,
}

impl Origin {
    pub(super) fn new(
        archive: &str,
        received: &Received,
        filtered: u64,
        tree: &Summary,
        staging: &Staging<'_>,
    ) -> Result<Self, WriteError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Self {
            archive: Escaped(archive.as_bytes()).to_string(),
            archive_bytes: received.bytes,
            archive_digest: received.digest,
            image_digest: received.image,
            backup: None,
            filtered,
            tree_digest: tree.digest,
            entries: tree.counts.entries(),
            root: staging.identity()?,
            imported: now.map_or(0, |time| time.as_secs()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Of a tree that was restored from a backup.
    pub(crate) fn of_backup(
        reader: &Reader,
        tree: &Summary,
        staging: &Staging<'_>,
    ) -> Result<Self, WriteError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Self {
            archive: reader.label().to_owned(),
            archive_bytes: reader.bytes(),
            archive_digest: Some(reader.digest()),
            image_digest: None,
            backup: Some(reader.info().began),
            filtered: 0,
            tree_digest: tree.digest,
            entries: tree.counts.entries(),
            root: staging.identity()?,
            imported: now.map_or(0, |time| time.as_secs()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Writes it as one JSON object; `docs/json.md` lists the members.
    pub(crate) fn write(&self, out: &mut dyn Write) -> Result<(), WriteError> {
        let object = json!({
            "type": "origin",
            "archive": self.archive,
            "archive_bytes": self.archive_bytes,
            "archive_digest": self.archive_digest.map(|digest| digest.to_string()),
            "image_digest": self.image_digest.map(|digest| format!("sha256:{digest}")),
            "backup_began": self.backup.map(|began| began.to_string()),
            "filtered": self.filtered,
            "tree_digest": self.tree_digest.to_string(),
            "entries": self.entries,
            "root": self.root.to_string(),
            "imported": self.imported,
            "version": self.version,
        });
        writeln!(out, "{object}").map_err(|error: io::Error| {
            SysError::new("write", "the record of the tree's origin", error).into()
        })
    }
}
