//! [`Block`]: a ustar header, and what of an entry fits into one.

use std::ops::Range;

use super::super::header;
use super::record::Records;
use crate::entry::{DeviceNumber, Metadata, Timestamp};

const TYPE: usize = header::TYPE;

/// The largest numbers of seven and of eleven octal digits.
const MOST_ID: u32 = 0o777_7777;
const MOST_SIZE: u64 = 0o777_7777_7777;

/// A header that is being filled.
pub(super) struct Block(header::Block);

/// The numbers of an entry that may be too large for a header.
pub(super) struct Numbers {
    mode: u16,
    uid: u32,
    gid: u32,
    size: u64,
    mtime: Timestamp,
}

impl Numbers {
    /// Those of an entry of which so many bytes are stored.
    pub(super) fn of(metadata: &Metadata, size: u64) -> Self {
        Self {
            mode: metadata.mode,
            uid: metadata.uid,
            gid: metadata.gid,
            size,
            mtime: metadata.mtime,
        }
    }
}

impl Default for Block {
    fn default() -> Self {
        let mut block = [0; header::BLOCK];
        block[header::MAGIC].copy_from_slice(b"ustar\0");
        block[header::VERSION].copy_from_slice(b"00");
        Self(block)
    }
}

impl Block {
    pub(super) fn set_type(&mut self, letter: u8) {
        self.0[TYPE] = letter;
    }

    /// The name, in the header if there is room for it.
    pub(super) fn set_name(&mut self, name: &[u8], records: &mut Records) {
        if let Some((prefix, rest)) = split(name) {
            self.put(header::PREFIX, prefix);
            self.put(header::NAME, rest);
        } else {
            records.put_path(b"path", name);
            self.set_short_name(name);
        }
    }

    /// The target of a link, in the header if there is room for it.
    pub(super) fn set_link(&mut self, target: &[u8], records: &mut Records) {
        if target.len() > header::LINK_NAME.len() {
            records.put_path(b"linkpath", target);
        }
        self.put(header::LINK_NAME, target);
    }

    /// A name that nobody reads who reads the records: as much of it as fits.
    pub(super) fn set_short_name(&mut self, name: &[u8]) {
        self.put(header::NAME, name);
    }

    pub(super) fn set_device(&mut self, number: DeviceNumber) {
        self.put_octal(header::MAJOR, number.major.into());
        self.put_octal(header::MINOR, number.minor.into());
    }

    /// The numbers, in the header or, where it has no room, in records.
    pub(super) fn set_numbers(&mut self, numbers: &Numbers, records: &mut Records) {
        let Numbers {
            mode,
            uid,
            gid,
            size,
            mtime,
        } = numbers;
        for (key, id, field) in [("uid", *uid, header::UID), ("gid", *gid, header::GID)] {
            if id > MOST_ID {
                records.put(key.as_bytes(), id.to_string().as_bytes());
            }
            // Zero would be root.
            self.put_octal(field, id.min(MOST_ID).into());
        }
        if *size > MOST_SIZE {
            records.put(b"size", size.to_string().as_bytes());
        }
        if mtime.nanoseconds != 0 || !fits(mtime.seconds) {
            records.put(b"mtime", time(*mtime).as_bytes());
        }
        self.put_octal(header::MODE, (*mode).into());
        self.put_octal(header::SIZE, (*size).min(MOST_SIZE));
        self.put_octal(header::MTIME, clipped(mtime.seconds));
    }

    /// The numbers of a header that introduces records of so many bytes.
    pub(super) fn set_own_numbers(&mut self, metadata: &Metadata, length: u64) {
        self.put_octal(header::MODE, 0o644);
        self.put_octal(header::UID, 0);
        self.put_octal(header::GID, 0);
        self.put_octal(header::SIZE, length);
        self.put_octal(header::MTIME, clipped(metadata.mtime.seconds));
    }

    /// The header with its checksum.
    pub(super) fn finish(mut self) -> header::Block {
        let sum = header::checksum(&self.0);
        self.0[header::CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0
    }

    fn put(&mut self, field: Range<usize>, text: &[u8]) {
        let length = text.len().min(field.len());
        self.0[field.start..field.start + length].copy_from_slice(&text[..length]);
    }

    /// Digits as many as the field has room for, and a NUL.
    fn put_octal(&mut self, field: Range<usize>, number: u64) {
        let digits = field.len() - 1;
        let text = format!("{number:0digits$o}");
        debug_assert_eq!(text.len(), digits);
        self.put(field, text.as_bytes());
    }
}

/// Cuts a name at a slash so that both parts fit; nothing if that cannot be.
fn split(name: &[u8]) -> Option<(&[u8], &[u8])> {
    if name.len() <= header::NAME.len() {
        return Some((b"", name));
    }
    let earliest = name.len().checked_sub(header::NAME.len() + 1)?;
    let latest = header::PREFIX.len().min(name.len() - 2);
    let slash = (earliest..=latest).find(|&place| name[place] == b'/')?;
    Some((&name[..slash], &name[slash + 1..]))
}

fn fits(seconds: i64) -> bool {
    u64::try_from(seconds).is_ok_and(|seconds| seconds <= MOST_SIZE)
}

/// The time as near as the header has it.
fn clipped(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(0).min(MOST_SIZE)
}

/// Seconds with a fraction, a minus sign before both (POSIX, pax, `mtime`).
fn time(mtime: Timestamp) -> String {
    let Timestamp {
        seconds,
        nanoseconds,
    } = mtime;
    if nanoseconds == 0 {
        return seconds.to_string();
    }
    let (sign, whole, fraction) = if seconds < 0 {
        (
            "-",
            (seconds + 1).unsigned_abs(),
            1_000_000_000 - nanoseconds,
        )
    } else {
        ("", seconds.unsigned_abs(), nanoseconds)
    };
    let text = format!("{sign}{whole}.{fraction:09}");
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::pax::timestamp;

    #[test]
    fn names_are_cut_where_both_parts_fit() {
        let long = |length: usize| vec![b'x'; length];
        let joined = |one: usize, two: usize| [&long(one)[..], b"/", &long(two)].concat();
        let cases = [
            (long(100), Some((0, 100))),
            (long(101), None),
            (joined(1, 100), Some((1, 100))),
            (joined(1, 101), None),
            (joined(155, 100), Some((155, 100))),
            (joined(156, 99), None),
            // A directory's own slash is no place to cut.
            ([&long(100)[..], b"/"].concat(), None),
        ];
        for (name, expected) in cases {
            let lengths = split(&name).map(|(prefix, rest)| (prefix.len(), rest.len()));
            assert_eq!(lengths, expected, "{} bytes", name.len());
        }
    }

    #[test]
    fn times_come_back() {
        let cases = [
            (0, 1, "0.000000001"),
            (1, 500_000_000, "1.5"),
            (-1, 0, "-1"),
            (-1, 500_000_000, "-0.5"),
            (-2, 500_000_000, "-1.5"),
            (-2, 999_999_999, "-1.000000001"),
            (i64::MAX, 999_999_999, "9223372036854775807.999999999"),
        ];
        for (seconds, nanoseconds, text) in cases {
            let mtime = Timestamp {
                seconds,
                nanoseconds,
            };
            assert_eq!(time(mtime), text);
            assert_eq!(timestamp(text.as_bytes()), Some(mtime), "{text}");
        }
    }
}
