//! [`Seal`]: the two digests at the end of a manifest, over its lines.

use super::LAST_WORD;
use super::Summary;
use crate::digest::{Digest, Hasher};

/// How many bytes are fed at once: a line at a time would be hashed several
/// times slower, since BLAKE3 takes up to 16 KiB in one go.
const PIECE: usize = 64 * 1024;

/// What is hashed of the lines as they come.
#[derive(Default)]
pub(super) struct Seal {
    /// All lines.
    whole: Hasher,
    /// Those between the first and the last.
    tree: Hasher,
    /// What is not fed yet, to both.
    waiting: Vec<u8>,
}

impl Seal {
    /// Begins with the first line, newline included as in all of them.
    pub(super) fn new(first: &[u8]) -> Self {
        let mut seal = Self::default();
        seal.whole.update(first);
        seal
    }

    /// A line between the first and the last.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.waiting.extend_from_slice(line);
        if self.waiting.len() >= PIECE {
            self.feed();
        }
    }

    fn feed(&mut self) {
        self.whole.update(&self.waiting);
        self.tree.update(&self.waiting);
        self.waiting.clear();
    }

    /// The digest of the lines between the first and the last.
    pub(super) fn tree(&mut self) -> Digest {
        self.feed();
        self.tree.finish()
    }

    /// The last line.
    pub(super) fn last_line(mut self, summary: &Summary) -> String {
        self.feed();
        let head = format!("{LAST_WORD} {} {} ", summary.lines(), summary.digest);
        self.whole.update(head.as_bytes());
        format!("{head}{}\n", self.whole.finish())
    }
}
