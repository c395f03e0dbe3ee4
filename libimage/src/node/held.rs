//! [`Held`]: the content of a node's files, as far as it was fetched.

use std::collections::HashMap;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use super::error::NodeError;
use super::fetch::{Fetched, Wanted, fetch};
use super::name::Node;
use super::shell::Shell;
use crate::inspect::reach::chain;
use crate::monitor::{Monitor, Phase, Warning};
use crate::path::ImagePath;
use crate::tree::{Contents, Fetch, ReadAt, RecordId, RecordedTree, Records, TreeError};

/// Bytes of content that are kept of a node, in memory: RPM's databases of large
/// images have 300 MB.
const MOST_BYTES: u64 = 512 << 20;

/// Files that are kept of a node: an image of 5000 packages has some 15,000 of
/// dpkg's.
const MOST_FILES: usize = 100_000;

/// The content of some files, and why there is none of others.
#[derive(Default)]
pub(super) struct Held {
    files: Mutex<HashMap<RecordId, Slot>>,
    /// Why the node is not asked again: each attempt may take minutes.
    lost: OnceLock<Arc<str>>,
}

#[derive(Clone)]
enum Slot {
    Content(Bytes),
    Failed(Arc<str>),
}

/// The content of one file, shared by all who read it.
#[derive(Clone)]
struct Bytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut rest = self.0.get(start..).unwrap_or_default();
        rest.read(into)
    }
}

impl Held {
    fn files(&self) -> MutexGuard<'_, HashMap<RecordId, Slot>> {
        self.files.lock().expect("no thread panics with it")
    }

    fn get(&self, records: &Records, id: RecordId) -> Result<Bytes, TreeError> {
        let path = || records.path(id).to_string();
        match self.files().get(&id) {
            Some(Slot::Content(bytes)) => Ok(bytes.clone()),
            Some(Slot::Failed(reason)) => Err(TreeError::NotFetched {
                path: path(),
                reason: reason.clone(),
            }),
            None => Err(TreeError::NoContent { path: path() }),
        }
    }
}

/// What a tree over the records of a node reads.
pub(super) struct Shelf(pub(super) Arc<Held>);

impl Contents for Shelf {
    fn open(&self, records: &Records, id: RecordId) -> Result<Box<dyn Read + Send>, TreeError> {
        Ok(Box::new(Cursor::new(self.0.get(records, id)?)))
    }

    fn open_at(&self, records: &Records, id: RecordId) -> Result<Box<dyn ReadAt>, TreeError> {
        Ok(Box::new(self.0.get(records, id)?))
    }
}

/// Where a node's content comes from, and where it is kept.
pub(super) struct Store {
    pub(super) node: Node,
    pub(super) shell: Shell,
    pub(super) recorded: RecordedTree,
    pub(super) held: Arc<Held>,
}

impl Fetch for Store {
    fn fetch(&self, files: &[ImagePath], monitor: &dyn Monitor) -> Result<(), TreeError> {
        let (ids, wanted) = self.missing(files, monitor);
        if wanted.is_empty() {
            return Ok(());
        }
        let failed = match self.ask(&wanted, monitor)? {
            Ok(fetched) => self.keep(&ids, &wanted, fetched),
            Err(reason) => {
                let slots = ids.iter().map(|&id| (id, Slot::Failed(reason.clone())));
                self.held.files().extend(slots);
                vec![(&wanted[0].path, reason, wanted.len())]
            }
        };
        for (path, reason, count) in failed {
            self.warn(path, count, &reason, monitor);
        }
        Ok(())
    }
}

impl Store {
    /// Fetches files, or tells why none of them; fails only if asked to stop.
    fn ask(
        &self,
        wanted: &[Wanted],
        monitor: &dyn Monitor,
    ) -> Result<Result<Vec<Fetched>, Arc<str>>, TreeError> {
        if let Some(reason) = self.held.lost.get() {
            return Ok(Err(reason.clone()));
        }
        monitor.begin(Phase::Read, Some(wanted.iter().map(|file| file.size).sum()));
        Ok(match fetch(&self.node, &self.shell, wanted, monitor) {
            Ok(fetched) => Ok(fetched),
            Err(NodeError::Cancelled) => return Err(TreeError::Cancelled),
            Err(error) => {
                let reason: Arc<str> = chain(&error).into();
                // Other files may not change at all.
                if !matches!(error, NodeError::Changed { .. }) {
                    self.held.lost.get_or_init(|| reason.clone());
                }
                Err(reason)
            }
        })
    }

    /// Those of some files that are not here yet and that there is room for.
    fn missing(&self, files: &[ImagePath], monitor: &dyn Monitor) -> (Vec<RecordId>, Vec<Wanted>) {
        let records = self.recorded.records();
        let mut held = self.held.files();
        let used = held.values().map(|slot| match slot {
            Slot::Content(bytes) => bytes.size(),
            Slot::Failed(_) => 0,
        });
        let mut room = MOST_BYTES.saturating_sub(used.sum());
        let (mut ids, mut wanted) = (Vec::new(), Vec::new());
        let mut left_out: Option<(&ImagePath, usize)> = None;
        for path in files {
            let Some(id) = find(records, path) else {
                continue;
            };
            let entry = records.entry(id);
            let Some(size) = entry.file_size().filter(|_| !held.contains_key(&id)) else {
                continue;
            };
            if size > room || held.len() + ids.len() >= MOST_FILES {
                left_out.get_or_insert((path, 0)).1 += 1;
            } else if size == 0 {
                held.insert(id, Slot::Content(Bytes(Arc::default())));
            } else {
                room -= size;
                ids.push(id);
                wanted.push(Wanted {
                    path: path.clone(),
                    size,
                    mtime: entry.metadata.mtime,
                });
            }
        }
        drop(held);
        if let Some((path, count)) = left_out {
            self.warn(path, count, "it is more than is kept of a node", monitor);
        }
        (ids, wanted)
    }

    /// Keeps what was fetched; tells what failed, the first by each reason with
    /// how many there are.
    fn keep<'w>(
        &self,
        ids: &[RecordId],
        wanted: &'w [Wanted],
        fetched: Vec<Fetched>,
    ) -> Vec<(&'w ImagePath, Arc<str>, usize)> {
        let mut failed: Vec<(&ImagePath, Arc<str>, usize)> = Vec::new();
        let mut held = self.held.files();
        for ((&id, file), fetched) in ids.iter().zip(wanted).zip(fetched) {
            let slot = match fetched {
                Ok(bytes) => Slot::Content(Bytes(Arc::new(bytes))),
                Err(reason) => {
                    let place = failed.iter().position(|(_, known, _)| **known == *reason);
                    let place = place.unwrap_or_else(|| {
                        failed.push((&file.path, reason.into(), 0));
                        failed.len() - 1
                    });
                    let (_, reason, count) = &mut failed[place];
                    *count += 1;
                    Slot::Failed(reason.clone())
                }
            };
            held.insert(id, slot);
        }
        failed
    }

    fn warn(&self, path: &ImagePath, count: usize, reason: &str, monitor: &dyn Monitor) {
        let more = match count {
            1 => String::new(),
            count => format!(", and of {} more", count - 1),
        };
        monitor.warn(Warning {
            path: ImagePath::root(),
            message: format!(
                "`{}`: the content of `{path}`{more} is not known: {reason}",
                self.node
            ),
        });
    }
}

/// The entry at a path, through no symlink.
fn find(records: &Records, path: &ImagePath) -> Option<RecordId> {
    path.components().try_fold(Records::ROOT, |at, name| {
        let is_open = records.is_directory(at);
        is_open.then(|| records.child(at, name)).flatten()
    })
}
