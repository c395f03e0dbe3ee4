//! [`Generation`]: the backups of one tree are told apart by the time in their
//! names.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What the names of backups end with.
const SUFFIX: &[u8] = b".tar.zst";

/// The time in a name, as ISO 8601 writes it without separators, which stand in
/// the way in names of files.
const FORM: &str = "%Y%m%dT%H%M%SZ";

/// A dash and the time.
const STAMP: usize = "-20260101T000000Z".len();

/// One backup of a tree among several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation {
    /// The name of the tree.
    pub tree: Box<[u8]>,
    /// When the backup was begun, to the second.
    pub time: Timestamp,
}

impl Generation {
    /// Takes it from the name of a file; nothing if that is no such name.
    pub fn parse(name: &[u8]) -> Option<Self> {
        let name = name.strip_suffix(SUFFIX)?;
        let (tree, stamp) = name.split_at_checked(name.len().checked_sub(STAMP)?)?;
        let stamp = std::str::from_utf8(stamp).ok()?.strip_prefix('-')?;
        let time = DateTime::strptime(FORM, stamp).ok()?;
        let time = TimeZone::UTC.to_timestamp(time).ok()?;
        let generation = Self {
            tree: tree.into(),
            time,
        };
        // Whatever else the parser takes, there is one way to write it.
        let is_one = !tree.is_empty() && generation.name() == [name, SUFFIX].concat();
        is_one.then_some(generation)
    }

    /// The name of its file.
    pub fn name(&self) -> Vec<u8> {
        let stamp = TimeZone::UTC
            .to_datetime(self.time)
            .strftime(FORM)
            .to_string();
        [&*self.tree, b"-", stamp.as_bytes(), SUFFIX].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways() {
        let rows: [(&[u8], &[u8], &str); 4] = [
            (b"image-20260229T000000Z.tar.zst", b"", ""),
            (
                b"image-20240229T235959Z.tar.zst",
                b"image",
                "2024-02-29T23:59:59Z",
            ),
            (
                b"a-20260101T000000Z-20261121T003149Z.tar.zst",
                b"a-20260101T000000Z",
                "2026-11-21T00:31:49Z",
            ),
            (
                b"\xff-20261121T003149Z.tar.zst",
                b"\xff",
                "2026-11-21T00:31:49Z",
            ),
        ];
        for (name, tree, time) in rows {
            let shown = name.escape_ascii();
            let expected = (!tree.is_empty()).then(|| Generation {
                tree: tree.into(),
                time: time.parse().expect("a time"),
            });
            assert_eq!(Generation::parse(name), expected, "{shown}");
            if let Some(generation) = expected {
                assert_eq!(generation.name(), name, "{shown}");
            }
        }
    }

    #[test]
    fn other_names_are_none() {
        for name in [
            "",
            ".tar.zst",
            "-20261121T003149Z.tar.zst",
            "image-20261121T003149Z.tar",
            "image-20261121T003149.tar.zst",
            "image20261121T003149Z.tar.zst",
            "image-2026-11-21T003149Z.tar.zst",
            "image-20261121T 03149Z.tar.zst",
            "image-20261121T003160Z.tar.zst",
            "image-20261121t003149z.tar.zst",
        ] {
            assert_eq!(Generation::parse(name.as_bytes()), None, "{name}");
        }
    }
}
