//! [`Readable`]: a tree without the directories that cannot be read.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex};

use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{Entry, Respects};
use crate::inspect::Tally;
use crate::inspect::reach::chain;
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, Tree, TreeError};
use crate::verify::concerns_one_file;

/// Directories that could not be read, and why, by the name at the top of the
/// tree that they are beneath.
#[derive(Clone, Default)]
pub(super) struct Unreadable(BTreeMap<Box<[u8]>, Tally<String>>);

/// How many names at the top are kept apart; the others are counted as one.
const MOST_TOPS: usize = 1024;

impl Unreadable {
    fn add(&mut self, path: &ImagePath, why: String) {
        let top = path.components().next().unwrap_or_default();
        let top = if self.0.len() < MOST_TOPS || self.0.contains_key(top) {
            top
        } else {
            b""
        };
        self.0.entry(top.into()).or_default().add(path, why);
    }

    /// Those that are, or may be, this directory at the top or beneath it.
    pub(super) fn beneath(&self, top: &[u8]) -> Tally<String> {
        self.some(|name| name == top || name.is_empty())
    }

    /// All of them.
    pub(super) fn all(&self) -> Tally<String> {
        self.some(|_| true)
    }

    fn some(&self, which: impl Fn(&[u8]) -> bool) -> Tally<String> {
        let mut all = Tally::default();
        for (_, tally) in self.0.iter().filter(|(name, _)| which(name)) {
            all.merge(tally.clone());
        }
        all
    }
}

/// A tree in which a directory that cannot be read has no entries, and is
/// counted, so that a walk goes on.
pub(super) struct Readable<'a> {
    tree: &'a dyn Tree,
    unreadable: Arc<Mutex<Unreadable>>,
}

impl<'a> Readable<'a> {
    pub(super) fn new(tree: &'a dyn Tree) -> Self {
        Self {
            tree,
            unreadable: Arc::default(),
        }
    }

    /// The directories met so far that could not be read, and why.
    pub(super) fn unreadable(&self) -> Unreadable {
        self.unreadable.lock().expect(UNPOISONED).clone()
    }
}

/// Why the lock can be taken.
const UNPOISONED: &str = "nothing panics while it counts";

impl Tree for Readable<'_> {
    fn label(&self) -> String {
        self.tree.label()
    }

    fn respects(&self) -> Respects {
        self.tree.respects()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (entry, directory) = self.tree.root()?;
        let directory = ReadableDirectory {
            path: ImagePath::root(),
            inner: Some(directory),
            unreadable: self.unreadable.clone(),
        };
        Ok((entry, Arc::new(directory)))
    }
}

struct ReadableDirectory {
    path: ImagePath,
    /// Nothing if it could not be opened.
    inner: Option<Arc<dyn Directory>>,
    unreadable: Arc<Mutex<Unreadable>>,
}

impl ReadableDirectory {
    /// What a directory answers that could be opened; no others are asked,
    /// since they have no entries.
    fn inner(&self) -> Result<&dyn Directory, TreeError> {
        self.inner.as_deref().ok_or_else(|| TreeError::Unresolved {
            path: self.path.to_string(),
            reason: "its directory could not be opened",
        })
    }

    fn count(&self, path: &ImagePath, error: &TreeError) {
        let mut unreadable = self.unreadable.lock().expect(UNPOISONED);
        unreadable.add(path, chain(error));
    }
}

impl Directory for ReadableDirectory {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        let Some(inner) = &self.inner else {
            return Ok(Vec::new());
        };
        match inner.entries(monitor) {
            Err(error) if !self.path.is_root() && concerns_one_file(&error) => {
                self.count(&self.path, &error);
                Ok(Vec::new())
            }
            answer => answer,
        }
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        self.inner()?.lookup(name)
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let path = self.path.join(name);
        let inner = match self.inner()?.directory(name) {
            Ok(None) => return Ok(None),
            Ok(inner) => inner,
            Err(error) if concerns_one_file(&error) => {
                self.count(&path, &error);
                None
            }
            Err(error) => return Err(error),
        };
        Ok(Some(Arc::new(Self {
            path,
            inner,
            unreadable: self.unreadable.clone(),
        })))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        self.inner()?.open(name)
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        self.inner()?.open_at(name)
    }

    fn digest(
        &self,
        entry: &Entry,
        algorithm: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        self.inner()?.digest(entry, algorithm, monitor)
    }

    fn allocated(&self, entry: &Entry) -> Result<Option<u64>, TreeError> {
        match &self.inner {
            Some(inner) => inner.allocated(entry),
            None => Ok(None),
        }
    }
}
