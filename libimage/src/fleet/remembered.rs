//! [`Remembered`]: a tree that is read once and compared many times.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{Entry, Respects};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, RecordId, RecordedTree, Records, Tree, TreeError, walk};

/// A tree whose entries are kept in memory, and whose digests are once they were
/// asked for.
pub(super) struct Remembered {
    recorded: RecordedTree,
    live: Arc<dyn Directory>,
    digests: Arc<Digests>,
}

/// Digests by path and algorithm.
type Digests = Mutex<HashMap<(ImagePath, Algorithm), ContentDigest>>;

impl Remembered {
    /// Reads all entries of a tree.
    pub(super) fn new(
        tree: &dyn Tree,
        threads: usize,
        monitor: &dyn Monitor,
    ) -> Result<Self, TreeError> {
        let (top, live) = tree.root()?;
        let mut records = Records::new(top.metadata);
        let mut trail: Vec<(ImagePath, RecordId)> = vec![(ImagePath::root(), Records::ROOT)];
        walk(
            tree,
            threads,
            |_, _| Ok(()),
            |walked| {
                let (path, entry) = (walked.path, walked.entry);
                let Some(parent) = path.parent() else {
                    return Ok::<(), TreeError>(());
                };
                while trail.last().is_some_and(|(at, _)| *at != parent) {
                    trail.pop();
                }
                let (_, directory) = trail.last().expect("a directory comes before its entries");
                let is_directory = entry.is_directory();
                let id = records.insert(*directory, entry).expect("names come once");
                if is_directory {
                    trail.push((path, id));
                }
                Ok(())
            },
            monitor,
        )?;
        Ok(Self {
            recorded: RecordedTree::new(records, tree.label()).recording(tree.respects()),
            live,
            digests: Arc::default(),
        })
    }
}

impl Tree for Remembered {
    fn label(&self) -> String {
        self.recorded.label()
    }

    fn respects(&self) -> Respects {
        self.recorded.respects()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (entry, recorded) = self.recorded.root()?;
        let directory = RememberedDirectory {
            recorded,
            live: self.live.clone(),
            digests: self.digests.clone(),
        };
        Ok((entry, Arc::new(directory)))
    }
}

struct RememberedDirectory {
    recorded: Arc<dyn Directory>,
    /// The root of the tree itself.
    live: Arc<dyn Directory>,
    digests: Arc<Digests>,
}

impl RememberedDirectory {
    /// The directory itself.
    fn live(&self) -> Result<Arc<dyn Directory>, TreeError> {
        let mut at = self.live.clone();
        for name in self.path().components() {
            let below = at.directory(name)?;
            at = below.ok_or_else(|| TreeError::Changed {
                path: at.path().join(name).to_string(),
            })?;
        }
        Ok(at)
    }
}

impl Directory for RememberedDirectory {
    fn path(&self) -> &ImagePath {
        self.recorded.path()
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        self.recorded.entries(monitor)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        self.recorded.lookup(name)
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let below = self.recorded.directory(name)?;
        Ok(below.map(|recorded| {
            let below: Arc<dyn Directory> = Arc::new(Self {
                recorded,
                live: self.live.clone(),
                digests: self.digests.clone(),
            });
            below
        }))
    }

    fn is_closed(&self, name: &[u8]) -> bool {
        // Where it cannot be opened nothing is known of what is in it.
        self.live().map_or(true, |live| live.is_closed(name))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        self.live()?.open(name)
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        self.live()?.open_at(name)
    }

    fn digest(
        &self,
        entry: &Entry,
        algorithm: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        let known = || self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (self.path().join(&entry.name), algorithm);
        if let Some(&digest) = known().get(&key) {
            return Ok(digest);
        }
        let digest = self.live()?.digest(entry, algorithm, monitor)?;
        known().insert(key, digest);
        Ok(digest)
    }
}
