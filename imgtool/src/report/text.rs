//! [`Text`]: rows for people.

use std::fmt::{self, Display};
use std::io::{self, Write};

use indicatif::{BinaryBytes, HumanCount};

use crate::color::Paint;

/// Where text goes and how much of it is wanted.
pub(crate) struct Text<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) verbose: bool,
    pub(super) paint: Paint,
}

impl Text<'_> {
    /// A line of its own.
    pub(super) fn line(&mut self, line: impl Display) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// A line about one property of what the line above named.
    pub(super) fn row(&mut self, label: &str, value: impl Display) -> io::Result<()> {
        writeln!(self.out, "  {label:<10}{value}")
    }
}

/// A size for people, with the number itself.
pub(super) struct Size(pub(super) u64);

impl Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", HumanCount(self.0))?;
        if self.0 >= 1024 {
            write!(f, " ({})", BinaryBytes(self.0))?;
        }
        Ok(())
    }
}

/// A count with its noun, `1 entry` or `2 entries`.
pub(super) struct Counted(
    pub(super) u64,
    pub(super) &'static str,
    pub(super) &'static str,
);

impl Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, one, more) = self;
        let noun = if *count == 1 { one } else { more };
        write!(f, "{} {noun}", HumanCount(*count))
    }
}
