//! [`RecordedTree`]: [`Records`] as a [`Tree`].

use std::io::Read;
use std::sync::Arc;

use super::records::{RecordId, Records};
use super::{Directory, Tree, TreeError};
use crate::digest::Digest;
use crate::entry::Entry;
use crate::monitor::Monitor;
use crate::path::ImagePath;

/// A tree whose entries are known but whose content is elsewhere: a manifest,
/// or the index of an archive.
#[derive(Clone, Debug)]
pub struct RecordedTree {
    records: Arc<Records>,
    label: String,
}

impl RecordedTree {
    /// A tree over some records.
    pub fn new(records: Records, label: String) -> Self {
        Self {
            records: Arc::new(records),
            label,
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

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let directory = RecordedDirectory {
            records: self.records.clone(),
            id: Records::ROOT,
            path: ImagePath::root(),
        };
        Ok((self.records.entry(Records::ROOT), Arc::new(directory)))
    }
}

struct RecordedDirectory {
    records: Arc<Records>,
    id: RecordId,
    path: ImagePath,
}

impl Directory for RecordedDirectory {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, _: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        let ids = self.records.children(self.id);
        Ok(ids.into_iter().map(|id| self.records.entry(id)).collect())
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        let id = self.records.child(self.id, name);
        Ok(id.map(|id| self.records.entry(id)))
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let path = self.path.join(name);
        match self.records.child(self.id, name) {
            Some(id) if self.records.is_directory(id) => Ok(Some(Arc::new(Self {
                records: self.records.clone(),
                id,
                path,
            }))),
            _ => Err(TreeError::Unresolved {
                path: path.to_string(),
                reason: "it is not a directory",
            }),
        }
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        Err(TreeError::NoContent {
            path: self.path.join(name).to_string(),
        })
    }

    fn digest(&self, entry: &Entry, _: &dyn Monitor) -> Result<Digest, TreeError> {
        entry.content.ok_or_else(|| TreeError::NoContent {
            path: self.path.join(&entry.name).to_string(),
        })
    }
}
