//! [`Level`]: how hard zstd tries, and what that takes.

use std::fmt;
use std::str::FromStr;

use super::plan::FRAME;

/// A level of zstd, 1 to 22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(i32);

/// The text is no level of zstd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelError;

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level is a number from 1 to 22")
    }
}

impl std::error::Error for LevelError {}

/// Level 3, zstd's own default.
impl Default for Level {
    fn default() -> Self {
        Self(3)
    }
}

impl FromStr for Level {
    type Err = LevelError;

    fn from_str(text: &str) -> Result<Self, LevelError> {
        let number = text.parse().map_err(|_| LevelError)?;
        (1..=22)
            .contains(&number)
            .then_some(Self(number))
            .ok_or(LevelError)
    }
}

/// Memory that all threads may take together; with the records of half a
/// million entries a backup stays below 256 MiB.
const MEMORY: u64 = 176 << 20;

const MIB: u64 = 1 << 20;

impl Level {
    /// The number.
    pub fn number(self) -> i32 {
        self.0
    }

    /// What zstd keeps for a frame, by its tables for input of that size.
    fn context(self) -> u64 {
        match self.0 {
            ..=3 => 4 * MIB,
            4..=12 => 44 * MIB,
            13..=19 => 100 * MIB,
            _ => 160 * MIB,
        }
    }

    /// How many threads there may be: each has a frame, what it is compressed
    /// to, and a former one of those that waits to be written.
    pub(super) fn threads(self, wanted: usize) -> usize {
        let each = 3 * FRAME + self.context();
        let most = usize::try_from(MEMORY / each).expect("a few");
        wanted.clamp(1, most.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_numbers_of_zstd() {
        for (text, level) in [("1", Some(1)), ("22", Some(22)), ("0", None), ("23", None)] {
            assert_eq!(text.parse::<Level>().ok().map(Level::number), level);
        }
        for text in ["", "-3", "x", "3.5"] {
            assert_eq!(text.parse::<Level>(), Err(LevelError), "{text}");
        }
    }

    #[test]
    fn zstd_takes_no_more_than_is_counted_on() {
        let frame: Vec<u8> = (0..FRAME / 8)
            .flat_map(|number| (number / 3 * 7).to_le_bytes())
            .collect();
        // The largest of each step.
        for number in [3, 12, 19, 22] {
            let mut compressor = zstd::bulk::Compressor::new(number).expect("valid");
            compressor.compress(&frame).expect("into memory");
            let taken = compressor.context_mut().sizeof() as u64;
            let level = Level(number);
            assert!(taken <= level.context(), "level {number}: {taken}");
            assert!(level.threads(1) == 1 && level.threads(1000) < 12);
        }
    }
}
