//! [`KeptTimes`]: mtimes that a file system could not keep.

use crate::entry::Timestamp;
use crate::monitor::{Monitor, Warning};
use crate::path::ImagePath;
use crate::tree::{RecordId, Records};

/// Records the times that the file system has, where it could not keep those
/// it was given: file systems clamp what is out of their range (ext4 after
/// 2446) without a word, and some know no fractions.
pub(super) struct KeptTimes {
    /// Whether the file system is known to lose fractions.
    coarse: bool,
    altered: u64,
}

impl KeptTimes {
    /// Seconds since 1970 that every file system of Linux keeps as they are.
    const SURE: std::ops::Range<i64> = 0..1 << 31;

    pub(super) fn new(coarse: bool) -> Self {
        Self { coarse, altered: 0 }
    }

    /// Whether an entry's time may be another on disk.
    pub(super) fn doubts(&self, records: &Records, id: RecordId) -> bool {
        self.coarse || !Self::SURE.contains(&records.metadata(id).mtime.seconds)
    }

    /// Records the time that an entry has.
    pub(super) fn note(&mut self, records: &mut Records, id: RecordId, kept: Timestamp) {
        let mut metadata = records.metadata(id);
        if metadata.mtime != kept {
            metadata.mtime = kept;
            records.set_metadata(id, metadata);
            self.altered += 1;
        }
    }

    /// Says once how many times are not as they were.
    pub(super) fn warn(&self, monitor: &dyn Monitor) {
        if self.altered > 0 {
            let count = self.altered;
            monitor.warn(Warning {
                path: ImagePath::root(),
                message: format!(
                    "{count} mtimes are not as they were: this file system cannot keep them"
                ),
            });
        }
    }
}
