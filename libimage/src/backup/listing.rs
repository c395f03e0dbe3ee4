//! [`Listing`]: the tree as it is in the backup, and its manifest.

use std::collections::{HashMap, HashSet};

use super::BackupError;
use super::plan::Planned;
use crate::digest::Digest;
use crate::entry::{Entry, LinkGroup, Timestamp};
use crate::error::SysError;
use crate::manifest::{self, BuildError, Summary};
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::tree::{RecordId, RecordedTree, Records, Tree, TreeError, Way, changed};

/// The entries of a backup in the order in which they stand there.
#[derive(Default)]
pub(super) struct Listing {
    records: Option<Records>,
    /// The directories from the root to where the last entry stood.
    trail: Vec<RecordId>,
    /// The first name of every inode that has several.
    leaders: HashMap<LinkGroup, (RecordId, ImagePath)>,
    /// Further names with the first one.
    further: Vec<(RecordId, RecordId)>,
    /// Directories that stand for what is mounted.
    mounted: HashSet<RecordId>,
    /// When anything was last done to a directory (its ctime), before it was read.
    touched: HashMap<RecordId, Timestamp>,
}

impl Listing {
    /// Adds the next entry, which may stand for something that is mounted; of a
    /// directory with when it was `touched` last.
    pub(super) fn add(
        &mut self,
        path: ImagePath,
        entry: Entry,
        is_mount: bool,
        touched: Option<Timestamp>,
    ) -> Result<Planned, TreeError> {
        let id = match &mut self.records {
            None => {
                self.records = Some(Records::new(entry.metadata.clone()));
                Records::ROOT
            }
            Some(records) => {
                self.trail.truncate(path.depth());
                let parent = *self.trail.last().expect("parents come first");
                records.check_names(&path, &entry)?;
                // A name that a directory lists twice was made anew meanwhile.
                let id = records.insert(parent, entry.clone());
                id.ok_or_else(|| TreeError::Changed {
                    path: format!("`{path}`"),
                })?
            }
        };
        if entry.is_directory() {
            self.trail.push(id);
        }
        if is_mount {
            self.mounted.insert(id);
        }
        if let Some(touched) = touched {
            self.touched.insert(id, touched);
        }
        let leader = entry.link.and_then(|group| self.leaders.get(&group));
        let leader = match (leader, entry.link) {
            (Some((first, path)), _) => {
                self.further.push((id, *first));
                Some(path.clone())
            }
            (None, Some(group)) => {
                self.leaders.insert(group, (id, path.clone()));
                None
            }
            (None, None) => None,
        };
        Ok(Planned {
            id,
            path,
            entry,
            leader,
        })
    }

    /// The same with the digests of all files.
    pub(super) fn complete(self, digests: Vec<(RecordId, Digest)>) -> Complete {
        let mut records = self.records.expect("a tree has a root");
        for (id, digest) in digests {
            records.set_content(id, digest.into());
        }
        for (id, first) in self.further {
            if let Some(content) = records.content(first) {
                records.set_content(id, content);
            }
        }
        Complete {
            records,
            mounted: self.mounted,
            touched: self.touched,
        }
    }
}

/// All of a tree with the digests of its files.
pub(super) struct Complete {
    records: Records,
    mounted: HashSet<RecordId>,
    touched: HashMap<RecordId, Timestamp>,
}

impl Complete {
    /// Fails if a directory is not as it was when it was listed: something may
    /// have come or gone since, by somebody who has set its mtime back, as tar and
    /// rsync do; nobody sets a ctime. What is mounted may change as it likes.
    pub(super) fn check_directories(
        &self,
        tree: &dyn Tree,
        monitor: &dyn Monitor,
    ) -> Result<(), TreeError> {
        let Self {
            records, mounted, ..
        } = self;
        let mut way = Way::new(tree);
        let is_own = |&id: &RecordId| records.is_directory(id) && !mounted.contains(&id);
        for id in records.ids().filter(is_own) {
            monitor::check(monitor)?;
            let path = records.path(id);
            let (now, directory) = if let Some(parent) = path.parent() {
                let directory = way.to(&parent)?;
                (directory.lookup(records.name(id))?, directory)
            } else {
                let (now, directory) = tree.root()?;
                (Some(now), directory)
            };
            let now = now.filter(|now| now.metadata.mtime == records.metadata(id).mtime);
            let touched = now.map(|now| directory.changed(&now)).transpose()?;
            if touched != Some(self.touched.get(&id).copied()) {
                return Err(changed(&path, &tree.label()));
            }
        }
        Ok(())
    }

    /// Bytes of names and of attributes that whoever reads the manifest keeps.
    pub(super) fn kept(&self) -> (u64, u64) {
        (self.records.name_bytes(), self.records.attribute_bytes())
    }

    /// The manifest, compressed.
    pub(super) fn manifest(self, monitor: &dyn Monitor) -> Result<(Vec<u8>, Summary), BackupError> {
        let failed = |error| BuildError::Write(SysError::new("compress", "the manifest", error));
        let tree = RecordedTree::new(self.records, String::new());
        let mut packed = zstd::Encoder::new(Vec::new(), 3).map_err(failed)?;
        packed.include_checksum(true).map_err(failed)?;
        let summary = manifest::build(&tree, &mut packed, 1, &Quiet(monitor))?;
        Ok((packed.finish().map_err(failed)?, summary))
    }
}

/// Tells a monitor nothing: these entries were counted when they were read.
struct Quiet<'m>(&'m dyn Monitor);

impl Monitor for Quiet<'_> {
    fn begin(&self, _: monitor::Phase, _: Option<u64>) {}
    fn advance(&self, _: u64, _: u64) {}
    fn warn(&self, warning: monitor::Warning) {
        self.0.warn(warning);
    }
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
