//! [`RecordedTree`]: [`Records`] as a [`Tree`].

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use super::records::{RecordId, Records};
use super::{Directory, ReadAt, Tree, TreeError};
use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{Entry, LinkGroup, Respects};
use crate::monitor::Monitor;
use crate::path::ImagePath;

/// A tree whose entries are known but whose content is elsewhere: a manifest,
/// or the index of an archive.
#[derive(Clone)]
pub struct RecordedTree {
    records: Arc<Records>,
    label: String,
    respects: Respects,
    contents: Option<Arc<dyn Contents>>,
}

/// Where the content of a recorded tree's files is found.
pub trait Contents: Send + Sync {
    /// The content of a regular file, from the start.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if there is none of it.
    fn open(&self, records: &Records, id: RecordId) -> Result<Box<dyn Read + Send>, TreeError>;

    /// The content of a regular file, to be read in any order.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if there is none of it that can be read so.
    fn open_at(&self, records: &Records, id: RecordId) -> Result<Box<dyn ReadAt>, TreeError> {
        Err(TreeError::NoContent {
            path: records.path(id).to_string(),
        })
    }

    /// The digest of the content of a regular file that has none recorded.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if it cannot be computed.
    fn digest(
        &self,
        records: &Records,
        id: RecordId,
        _entry: &Entry,
        _wanted: Algorithm,
        _monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        Err(TreeError::NoContent {
            path: records.path(id).to_string(),
        })
    }
}

/// Something kept for some of a tree's inodes, found under any of their names.
#[derive(Debug)]
pub(crate) struct ByInode<T> {
    kept: HashMap<RecordId, T>,
    /// The name under which an inode of several names has it.
    leaders: HashMap<LinkGroup, RecordId>,
}

impl<T> ByInode<T> {
    pub(crate) fn new(kept: HashMap<RecordId, T>, records: &Records) -> Self {
        let leader = |&id: &RecordId| Some((records.link(id)?, id));
        let leaders = kept.keys().filter_map(leader).collect();
        Self { kept, leaders }
    }

    pub(crate) fn get(&self, records: &Records, id: RecordId) -> Option<&T> {
        let leader = || self.leaders.get(&records.link(id)?);
        self.kept.get(&id).or_else(|| self.kept.get(leader()?))
    }
}

impl RecordedTree {
    /// A tree over some records.
    pub fn new(records: Records, label: String) -> Self {
        Self {
            records: Arc::new(records),
            label,
            respects: Respects::ALL,
            contents: None,
        }
    }

    /// The same tree, of whose entries no more is recorded than this.
    #[must_use]
    pub fn recording(self, respects: Respects) -> Self {
        Self { respects, ..self }
    }

    /// The same tree with content to read.
    #[must_use]
    pub fn with(self, contents: impl Contents + 'static) -> Self {
        Self {
            contents: Some(Arc::new(contents)),
            ..self
        }
    }

    /// The records themselves.
    pub fn records(&self) -> &Records {
        &self.records
    }
}

impl Tree for RecordedTree {
    fn label(&self) -> String {
        self.label.clone()
    }

    fn respects(&self) -> Respects {
        self.respects
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let directory = RecordedDirectory {
            tree: self.clone(),
            id: Records::ROOT,
            path: ImagePath::root(),
        };
        Ok((self.records.entry(Records::ROOT), Arc::new(directory)))
    }
}

struct RecordedDirectory {
    tree: RecordedTree,
    id: RecordId,
    path: ImagePath,
}

impl Directory for RecordedDirectory {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, _: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        if self.tree.records.is_closed(self.id) {
            return Err(TreeError::NotListed {
                path: self.path.to_string(),
            });
        }
        let ids = self.tree.records.children(self.id);
        Ok(ids
            .into_iter()
            .map(|id| self.tree.records.entry(id))
            .collect())
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        if self.tree.records.is_closed(self.id) {
            return Err(TreeError::NotListed {
                path: self.path.to_string(),
            });
        }
        let id = self.tree.records.child(self.id, name);
        Ok(id.map(|id| self.tree.records.entry(id)))
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let path = self.path.join(name);
        match self.tree.records.child(self.id, name) {
            Some(id) if self.tree.records.is_directory(id) => Ok(Some(Arc::new(Self {
                tree: self.tree.clone(),
                id,
                path,
            }))),
            _ => Err(TreeError::Unresolved {
                path: path.to_string(),
                reason: "it is not a directory",
            }),
        }
    }

    fn is_closed(&self, name: &[u8]) -> bool {
        let records = &self.tree.records;
        let id = records.child(self.id, name);
        id.is_some_and(|id| records.is_closed(id))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        let records = &self.tree.records;
        match records
            .child(self.id, name)
            .zip(self.tree.contents.as_ref())
        {
            Some((id, contents)) => contents.open(records, id),
            None => Err(TreeError::NoContent {
                path: self.path.join(name).to_string(),
            }),
        }
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        let records = &self.tree.records;
        match records
            .child(self.id, name)
            .zip(self.tree.contents.as_ref())
        {
            Some((id, contents)) => contents.open_at(records, id),
            None => Err(TreeError::NoContent {
                path: self.path.join(name).to_string(),
            }),
        }
    }

    fn digest(
        &self,
        entry: &Entry,
        wanted: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        let path = || self.path.join(&entry.name).to_string();
        let (records, contents) = (&self.tree.records, &self.tree.contents);
        match entry.content {
            Some(content) if content.algorithm() == wanted => Ok(content),
            Some(_) => Err(TreeError::OtherDigest {
                path: path(),
                wanted,
            }),
            None => match records.child(self.id, &entry.name).zip(contents.as_ref()) {
                Some((id, contents)) => contents.digest(records, id, entry, wanted, monitor),
                None => Err(TreeError::NoContent { path: path() }),
            },
        }
    }
}
