//! [`SparseMap`]: where the data of a sparse file lies.
//!
//! GNU tar has written four forms (its manual, "Storing Sparse Files"): the
//! old one in and behind the header, and versions 0.0, 0.1 and 1.0 in PAX
//! records, the last of them with its map before the data.

use super::error::Fault;
use super::header::BLOCK;
use super::limits::Limits;
use super::pax::{Records, decimal, number};

/// One run of data in a sparse file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where it starts in the file.
    pub offset: u64,
    /// How long it is; never zero.
    pub length: u64,
}

/// The data regions of a sparse file; all around them are holes.
///
/// They ascend, do not overlap, lie within the file, and are together as long
/// as the data stored in the archive, which holds them back to back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SparseMap {
    regions: Box<[Region]>,
    stored: u64,
}

impl SparseMap {
    /// Checks a map as it stands in the archive.
    pub(super) fn new(
        pairs: impl IntoIterator<Item = (u64, u64)>,
        size: u64,
        stored: u64,
    ) -> Result<Self, Fault> {
        let mut regions = Vec::new();
        let mut end = 0;
        let mut sum: u64 = 0;
        for (offset, length) in pairs {
            if offset < end {
                return Err(Fault::unsafe_("its sparse map overlaps or goes backward"));
            }
            end = offset
                .checked_add(length)
                .filter(|&end| end <= size)
                .ok_or_else(|| Fault::unsafe_("its sparse map goes past the file's size"))?;
            // Ordered and within the size, so the sum cannot overflow.
            sum += length;
            // Writers mark the file's end by an empty region, and bsdtar the
            // start of a file that is one hole.
            if length > 0 {
                regions.push(Region { offset, length });
            }
        }
        if sum != stored {
            return Err(Fault::unsafe_(format!(
                "its sparse map describes {sum} bytes, but {stored} are stored"
            )));
        }
        Ok(Self {
            regions: regions.into(),
            stored,
        })
    }

    /// The data regions, from the start of the file.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// How many bytes of data there are.
    pub fn stored(&self) -> u64 {
        self.stored
    }
}

/// What a member's PAX records say about its being sparse.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PaxSparse {
    /// The file's size, holes included.
    pub(super) size: u64,
    /// Its map, or nothing if that stands before the data (version 1.0).
    pub(super) map: Option<Vec<(u64, u64)>>,
}

impl PaxSparse {
    /// Takes the `GNU.sparse.*` records of one member, which must be a whole
    /// set of one version.
    pub(super) fn from_records(records: &Records, limits: &Limits) -> Result<Option<Self>, Fault> {
        if !records.is_sparse() {
            return Ok(None);
        }
        let get = |key: &str| -> Result<Option<u64>, Fault> {
            let value = records.get(key.as_bytes());
            value.map(|value| number(value, key)).transpose()
        };
        let orphan = || Fault::corrupt("its sparse records are no whole set of any version");
        let size = match (get("GNU.sparse.size")?, get("GNU.sparse.realsize")?) {
            (Some(one), Some(two)) if one != two => {
                return Err(Fault::unsafe_("its sparse records give two sizes"));
            }
            (one, two) => one.or(two).ok_or_else(orphan)?,
        };
        let size = super::header::size(i128::from(size))?;
        let count = get("GNU.sparse.numblocks")?;
        if let Some(count) = count {
            limits.check_regions(count)?;
        }
        let version = (get("GNU.sparse.major")?, get("GNU.sparse.minor")?);
        let list = records.get(b"GNU.sparse.map");
        let pairs = records.regions();
        let map = match (version, list, pairs, count) {
            ((Some(1), Some(0)), None, [], None) => None,
            ((None, None) | (Some(0), Some(1)), Some(list), [], Some(_)) => {
                Some(parse_list(list, limits)?)
            }
            // A file that is one hole has no pairs, only a count of zero.
            ((None, None) | (Some(0), Some(0)), None, pairs, Some(_)) => Some(pairs.to_vec()),
            ((Some(major), Some(minor)), ..) if !matches!((major, minor), (0, 0 | 1) | (1, 0)) => {
                return Err(Fault::corrupt(format!(
                    "its sparse form {major}.{minor} is unknown"
                )));
            }
            _ => return Err(orphan()),
        };
        if let (Some(map), Some(count)) = (&map, count) {
            limits.check_regions(map.len() as u64)?;
            if map.len() as u64 != count {
                return Err(Fault::corrupt(format!(
                    "its sparse map has {} regions instead of {count}",
                    map.len()
                )));
            }
        }
        Ok(Some(Self { size, map }))
    }
}

/// Version 0.1: offsets and lengths, all separated by commas.
fn parse_list(list: &[u8], limits: &Limits) -> Result<Vec<(u64, u64)>, Fault> {
    let malformed = || Fault::corrupt("its sparse map is malformed");
    let mut numbers = list.split(|&byte| byte == b',').map(decimal);
    let mut pairs = Vec::new();
    while let Some(offset) = numbers.next() {
        let length = numbers.next().flatten().ok_or_else(malformed)?;
        pairs.push((offset.ok_or_else(malformed)?, length));
        limits.check_regions(pairs.len() as u64)?;
    }
    Ok(pairs)
}

/// Reads a map of version 1.0, block by block.
///
/// Decimal numbers, each on a line: how many regions there are, then offset
/// and length of each; zeros to the end of the block.
#[derive(Debug, Default)]
pub(super) struct MapReader {
    number: Vec<u8>,
    count: Option<u64>,
    offset: Option<u64>,
    pairs: Vec<(u64, u64)>,
}

/// A number of 64 bits has at most 20 digits.
const MAX_DIGITS: usize = 20;

impl MapReader {
    /// Takes the next block; `true` once the map is whole.
    pub(super) fn feed(&mut self, block: &[u8; BLOCK], limits: &Limits) -> Result<bool, Fault> {
        for &byte in block {
            if self.is_whole() {
                break;
            }
            if byte == b'\n' {
                self.take_number(limits)?;
            } else if self.number.len() < MAX_DIGITS {
                self.number.push(byte);
            } else {
                return Err(Fault::corrupt("its sparse map is malformed"));
            }
        }
        Ok(self.is_whole())
    }

    fn take_number(&mut self, limits: &Limits) -> Result<(), Fault> {
        let value =
            decimal(&self.number).ok_or_else(|| Fault::corrupt("its sparse map is malformed"))?;
        self.number.clear();
        if self.count.is_none() {
            limits.check_regions(value)?;
            self.count = Some(value);
        } else if let Some(offset) = self.offset.take() {
            self.pairs.push((offset, value));
        } else {
            self.offset = Some(value);
        }
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.count == Some(self.pairs.len() as u64)
    }

    /// The map's offsets and lengths.
    pub(super) fn into_pairs(self) -> Vec<(u64, u64)> {
        self.pairs
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use fixtures::archive::record;

    use super::*;

    #[test]
    fn maps_are_checked() {
        // Pairs, size, bytes stored, and how many regions come out.
        type Case<'a> = (&'a str, &'a [(u64, u64)], u64, u64, Option<usize>);

        let last = u64::MAX;
        let cases: &[Case] = &[
            ("empty file", &[], 0, 0, Some(0)),
            ("one hole", &[], 100, 0, Some(0)),
            (
                "one hole, with GNU's last entry",
                &[(100, 0)],
                100,
                0,
                Some(0),
            ),
            (
                "an empty one before others",
                &[(0, 0), (0, 5)],
                100,
                5,
                Some(1),
            ),
            (
                "one hole, as bsdtar has it",
                &[(0, 0), (100, 0)],
                100,
                0,
                Some(0),
            ),
            (
                "an empty one behind others",
                &[(0, 5), (3, 0)],
                100,
                5,
                None,
            ),
            ("all data", &[(0, 100)], 100, 100, Some(1)),
            ("two regions", &[(10, 5), (20, 5)], 100, 10, Some(2)),
            ("touching regions", &[(10, 5), (15, 5)], 100, 10, Some(2)),
            ("overlapping", &[(10, 5), (14, 5)], 100, 10, None),
            ("backward", &[(20, 5), (10, 5)], 100, 10, None),
            ("past the size", &[(96, 5)], 100, 5, None),
            ("an empty one past the size", &[(101, 0)], 100, 0, None),
            ("overflowing", &[(last, 2)], last, 2, None),
            ("overflowing sum", &[(0, last), (1, last)], last, 0, None),
            ("less than stored", &[(0, 5)], 100, 6, None),
            ("more than stored", &[(0, 5)], 100, 4, None),
        ];
        for (name, pairs, size, stored, regions) in cases {
            let map = SparseMap::new(pairs.iter().copied(), *size, *stored);
            let seen = map.as_ref().ok().map(|map| map.regions().len());
            assert_eq!(seen, *regions, "{name}");
        }
    }

    fn records(lines: &[(&str, &str)]) -> Records {
        let lines = lines.iter();
        let bytes = lines.map(|(key, value)| record(key.as_bytes(), value.as_bytes()));
        let bytes = bytes.collect::<Vec<_>>().concat();
        Records::parse(&bytes).expect("well formed")
    }

    #[test]
    fn versions_are_told_apart() {
        let size = ("GNU.sparse.size", "100");
        let real = ("GNU.sparse.realsize", "100");
        let count = ("GNU.sparse.numblocks", "2");
        let name = ("GNU.sparse.name", "x");
        let offset = ("GNU.sparse.offset", "10");
        let length = ("GNU.sparse.numbytes", "5");
        let list = ("GNU.sparse.map", "10,5,10,5");
        let (major, minor) = (("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"));
        let pairs = || Some(vec![(10, 5), (10, 5)]);
        let cases: &[(&str, &[_], Option<Option<Vec<_>>>)] = &[
            (
                "0.0",
                &[size, count, offset, length, offset, length],
                Some(pairs()),
            ),
            ("0.1", &[size, count, name, list], Some(pairs())),
            ("1.0", &[major, minor, name, real], Some(None)),
            (
                "a hole in 0.0",
                &[size, ("GNU.sparse.numblocks", "0")],
                Some(Some(vec![])),
            ),
            ("only a name", &[name], None),
            ("only a size", &[size], None),
            ("only a map", &[list], None),
            ("only pairs", &[offset, length], None),
            ("1.0 without size", &[major, minor, name], None),
            ("1.0 with a map", &[major, minor, real, count, list], None),
            (
                "1.0 with pairs",
                &[major, minor, real, offset, length],
                None,
            ),
            ("both lists", &[size, count, list, offset, length], None),
            ("a wrong count", &[size, count, offset, length], None),
            (
                "an odd list",
                &[size, count, ("GNU.sparse.map", "1,2,3")],
                None,
            ),
            (
                "a signed list",
                &[size, count, ("GNU.sparse.map", "1,2,+3,4")],
                None,
            ),
            (
                "two sizes",
                &[size, ("GNU.sparse.realsize", "99"), count, list],
                None,
            ),
            ("2.0", &[("GNU.sparse.major", "2"), minor, real], None),
            ("half a version", &[major, real], None),
        ];
        for (label, lines, expected) in cases {
            let seen = PaxSparse::from_records(&records(lines), &Limits::default());
            let seen = seen.ok().map(|sparse| sparse.expect("is sparse").map);
            assert_eq!(seen, *expected, "{label}");
        }
        assert_eq!(
            PaxSparse::from_records(&Records::default(), &Limits::default()),
            Ok(None)
        );
    }

    #[test]
    fn maps_before_the_data() {
        let read = |text: &[u8], limits: &Limits| -> Result<Option<Vec<_>>, Fault> {
            let mut reader = MapReader::default();
            for chunk in text.chunks(BLOCK) {
                let mut block = [0; BLOCK];
                block[..chunk.len()].copy_from_slice(chunk);
                if reader.feed(&block, limits)? {
                    return Ok(Some(reader.into_pairs()));
                }
            }
            Ok(None)
        };
        let limits = Limits::default();
        assert_eq!(read(b"0\n", &limits), Ok(Some(vec![])));
        assert_eq!(
            read(b"2\n0\n5\n100\n0\n", &limits),
            Ok(Some(vec![(0, 5), (100, 0)]))
        );
        let long: Vec<_> = (0..300).map(|index| (index * 10, index)).collect();
        let mut text = format!("{}\n", long.len());
        for (offset, length) in &long {
            writeln!(text, "{offset}\n{length}").expect("into memory");
        }
        assert_eq!(read(text.as_bytes(), &limits), Ok(Some(long)));
        for malformed in [
            &b"\n"[..],
            b"x\n",
            b"1\n-1\n1\n",
            b"1\n 1\n1\n",
            b"000000000000000000000001\n",
            b"\0",
        ] {
            assert!(read(malformed, &limits).is_err());
        }
        assert_eq!(read(b"2\n1\n1\n1\n", &limits).ok(), None);
        assert!(matches!(
            read(b"1000001\n", &limits),
            Err(Fault::Limit {
                limit: 1_000_000,
                ..
            })
        ));
    }
}
