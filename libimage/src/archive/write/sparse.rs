//! [`Regions`]: where the data of a file with holes stands, as GNU tar writes it
//! in version 1.0 (its manual, "Storing Sparse Files").

use std::io::Write as _;

use super::super::header::BLOCK;
use super::super::sparse::Region;
use super::padding;
use super::record::Records;
use crate::path::ImagePath;

/// The data regions of a file with holes: ascending, apart from each other, in
/// whole blocks but for what ends with the file. GNU tar reads each region block
/// by block, so only the last may end within one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Regions(Vec<Region>);

/// Most regions that a map is written of. What follows is stored with its zeros:
/// whoever reads the map keeps it in memory.
const MOST: usize = 1 << 16;

impl Regions {
    /// Adds the data from `start` to `end` of a file of `size` bytes, which
    /// begins behind all that was added before.
    pub fn add(&mut self, start: u64, end: u64, size: u64) {
        let start = start - start % BLOCK as u64;
        let end = end.next_multiple_of(BLOCK as u64).min(size);
        let is_full = self.0.len() >= MOST;
        match self.0.last_mut() {
            Some(last) if is_full || start <= last.offset + last.length => {
                last.length = last.length.max(end - last.offset);
            }
            _ => self.0.push(Region {
                offset: start,
                length: end - start,
            }),
        }
    }

    /// The regions from the start of the file.
    pub fn iter(&self) -> impl Iterator<Item = Region> {
        self.0.iter().copied()
    }

    /// Bytes of data.
    pub fn stored(&self) -> u64 {
        self.iter().map(|region| region.length).sum()
    }

    /// Whether they are all of a file of `size` bytes.
    pub fn is_whole(&self, size: u64) -> bool {
        self.stored() == size
    }

    /// The map: how many regions there are, where each begins and how long it
    /// is, a line a number, filled up to whole blocks. The last region says how
    /// long the file is, if it does not end with data.
    pub(super) fn map(&self, size: u64) -> Vec<u8> {
        let end = self.0.last().map_or(0, |last| last.offset + last.length);
        let last = (end < size || self.0.is_empty()).then_some(Region {
            offset: size,
            length: 0,
        });
        let infallible = "writing to a Vec cannot fail";
        let mut map = Vec::new();
        writeln!(map, "{}", self.0.len() + usize::from(last.is_some())).expect(infallible);
        for region in self.iter().chain(last) {
            writeln!(map, "{}\n{}", region.offset, region.length).expect(infallible);
        }
        map.resize(map.len() + padding(map.len() as u64), 0);
        map
    }
}

/// The records by which a reader knows that a map stands before the data.
pub(super) fn put_records(name: &[u8], size: u64, records: &mut Records) {
    records.put(b"GNU.sparse.major", b"1");
    records.put(b"GNU.sparse.minor", b"0");
    records.put_path(b"GNU.sparse.name", name);
    records.put(b"GNU.sparse.realsize", size.to_string().as_bytes());
}

/// The name for programs that know no sparse files, and unpack the map with the
/// data: one that shows what it is.
pub(super) fn stand_in(path: &ImagePath) -> Vec<u8> {
    let name = path.file_name().unwrap_or(b".");
    [b"./GNUSparseFile.0/", name].concat()
}

/// A length in whole blocks.
pub fn whole_blocks(length: u64) -> u64 {
    length + padding(length) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_whole_blocks_apart_from_each_other() {
        type Case<'a> = (&'a [(u64, u64)], u64, &'a [(u64, u64)], &'a str);
        let cases: &[Case] = &[
            (&[], 0, &[], "1\n0\n0\n"),
            (&[], 9, &[], "1\n9\n0\n"),
            (&[(0, 9)], 9, &[(0, 9)], "1\n0\n9\n"),
            (&[(100, 200)], 9000, &[(0, 512)], "2\n0\n512\n9000\n0\n"),
            (
                &[(100, 200), (600, 601)],
                9000,
                &[(0, 1024)],
                "2\n0\n1024\n9000\n0\n",
            ),
            (
                &[(0, 1), (4096, 5000)],
                5000,
                &[(0, 512), (4096, 904)],
                "2\n0\n512\n4096\n904\n",
            ),
        ];
        for (added, size, expected, map) in cases {
            let mut regions = Regions::default();
            for (start, end) in *added {
                regions.add(*start, *end, *size);
            }
            let pairs: Vec<_> = regions
                .iter()
                .map(|each| (each.offset, each.length))
                .collect();
            assert_eq!(pairs, *expected);
            let bytes = regions.map(*size);
            assert_eq!(bytes.len() % BLOCK, 0);
            assert!(bytes.starts_with(map.as_bytes()), "{added:?}");
            assert!(bytes[map.len()..].iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn a_map_has_an_end() {
        let mut regions = Regions::default();
        let count = MOST as u64 + 10;
        for number in 0..count {
            regions.add(number * 4096, number * 4096 + 512, count * 4096);
        }
        assert_eq!(regions.iter().count(), MOST);
        let last = regions.iter().last().expect("there are many");
        assert_eq!(last.offset + last.length, (count - 1) * 4096 + 512);
    }
}
