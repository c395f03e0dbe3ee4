//! Sums of content that a node computes: which program made them, and what it
//! says of each file.

use super::find::timestamp;
use crate::digest::{Digest, Sha256};
use crate::entry::Timestamp;

/// The hash that a node has a program for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Blake3,
    Sha256,
}

/// The sum of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sum {
    Blake3(Digest),
    Sha256(Sha256),
}

/// What became of a file when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// It was, and then had this size and mtime.
    Whole(Sum, u64, Timestamp),
    /// It was not there any more.
    Gone,
    /// It could not be read.
    Failed,
}

impl Method {
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        match word {
            b"blake3" => Some(Self::Blake3),
            b"sha256" => Some(Self::Sha256),
            _ => None,
        }
    }

    /// What `b3sum` or `sha256sum` writes of a file: 64 digits; a backslash
    /// before them if the name behind them is escaped. Names are not looked at.
    fn sum(self, line: &str) -> Option<Sum> {
        let digits = line.strip_prefix('\\').unwrap_or(line).get(..64)?;
        Some(match self {
            Self::Blake3 => Sum::Blake3(digits.parse().ok()?),
            Self::Sha256 => Sum::Sha256(digits.parse().ok()?),
        })
    }

    /// Takes the two lines of a file: its sum; its size and mtime.
    pub(super) fn read(self, sum: &[u8], age: &[u8]) -> Option<Read> {
        match (sum, age) {
            (b"gone", b"gone") => return Some(Read::Gone),
            (b"failed", b"failed") => return Some(Read::Failed),
            _ => {}
        }
        // The name behind a sum is not UTF-8 as a rule, the sum is ASCII.
        let sum = self.sum(std::str::from_utf8(sum.get(..sum.len().min(65))?).ok()?)?;
        let (size, mtime) = std::str::from_utf8(age).ok()?.split_once(' ')?;
        Some(Read::Whole(sum, size.parse().ok()?, timestamp(mtime)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_programs_are_understood() {
        let blake3 = Digest::of(b"x");
        let sha256 = Sha256::of(b"x");
        let mtime = Timestamp {
            seconds: 5,
            nanoseconds: 500_000_000,
        };
        let whole = |sum| Some(Read::Whole(sum, 3, mtime));
        for (method, sum, age, expected) in [
            (
                Method::Blake3,
                blake3.to_string(),
                "3 5.5000000000",
                whole(Sum::Blake3(blake3)),
            ),
            (
                Method::Sha256,
                format!("{sha256}  ./a b"),
                "3 5.5",
                whole(Sum::Sha256(sha256)),
            ),
            (
                Method::Sha256,
                format!("\\{sha256}  ./a\\nb"),
                "3 5.5",
                whole(Sum::Sha256(sha256)),
            ),
            (Method::Sha256, "gone".to_owned(), "gone", Some(Read::Gone)),
            (
                Method::Sha256,
                "failed".to_owned(),
                "failed",
                Some(Read::Failed),
            ),
            (Method::Sha256, "gone".to_owned(), "3 5.5", None),
            (Method::Blake3, blake3.to_string(), "gone", None),
            (Method::Blake3, blake3.to_string(), "3", None),
            (Method::Blake3, blake3.to_string(), "x 5.5", None),
            (
                Method::Blake3,
                blake3.to_string()[1..].to_owned(),
                "3 5.5",
                None,
            ),
            (Method::Blake3, String::new(), "3 5.5", None),
        ] {
            assert_eq!(
                method.read(sum.as_bytes(), age.as_bytes()),
                expected,
                "{sum} {age}"
            );
        }
        let mut sum = sha256.to_string().into_bytes();
        sum.extend_from_slice(b"  ./\xff\xfe");
        assert_eq!(
            Method::Sha256.read(&sum, b"3 5.5"),
            whole(Sum::Sha256(sha256))
        );
        assert_eq!(Method::of(b"md5"), None);
    }
}
