//! [`Origin`]: the record of what a tree was cloned from, kept beside it.

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use super::{CloneError, Extent};
use crate::digest::Digest;
use crate::error::SysError;
use crate::escape::Escaped;
use crate::root::Identity;
use crate::writer::{Staging, WriteError};

/// What a tree was cloned from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The tree's path, symlinks resolved, escaped.
    pub source: String,
    /// The digest of the clone, where both trees were read.
    pub tree_digest: Option<Digest>,
    /// How many entries of the source a filter left out.
    pub filtered: u64,
    /// How many entries the clone has.
    pub entries: u64,
    /// Which directory the clone is, by inode number and time of birth.
    pub root: Identity,
    /// When it was cloned, in seconds since 1970.
    pub cloned: u64,
    /// The version of the library that did it.
    pub version: String,
}

impl Origin {
    pub(super) fn new(
        source: &Path,
        extent: &Extent,
        tree_digest: Option<Digest>,
        staging: &Staging<'_>,
    ) -> Result<Self, WriteError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Self {
            source: Escaped(source.as_os_str().as_bytes()).to_string(),
            tree_digest,
            filtered: extent.filtered,
            entries: extent.counts.entries(),
            root: staging.identity()?,
            cloned: now.map_or(0, |time| time.as_secs()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Writes it as one JSON object; `docs/json.md` lists the members.
    pub(super) fn write(&self, out: &mut dyn Write) -> Result<(), CloneError> {
        let object = json!({
            "type": "origin",
            "source": self.source,
            "filtered": self.filtered,
            "tree_digest": self.tree_digest.map(|digest| digest.to_string()),
            "entries": self.entries,
            "root": self.root.to_string(),
            "cloned": self.cloned,
            "version": self.version,
        });
        writeln!(out, "{object}").map_err(|error: io::Error| {
            WriteError::from(SysError::new(
                "write",
                "the record of the tree's origin",
                error,
            ))
            .into()
        })
    }
}
