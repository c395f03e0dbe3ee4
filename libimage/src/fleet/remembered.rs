//! [`remembered`]: a tree that is read once and compared many times.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use crate::digest::{Algorithm, ContentDigest};
use crate::entry::Entry;
use crate::monitor::Monitor;
use crate::tree::{
    Contents, Directory, ReadAt, RecordId, RecordedTree, Records, Trail, Tree, TreeError,
    walk_within,
};

/// A tree whose entries are kept in memory, and whose digests are once they were
/// asked for. What it does not know itself stays unknown.
pub(super) fn remembered(
    tree: &dyn Tree,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<RecordedTree, TreeError> {
    let (top, root) = tree.root()?;
    let mut records = Records::new(top.metadata);
    let mut trail = Trail::new(Records::ROOT);
    walk_within(
        tree,
        threads,
        &|_| false,
        |directory, entry| Ok(entry.is_directory() && directory.is_closed(&entry.name)),
        |walked| {
            let (path, entry) = (walked.path, walked.entry);
            let Some(parent) = path.parent() else {
                return Ok::<(), TreeError>(());
            };
            let above = trail.up_to(&parent);
            let above = *above.expect("a directory comes before its entries");
            let is_directory = entry.is_directory();
            let id = records.insert(above, entry);
            // A name that a directory lists twice was made anew meanwhile.
            let id = id.ok_or_else(|| TreeError::Changed {
                path: format!("`{path}` of {}", tree.label()),
            })?;
            if walked.seen {
                records.close(id);
            } else if is_directory {
                trail.down_to(path, id);
            }
            Ok(())
        },
        monitor,
    )?;
    let live = Live {
        root,
        digests: Mutex::default(),
    };
    Ok(RecordedTree::new(records, tree.label())
        .recording(tree.respects())
        .with(live))
}

/// The tree itself, for what is not remembered of it.
struct Live {
    root: Arc<dyn Directory>,
    digests: Mutex<HashMap<(RecordId, Algorithm), ContentDigest>>,
}

impl Live {
    /// The directory that holds an entry.
    fn above(&self, records: &Records, id: RecordId) -> Result<Arc<dyn Directory>, TreeError> {
        let path = records.path(records.parent(id));
        path.components().try_fold(self.root.clone(), |at, name| {
            let below = at.directory(name)?;
            below.ok_or_else(|| TreeError::Changed {
                path: at.path().join(name).to_string(),
            })
        })
    }
}

impl Contents for Live {
    fn open(&self, records: &Records, id: RecordId) -> Result<Box<dyn Read + Send>, TreeError> {
        self.above(records, id)?.open(records.name(id))
    }

    fn open_at(&self, records: &Records, id: RecordId) -> Result<Box<dyn ReadAt>, TreeError> {
        self.above(records, id)?.open_at(records.name(id))
    }

    fn digest(
        &self,
        records: &Records,
        id: RecordId,
        entry: &Entry,
        wanted: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        let known = || self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&digest) = known().get(&(id, wanted)) {
            return Ok(digest);
        }
        let digest = self.above(records, id)?.digest(entry, wanted, monitor)?;
        known().insert((id, wanted), digest);
        Ok(digest)
    }
}
