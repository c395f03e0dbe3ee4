//! Skippable frames: a magic number, a length, and anything (RFC 8878, 3.1.2).

/// What a skippable frame of a backup is, told by its magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skippable {
    Manifest,
    Info,
    Index,
    Footer,
}

/// Bytes before what a skippable frame holds.
pub(super) const HEAD: usize = 8;

impl Skippable {
    fn magic(self) -> u32 {
        // The numbers are those of nobody else: pzstd has 0, the format of
        // seekable zstd files has E.
        0x184D_2A50
            + match self {
                Self::Manifest => 8,
                Self::Info => 9,
                Self::Index => 10,
                Self::Footer => 11,
            }
    }

    /// What stands before so many bytes; nothing if a frame cannot be so long.
    pub(super) fn head(self, length: u64) -> Option<[u8; HEAD]> {
        let length = u32::try_from(length).ok()?;
        let mut head = [0; HEAD];
        head[..4].copy_from_slice(&self.magic().to_le_bytes());
        head[4..].copy_from_slice(&length.to_le_bytes());
        Some(head)
    }
}
