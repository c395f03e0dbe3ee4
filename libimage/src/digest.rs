//! [`Digest`]: the BLAKE3 hash of a file's content, of a tree, of an archive;
//! [`Sha256`]: what container images call their parts by, and what other tools
//! know of contents; [`ContentDigest`]: either.

use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;

/// A 256-bit BLAKE3 hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Shows 64 lower-case hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestError;

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest is 64 lower-case hexadecimal digits")
    }
}

impl std::error::Error for DigestError {}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(DigestError);
        }
        let mut bytes = [0; 32];
        let mut other = 0;
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let (high, low) = (VALUES[usize::from(*high)], VALUES[usize::from(*low)]);
            other |= high | low;
            *byte = high << 4 | low & 15;
        }
        // Manifests have half a million of them: one look for all digits.
        if other > 15 {
            Err(DigestError)
        } else {
            Ok(Self(bytes))
        }
    }
}

/// What each lower-case hexadecimal digit stands for; more than 15 for all else.
const VALUES: [u8; 256] = {
    let digits = b"0123456789abcdef";
    let mut values = [0xff; 256];
    let mut value = 0;
    while value < 16 {
        values[digits[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// A SHA-256 hash, by which container images name what they are made of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The hash of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }
}

/// Shows 64 lower-case hexadecimal digits.
impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sha256 {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        // The digits are those of any hash of 32 bytes.
        text.parse::<Digest>().map(|digest| Self(digest.0))
    }
}

/// By which hash function contents are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// imgtool's own, and the fastest.
    #[default]
    Blake3,
    /// What is everywhere: mtree files, the coreutils of a node.
    Sha256,
}

/// Shows the algorithm's name.
impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Blake3 => "BLAKE3",
            Self::Sha256 => "SHA-256",
        })
    }
}

/// The digest of a file's content.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentDigest {
    /// Its BLAKE3 hash.
    Blake3(Digest),
    /// Its SHA-256 hash.
    Sha256(Sha256),
}

impl ContentDigest {
    /// The algorithm it was computed by.
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Blake3(_) => Algorithm::Blake3,
            Self::Sha256(_) => Algorithm::Sha256,
        }
    }
}

impl From<Digest> for ContentDigest {
    fn from(digest: Digest) -> Self {
        Self::Blake3(digest)
    }
}

impl From<Sha256> for ContentDigest {
    fn from(digest: Sha256) -> Self {
        Self::Sha256(digest)
    }
}

/// Shows 64 lower-case hexadecimal digits.
impl fmt::Display for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blake3(digest) => digest.fmt(f),
            Self::Sha256(digest) => digest.fmt(f),
        }
    }
}

impl fmt::Debug for ContentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{self}", self.algorithm())
    }
}

/// Computes a [`ContentDigest`] piece by piece.
#[derive(Clone)]
pub enum ContentHasher {
    /// By BLAKE3.
    Blake3(Box<Hasher>),
    /// By SHA-256.
    Sha256(Sha256Hasher),
}

impl ContentHasher {
    /// A hasher that has seen nothing.
    pub fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Blake3 => Self::Blake3(Box::default()),
            Algorithm::Sha256 => Self::Sha256(Sha256Hasher::default()),
        }
    }

    /// Feeds some bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Blake3(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// Feeds `length` zero bytes, as a hole of a sparse file reads.
    pub fn update_zeros(&mut self, length: u64) {
        match self {
            Self::Blake3(hasher) => hasher.update_zeros(length),
            Self::Sha256(hasher) => zeros(length, |zeros| hasher.update(zeros)),
        }
    }

    /// The digest of all that was fed.
    pub fn finish(self) -> ContentDigest {
        match self {
            Self::Blake3(hasher) => hasher.finish().into(),
            Self::Sha256(hasher) => hasher.finish().into(),
        }
    }
}

/// Computes a [`Sha256`] piece by piece.
#[derive(Clone, Default)]
pub struct Sha256Hasher(sha2::Sha256);

impl Sha256Hasher {
    /// Feeds some bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all that was fed.
    pub fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

/// Computes a [`Digest`] piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Hasher(blake3::Hasher);

/// Hands on so many zeros, in pieces.
fn zeros(mut length: u64, mut update: impl FnMut(&[u8])) {
    static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];
    while length > 0 {
        let piece = length.min(ZEROS.len() as u64);
        update(&ZEROS[..usize::try_from(piece).expect("at most 64 KiB")]);
        length -= piece;
    }
}

impl Hasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Feeds some bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Feeds `length` zero bytes, as a hole of a sparse file reads.
    pub fn update_zeros(&mut self, length: u64) {
        zeros(length, |zeros| self.update(zeros));
    }

    /// The digest of all that was fed.
    pub fn finish(&self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_strict_and_comes_back() {
        let digest = Digest::of(b"");
        // The published BLAKE3 test vector for the empty input.
        let hex = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(digest.to_string(), hex);
        assert_eq!(hex.parse(), Ok(digest));
        assert_eq!(hex.to_uppercase().parse::<Digest>(), Err(DigestError));
        assert_eq!(hex[1..].parse::<Digest>(), Err(DigestError));
    }

    #[test]
    fn zeros_hash_as_zeros() {
        let zeros = vec![0; 200_001];
        for (algorithm, expected) in [
            (Algorithm::Blake3, Digest::of(&zeros).into()),
            (Algorithm::Sha256, ContentDigest::from(Sha256::of(&zeros))),
        ] {
            let mut hasher = ContentHasher::new(algorithm);
            hasher.update_zeros(200_001);
            assert_eq!(hasher.finish(), expected);
        }
    }
}
