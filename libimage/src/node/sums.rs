//! Sums of content that a node computes: which program made them, and what it
//! says of each file.

use super::find::timestamp;
use crate::digest::{Algorithm, ContentDigest, Digest, Sha256};
use crate::entry::Timestamp;

/// What became of a file when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// It was, and then had this size and mtime.
    Whole(ContentDigest, u64, Timestamp),
    /// It was not there any more.
    Gone,
    /// It could not be read.
    Failed,
}

/// By what a node computes sums.
pub(super) fn algorithm(word: &[u8]) -> Option<Algorithm> {
    match word {
        b"blake3" => Some(Algorithm::Blake3),
        b"sha256" => Some(Algorithm::Sha256),
        _ => None,
    }
}

/// What `b3sum` or `sha256sum` writes of a file: 64 digits; a backslash before
/// them if the name behind them is escaped. Names are not looked at.
fn digest(algorithm: Algorithm, line: &[u8]) -> Option<ContentDigest> {
    let digits = line.strip_prefix(b"\\").unwrap_or(line).get(..64)?;
    let digits = std::str::from_utf8(digits).ok()?;
    Some(match algorithm {
        Algorithm::Blake3 => digits.parse::<Digest>().ok()?.into(),
        Algorithm::Sha256 => digits.parse::<Sha256>().ok()?.into(),
    })
}

/// What the two lines of a file say: its sum; its size and mtime.
pub(super) fn read(algorithm: Algorithm, sum: &[u8], age: &[u8]) -> Option<Read> {
    match (sum, age) {
        (b"gone", b"gone") => return Some(Read::Gone),
        (b"failed", b"failed") => return Some(Read::Failed),
        _ => {}
    }
    let digest = digest(algorithm, sum)?;
    let (size, mtime) = std::str::from_utf8(age).ok()?.split_once(' ')?;
    Some(Read::Whole(digest, size.parse().ok()?, timestamp(mtime)?))
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
        let whole = |digest: ContentDigest| Some(Read::Whole(digest, 3, mtime));
        for (algorithm, sum, age, expected) in [
            (
                Algorithm::Blake3,
                blake3.to_string(),
                "3 5.5000000000",
                whole(blake3.into()),
            ),
            (
                Algorithm::Sha256,
                format!("{sha256}  ./a b"),
                "3 5.5",
                whole(sha256.into()),
            ),
            (
                Algorithm::Sha256,
                format!("\\{sha256}  ./a\\nb"),
                "3 5.5",
                whole(sha256.into()),
            ),
            (
                Algorithm::Sha256,
                "gone".to_owned(),
                "gone",
                Some(Read::Gone),
            ),
            (
                Algorithm::Sha256,
                "failed".to_owned(),
                "failed",
                Some(Read::Failed),
            ),
            (Algorithm::Sha256, "gone".to_owned(), "3 5.5", None),
            (Algorithm::Blake3, blake3.to_string(), "gone", None),
            (Algorithm::Blake3, blake3.to_string(), "3", None),
            (Algorithm::Blake3, blake3.to_string(), "x 5.5", None),
            (
                Algorithm::Blake3,
                blake3.to_string()[1..].to_owned(),
                "3 5.5",
                None,
            ),
            (Algorithm::Blake3, String::new(), "3 5.5", None),
        ] {
            assert_eq!(
                read(algorithm, sum.as_bytes(), age.as_bytes()),
                expected,
                "{sum} {age}"
            );
        }
        let mut sum = sha256.to_string().into_bytes();
        sum.extend_from_slice(b"  ./\xff\xfe");
        assert_eq!(
            read(Algorithm::Sha256, &sum, b"3 5.5"),
            whole(sha256.into())
        );
        assert_eq!(algorithm(b"md5"), None);
    }
}
