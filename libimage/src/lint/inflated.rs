//! [`wasted`]: zeros that take space on the disk.

use super::traces::{Noticed, tallied};
use crate::entry::Entry;
use crate::rules::{FILE_INFLATED, Finding};
use crate::size::Size;
use crate::tree::{Directory, ReadAt, TreeError};
use crate::verify::concerns_one_file;

/// Files that are worth a look, in bytes; what smaller ones waste does not count.
const SMALLEST: u64 = 16 << 20;

/// How many blocks of a file are read, and how long they are: 256 KiB of at
/// least 16 MiB.
const SAMPLES: u64 = 64;
const BLOCK: usize = 4096;

/// How many bytes of a file are zeros and on the disk nevertheless, where that
/// is half of the file or more.
///
/// A few blocks all over the file stand for all of it. Half is far more than
/// that can err by: of 64 blocks of a file in which every fourth is zeros, 32
/// or more are so once in some hundred thousand files.
pub(super) fn wasted(directory: &dyn Directory, entry: &Entry) -> Result<Option<u64>, TreeError> {
    let Some(size) = entry.file_size().filter(|size| *size >= SMALLEST) else {
        return Ok(None);
    };
    let Some(allocated) = directory.allocated(entry)? else {
        return Ok(None);
    };
    if allocated.saturating_mul(2) < size {
        return Ok(None);
    }
    let file = match directory.open_at(&entry.name) {
        Ok(file) => file,
        Err(error) if concerns_one_file(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let zeros = (0..SAMPLES)
        .filter(|sample| is_zeros(&*file, size / SAMPLES * sample))
        .count();
    Ok(judge(size, allocated, zeros as u64))
}

/// Whether the block at an offset can be read and holds nothing but zeros.
fn is_zeros(file: &dyn ReadAt, offset: u64) -> bool {
    let mut block = [0; BLOCK];
    match file.read_at(&mut block, offset) {
        Ok(0) | Err(_) => false,
        Ok(length) => block[..length].iter().all(|byte| *byte == 0),
    }
}

/// Zeros on the disk are those that are in no hole.
fn judge(size: u64, allocated: u64, zeros: u64) -> Option<u64> {
    let holes = size.saturating_sub(allocated);
    let wasted = (size / SAMPLES * zeros).checked_sub(holes)?;
    (wasted >= size / 2).then_some(wasted)
}

/// Files that were unpacked or copied without their holes.
pub(super) fn inflated(traces: &Noticed) -> Vec<Finding> {
    let rest = format!(" with about {} of zeros on the disk", Size(traces.wasted));
    tallied(&FILE_INFLATED, &traces.inflated, "file", &rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_zeros_outside_of_holes_are_wasted() {
        const MIB: u64 = 1 << 20;
        let cases = [
            ("all zeros", 64 * MIB, 64 * MIB, 64, Some(64 * MIB)),
            ("all zeros in a hole", 64 * MIB, 0, 64, None),
            ("half a hole", 64 * MIB, 32 * MIB, 64, Some(32 * MIB)),
            ("half a hole, the rest data", 64 * MIB, 32 * MIB, 32, None),
            ("three quarters", 64 * MIB, 64 * MIB, 48, Some(48 * MIB)),
            ("a quarter", 64 * MIB, 64 * MIB, 16, None),
            ("data", 64 * MIB, 64 * MIB, 0, None),
            (
                "more on the disk than in it",
                64 * MIB,
                65 * MIB,
                64,
                Some(64 * MIB),
            ),
            (
                "as long as a length can be",
                u64::MAX,
                u64::MAX,
                64,
                Some(u64::MAX / 64 * 64),
            ),
        ];
        for (name, size, allocated, zeros, expected) in cases {
            assert_eq!(judge(size, allocated, zeros), expected, "{name}");
        }
    }
}
