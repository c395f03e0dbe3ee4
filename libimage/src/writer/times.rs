//! [`Keeper`]: which mtimes a file system keeps; [`KeptTimes`]: those that it has
//! instead.

use crate::entry::{Metadata, Timestamp};
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::tree::{RecordId, Records};

/// The times that the file system has, where it could not keep those that it was
/// given: file systems clamp what is out of their range (ext4 after 2446) without
/// a word, and some know no fractions.
#[derive(Debug, Default)]
#[must_use = "the records have other times than the file system"]
pub struct KeptTimes(Vec<(RecordId, Timestamp)>);

impl KeptTimes {
    /// Puts them into the records of what was written.
    pub fn record(self, records: &mut Records) {
        for (id, mtime) in self.0 {
            let metadata = records.metadata(id);
            records.set_metadata(id, Metadata { mtime, ..metadata });
        }
    }

    /// Whether every time is as it was given.
    pub fn is_exact(&self) -> bool {
        self.0.is_empty()
    }

    /// Says once how many times are not as they were.
    pub(super) fn warn(&self, monitor: &dyn Monitor) {
        if !self.is_exact() {
            let count = self.0.len();
            monitor.warn(Warning {
                path: ImagePath::root(),
                message: format!(
                    "{count} mtimes are not as they were: this file system cannot keep them"
                ),
            });
        }
    }
}

/// Finds out which times are kept.
pub(super) struct Keeper {
    /// Whether the file system is known to lose fractions.
    coarse: bool,
    kept: KeptTimes,
}

impl Keeper {
    /// Seconds since 1970 that every file system of Linux keeps as they are.
    const SURE: std::ops::Range<i64> = 0..1 << 31;

    pub(super) fn new(coarse: bool) -> Self {
        Self {
            coarse,
            kept: KeptTimes::default(),
        }
    }

    /// Whether an entry's time may be another on disk.
    pub(super) fn doubts(&self, records: &Records, id: RecordId) -> bool {
        self.coarse || !Self::SURE.contains(&records.metadata(id).mtime.seconds)
    }

    /// Notes the time that an entry has.
    pub(super) fn note(&mut self, records: &Records, id: RecordId, kept: Timestamp) {
        if records.metadata(id).mtime != kept {
            self.kept.0.push((id, kept));
        }
    }

    pub(super) fn finish(self) -> KeptTimes {
        self.kept
    }
}
