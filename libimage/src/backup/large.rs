//! [`Large`]: a file whose content goes over several frames, so that several
//! threads read it.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::archive::write::Regions;
use crate::digest::{Digest, Hasher};
use crate::entry::{Entry, Timestamp};
use crate::error::show;
use crate::monitor::{self, Monitor};
use crate::root::RegularFile;
use crate::tree::{Directory, RecordId, TreeError, is_about_another};

/// A regular file that is as it was listed.
pub(super) struct Source {
    pub(super) file: RegularFile,
    pub(super) size: u64,
    /// Where its data is, if it has holes.
    pub(super) regions: Option<Regions>,
}

impl Source {
    /// Opens the file `entry` of `directory`.
    pub(super) fn open(directory: &dyn Directory, entry: &Entry) -> Result<Self, TreeError> {
        let file = directory.regular(&entry.name).map_err(|error| {
            if is_about_another(&error) {
                let path = directory.path().join(&entry.name);
                return TreeError::Changed {
                    path: format!("`{path}`"),
                };
            }
            error
        })?;
        let file = file.ok_or_else(|| TreeError::NoContent {
            path: directory.path().join(&entry.name).to_string(),
        })?;
        let opened = file.opened();
        let size = opened.size;
        let mtime = Timestamp {
            seconds: opened.mtime_seconds,
            nanoseconds: opened.mtime_nanoseconds,
        };
        if Some(size) != entry.file_size() || mtime != entry.metadata.mtime {
            return Err(changed(&file));
        }
        let regions = if opened.blocks * 512 < size {
            find_regions(&file, size)?
        } else {
            None
        };
        Ok(Self {
            file,
            size,
            regions,
        })
    }

    /// Bytes of its data.
    pub(super) fn stored(&self) -> u64 {
        self.regions.as_ref().map_or(self.size, Regions::stored)
    }

    /// Where in the file so many bytes of its data are, from `offset` on in all
    /// of its data: offsets and lengths.
    pub(super) fn places(&self, offset: u64, length: u64) -> Vec<(u64, u64)> {
        let Some(regions) = &self.regions else {
            return vec![(offset, length)];
        };
        let mut places = Vec::new();
        let (mut passed, end) = (0, offset + length);
        for region in regions.iter() {
            let from = offset.max(passed);
            let to = end.min(passed + region.length);
            if from < to {
                places.push((region.offset + (from - passed), to - from));
            }
            passed += region.length;
        }
        places
    }

    /// Fails if anything was written to it since it was opened.
    pub(super) fn check_unchanged(&self) -> Result<(), TreeError> {
        if self.file.is_unchanged()? {
            Ok(())
        } else {
            Err(changed(&self.file))
        }
    }

    /// Fills `space` with what stands in the file from `offset` on.
    pub(super) fn read(
        &self,
        mut space: &mut [u8],
        mut offset: u64,
        monitor: &dyn Monitor,
    ) -> Result<(), TreeError> {
        while !space.is_empty() {
            monitor::check(monitor)?;
            let most = space.len().min(PIECE);
            let got = self.file.read_some_at(&mut space[..most], offset)?;
            if got == 0 {
                return Err(changed(&self.file));
            }
            monitor.advance(0, got as u64);
            offset += got as u64;
            space = &mut space[got..];
        }
        Ok(())
    }
}

/// Bytes read between two looks at whether to go on.
const PIECE: usize = 1 << 20;

fn changed(file: &RegularFile) -> TreeError {
    TreeError::Changed {
        path: show(file.shown()).to_string(),
    }
}

/// The data of a file that takes less room than it is long; nothing if that is
/// because its file system compresses.
fn find_regions(file: &RegularFile, size: u64) -> Result<Option<Regions>, TreeError> {
    let mut regions = Regions::default();
    let mut offset = 0;
    while offset < size
        && let Some((start, end)) = file.next_data(offset)?
        && start < size
    {
        regions.add(start, end.min(size), size);
        offset = end;
    }
    Ok((!regions.is_whole(size)).then_some(regions))
}

/// A file whose content goes over several frames.
pub(super) struct Large {
    pub(super) id: RecordId,
    pub(super) source: Source,
    turn: Mutex<Turn>,
    turned: Condvar,
}

/// How far a file is hashed: one piece after the other, whoever has read it.
struct Turn {
    part: u64,
    hasher: Hasher,
    position: u64,
    /// A piece will never come.
    failed: bool,
}

impl Large {
    pub(super) fn new(id: RecordId, source: Source) -> Self {
        Self {
            id,
            source,
            turn: Mutex::new(Turn {
                part: 0,
                hasher: Hasher::new(),
                position: 0,
                failed: false,
            }),
            turned: Condvar::new(),
        }
    }

    /// Hashes a part once those before it are: pieces of the file with their
    /// offsets, and holes between them as zeros. The digest if it is the last.
    ///
    /// Hashing takes a tenth of the time of compressing, so whoever has read the
    /// next part meanwhile hardly waits.
    pub(super) fn hash<'b>(
        &self,
        part: u64,
        pieces: impl Iterator<Item = (u64, &'b [u8])>,
        is_last: bool,
    ) -> Result<Option<Digest>, TreeError> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut turn = self
            .turned
            .wait_while(turn, |turn| turn.part != part && !turn.failed)
            .unwrap_or_else(PoisonError::into_inner);
        if turn.failed {
            // Whoever failed says why.
            return Err(TreeError::Cancelled);
        }
        for (offset, bytes) in pieces {
            let hole = offset - turn.position;
            turn.hasher.update_zeros(hole);
            turn.hasher.update(bytes);
            turn.position = offset + bytes.len() as u64;
        }
        turn.part += 1;
        self.turned.notify_all();
        if !is_last {
            return Ok(None);
        }
        let rest = self.source.size - turn.position;
        turn.hasher.update_zeros(rest);
        Ok(Some(turn.hasher.finish()))
    }

    /// Says that a part will never come, to whoever waits for it.
    pub(super) fn fail(&self) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.failed = true;
        self.turned.notify_all();
    }
}
