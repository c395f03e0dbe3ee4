//! Mutating tar archives as what they are: blocks, with a checksum in headers.
//!
//! Bytes changed at random leave hardly any header with the right checksum,
//! and one byte more or less leaves everything behind it out of step. So
//! changes are made within a block or to whole blocks, and checksums are put
//! right; what is then found is an archive that imgtool itself reads alike.

use std::ops::Range;

/// Bytes of a block.
pub const BLOCK: usize = 512;

/// Where a header has its checksum, and the magic by which it is told here.
const CHECKSUM: Range<usize> = 148..156;
const MAGIC: Range<usize> = 257..262;

/// Changes the archive in the first `size` bytes of `bytes`, as `seed` says,
/// and returns its new size, at most the length of `bytes`.
///
/// `change` changes bytes at random: it takes a buffer and how much of it is
/// filled, and returns how much is filled then.
pub fn mutate(
    bytes: &mut [u8],
    size: usize,
    seed: u32,
    change: impl FnOnce(&mut [u8], usize) -> usize,
) -> usize {
    let blocks = size / BLOCK;
    // Two places and a decision from one number, low digits first.
    let mut digits = seed as usize;
    let mut below = |count: usize| {
        let digit = digits % count;
        digits /= count;
        digit
    };
    let decision = below(16);
    let size = match decision {
        _ if blocks == 0 => change(bytes, size),
        0..=2 => change(bytes, size),
        3..=11 => {
            let at = below(blocks) * BLOCK;
            let mut block = [0; BLOCK];
            block.copy_from_slice(&bytes[at..at + BLOCK]);
            let filled = change(&mut block, BLOCK);
            block[filled..].fill(0);
            bytes[at..at + BLOCK].copy_from_slice(&block);
            size
        }
        12 | 13 => {
            let (from, to) = (below(blocks) * BLOCK, below(blocks) * BLOCK);
            bytes.copy_within(from..from + BLOCK, to);
            size
        }
        14 => {
            let first = below(blocks);
            let count = 1 + below(blocks - first).min(7);
            let (start, end) = (first * BLOCK, (first + count) * BLOCK);
            bytes.copy_within(end..size, start);
            size - (end - start)
        }
        _ => {
            let room = (bytes.len() - size) / BLOCK;
            let first = below(blocks);
            let count = (1 + below(blocks - first).min(7)).min(room);
            let (start, end) = (first * BLOCK, (first + count) * BLOCK);
            bytes.copy_within(start..size, end);
            size + (end - start)
        }
    };
    // A wrong checksum is a case of its own.
    if decision != 0 {
        repair(&mut bytes[..size]);
    }
    size
}

/// Puts the checksum of every block right that has the magic of a header.
pub fn repair(archive: &mut [u8]) {
    for block in archive.chunks_exact_mut(BLOCK) {
        if &block[MAGIC] == b"ustar" {
            block[CHECKSUM].fill(b' ');
            let sum: u32 = block.iter().copied().map(u32::from).sum();
            block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use fixtures::archive::{Options, write};
    use fixtures::image::{Arch, Distro, node_installer};

    use super::*;

    #[test]
    fn what_another_wrote_needs_no_repair() {
        let archive = write(
            &node_installer(Arch::X86_64, Distro::Debian12),
            Options::gnu_tar(),
        );
        let mut repaired = archive.clone();
        repaired[CHECKSUM].fill(b'7');
        repair(&mut repaired);
        assert!(repaired == archive);
    }

    #[test]
    fn sizes_stay_within_the_buffer_and_blocks_in_step() {
        for size in [0, 1, 511, 512, 513, 4096, 8192] {
            for seed in 0..5000 {
                let mut bytes = vec![b'x'; 8192];
                let mutated = mutate(&mut bytes, size, seed, |_, filled| filled);
                assert!(mutated <= bytes.len());
                assert_eq!(mutated % BLOCK, size % BLOCK, "{size} bytes, seed {seed}");
            }
        }
    }
}
