//! [`Text`]: rows for people.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount};
use libimage::error::show;

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

    /// What became of a tree that stood there before, if there was one.
    pub(super) fn replaced(
        &mut self,
        replaced: bool,
        left_behind: Option<&Path>,
    ) -> io::Result<()> {
        match left_behind {
            Some(left) => {
                let left = format_args!("the former tree is left in {}", show(left));
                self.row("replaced", left)
            }
            None if replaced => self.row("replaced", "the former tree is removed"),
            None => Ok(()),
        }
    }
}

/// How long something took, and how fast it went.
pub(super) struct Pace {
    pub(super) time: Duration,
    pub(super) bytes: u64,
    pub(super) entries: u64,
}

impl Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.time.as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate for people"
        )]
        let rate = |count: u64| (count as f64 / seconds.max(1e-9)) as u64;
        let (bytes, entries) = (BinaryBytes(rate(self.bytes)), rate(self.entries));
        write!(
            f,
            "{}, {bytes}/s, {} entries/s",
            Seconds(self.time),
            HumanCount(entries)
        )
    }
}

/// A time for people, in tenths of a second, below one second in hundredths.
pub(super) struct Seconds(pub(super) Duration);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let places = if seconds < 1.0 { 2 } else { 1 };
        write!(f, "{seconds:.places$} s")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_are_told_more_exactly() {
        for (milliseconds, text) in [
            (4, "0.00 s"),
            (34, "0.03 s"),
            (999, "1.00 s"),
            (1234, "1.2 s"),
        ] {
            let time = Duration::from_millis(milliseconds);
            assert_eq!(Seconds(time).to_string(), text);
        }
    }
}
