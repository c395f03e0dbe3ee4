//! [`Footer`]: the last bytes of a backup, which say where its index is.

use super::VERSION;
use super::skippable::{HEAD, Skippable};
use crate::digest::Digest;

/// Where the index is, and what it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Footer {
    /// Where the skippable frame begins that holds the index.
    pub(super) offset: u64,
    /// How long the index is, without the frame around it.
    pub(super) length: u64,
    pub(super) digest: Digest,
}

/// Bytes of a footer with the skippable frame around it.
pub(super) const LENGTH: usize = 104;

/// What every footer has, before the version as a digit.
const MARK: &[u8; 15] = b"imgtool backup ";

const VERSION_AT: usize = HEAD + MARK.len();
const OFFSET_AT: usize = VERSION_AT + 1;
const LENGTH_AT: usize = OFFSET_AT + 8;
const DIGEST_AT: usize = LENGTH_AT + 8;
const OWN_DIGEST_AT: usize = DIGEST_AT + 32;

/// Why some bytes are no footer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoFooter {
    /// The file is something else, or cut off.
    Unmarked,
    /// It is of another version.
    Version,
    /// It is not as it was written.
    Damaged,
}

impl Footer {
    pub(super) fn bytes(&self) -> [u8; LENGTH] {
        let head = Skippable::Footer.head((LENGTH - HEAD) as u64);
        let mut bytes = [0; LENGTH];
        bytes[..HEAD].copy_from_slice(&head.expect("a short frame"));
        bytes[HEAD..VERSION_AT].copy_from_slice(MARK);
        bytes[VERSION_AT] = b'0' + VERSION;
        bytes[OFFSET_AT..LENGTH_AT].copy_from_slice(&self.offset.to_le_bytes());
        bytes[LENGTH_AT..DIGEST_AT].copy_from_slice(&self.length.to_le_bytes());
        bytes[DIGEST_AT..OWN_DIGEST_AT].copy_from_slice(self.digest.as_bytes());
        let own = Digest::of(&bytes[..OWN_DIGEST_AT]);
        bytes[OWN_DIGEST_AT..].copy_from_slice(own.as_bytes());
        bytes
    }

    /// Whether a file with this end means to be a backup.
    pub(super) fn is_marked(bytes: &[u8; LENGTH]) -> bool {
        bytes[HEAD..VERSION_AT] == *MARK
    }

    pub(super) fn parse(bytes: &[u8; LENGTH]) -> Result<Self, NoFooter> {
        if !Self::is_marked(bytes) {
            return Err(NoFooter::Unmarked);
        }
        let number = |at: usize| {
            let bytes = bytes[at..at + 8].try_into().expect("eight bytes");
            u64::from_le_bytes(bytes)
        };
        let digest: [u8; 32] = bytes[DIGEST_AT..OWN_DIGEST_AT]
            .try_into()
            .expect("32 bytes");
        let footer = Self {
            offset: number(OFFSET_AT),
            length: number(LENGTH_AT),
            digest: digest.into(),
        };
        if footer.bytes() == *bytes {
            return Ok(footer);
        }
        let own = Digest::of(&bytes[..OWN_DIGEST_AT]);
        let is_whole = bytes[OWN_DIGEST_AT..] == *own.as_bytes();
        Err(if is_whole && bytes[VERSION_AT] != b'0' + VERSION {
            NoFooter::Version
        } else {
            NoFooter::Damaged
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_is_a_footer() {
        let footer = Footer {
            offset: 1 << 40,
            length: 77,
            digest: Digest::of(b"index"),
        };
        let bytes = footer.bytes();
        assert_eq!(Footer::parse(&bytes), Ok(footer));
        for bit in 0..LENGTH * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Footer::parse(&changed).is_err(), "bit {bit}");
        }
        assert_eq!(Footer::parse(&[0; LENGTH]), Err(NoFooter::Unmarked));
    }

    #[test]
    fn another_version_is_told() {
        let mut bytes = Footer {
            offset: 0,
            length: 0,
            digest: Digest::of(b""),
        }
        .bytes();
        bytes[VERSION_AT] = b'2';
        assert_eq!(Footer::parse(&bytes), Err(NoFooter::Damaged));
        let own = Digest::of(&bytes[..OWN_DIGEST_AT]);
        bytes[OWN_DIGEST_AT..].copy_from_slice(own.as_bytes());
        assert_eq!(Footer::parse(&bytes), Err(NoFooter::Version));
    }
}
