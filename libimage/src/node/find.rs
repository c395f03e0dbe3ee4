//! What `find` on a node writes of an entry.
//!
//! GNU find's `-printf` (find(1)), as `node.sh` has it: `x` or `e` and then
//! `%y %m %U %G %s %T@ %i %D %n`, the path, the target of a symlink.

use crate::entry::{DeviceNumber, Kind, Timestamp};

/// An entry as `find` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Whether it is a directory that was not looked into.
    pub(super) is_closed: bool,
    /// What it is; of a symlink the target is still to come, of a device the
    /// number.
    pub(super) kind: Kind,
    pub(super) mode: u16,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) mtime: Timestamp,
    pub(super) inode: u64,
    pub(super) device: u64,
    /// How many names its inode has.
    pub(super) names: u64,
}

impl Found {
    /// Reads a description.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (is_closed, text) = match text.strip_prefix('x') {
            Some(text) => (true, text),
            None => (false, text.strip_prefix('e')?),
        };
        let mut words = text.split(' ');
        let mut word = || words.next();
        let letter = word()?;
        let mode = u16::from_str_radix(word()?, 8).ok()?;
        let uid = word()?.parse().ok()?;
        let gid = word()?.parse().ok()?;
        let size = word()?.parse().ok()?;
        let mtime = timestamp(word()?)?;
        let inode = word()?.parse().ok()?;
        let device = word()?.parse().ok()?;
        let names = word()?.parse().ok()?;
        let number = DeviceNumber { major: 0, minor: 0 };
        let kind = match letter {
            "d" => Kind::Directory,
            "f" => Kind::File { size },
            "l" => Kind::Symlink {
                target: Box::default(),
            },
            "c" => Kind::CharDevice(number),
            "b" => Kind::BlockDevice(number),
            "p" => Kind::Fifo,
            "s" => Kind::Socket,
            _ => return None,
        };
        let is_whole = words.next().is_none() && mode <= 0o7777;
        let is_possible = !is_closed || kind == Kind::Directory;
        (is_whole && is_possible).then_some(Self {
            is_closed,
            kind,
            mode,
            uid,
            gid,
            mtime,
            inode,
            device,
            names,
        })
    }
}

/// The number of a device: what `stat` writes for `d%t %T`, in hexadecimal.
pub(super) fn device_number(text: &[u8]) -> Option<DeviceNumber> {
    let text = std::str::from_utf8(text.strip_prefix(b"d")?).ok()?;
    let (major, minor) = text.split_once(' ')?;
    let number = |text| u32::from_str_radix(text, 16).ok();
    Some(DeviceNumber {
        major: number(major)?,
        minor: number(minor)?,
    })
}

/// A moment as `%T@` has it: seconds, a point, and ten digits, of which the
/// last is always 0. Before 1970 the seconds are negative and the fraction
/// counts upward all the same, as in `struct timespec`.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    Some(Timestamp {
        seconds: seconds.parse().ok()?,
        nanoseconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_fractions_before_1970_too() {
        for (text, expected) in [
            ("0.0000000000", Some((0, 0))),
            ("1700000000.1234567890", Some((1_700_000_000, 123_456_789))),
            ("-2.2500000000", Some((-2, 250_000_000))),
            ("5", Some((5, 0))),
            ("5.5", Some((5, 500_000_000))),
            ("5.", None),
            (".5", None),
            ("5.x", None),
            ("5.1.2", None),
            ("", None),
            ("99999999999999999999.0", None),
        ] {
            let expected = expected.map(|(seconds, nanoseconds)| Timestamp {
                seconds,
                nanoseconds,
            });
            assert_eq!(timestamp(text), expected, "{text}");
        }
    }

    #[test]
    fn descriptions_are_whole_or_none() {
        let found = Found::parse(b"ef 4755 4294967294 5 83 1.5000000000 7 65024 2");
        let expected = Found {
            is_closed: false,
            kind: Kind::File { size: 83 },
            mode: 0o4755,
            uid: 4_294_967_294,
            gid: 5,
            mtime: Timestamp {
                seconds: 1,
                nanoseconds: 500_000_000,
            },
            inode: 7,
            device: 65024,
            names: 2,
        };
        assert_eq!(found, Some(expected));
        for (text, is_one) in [
            ("xd 755 0 0 4096 1.0 7 65024 2", true),
            ("el 777 0 0 3 1.0 7 65024 1", true),
            ("eb 660 0 6 0 1.0 7 5 1", true),
            ("xf 644 0 0 0 1.0 7 65024 1", false),
            ("eD 644 0 0 0 1.0 7 65024 1", false),
            ("e? 644 0 0 0 1.0 7 65024 1", false),
            ("ef 644 0 0 0 1.0 7 65024", false),
            ("ef 644 0 0 0 1.0 7 65024 1 1", false),
            ("ef 10000 0 0 0 1.0 7 65024 1", false),
            ("ef 888 0 0 0 1.0 7 65024 1", false),
            ("ef 644 -1 0 0 1.0 7 65024 1", false),
            ("ef  644 0 0 0 1.0 7 65024 1", false),
            ("f 644 0 0 0 1.0 7 65024 1", false),
            ("", false),
        ] {
            assert_eq!(Found::parse(text.as_bytes()).is_some(), is_one, "{text}");
        }
    }

    #[test]
    fn device_numbers_are_hexadecimal() {
        let number = |major, minor| Some(DeviceNumber { major, minor });
        for (text, expected) in [
            ("d1 3", number(1, 3)),
            ("d5 12c", number(5, 300)),
            ("dfff fffff", number(4095, 1_048_575)),
            ("d1", None),
            ("1 3", None),
            ("d1 3 5", None),
            ("d-1 3", None),
            ("d100000000 3", None),
        ] {
            assert_eq!(device_number(text.as_bytes()), expected, "{text}");
        }
    }
}
