//! [`Within`]: a stretch of time in calendar units, as restic's `--keep-within`
//! takes it.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Years, months, days and hours, written as `1y6m7d12h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Calendar years.
    pub years: u16,
    /// Calendar months.
    pub months: u16,
    /// Days of 24 hours: the calendar is that of UTC.
    pub days: u16,
    /// Hours.
    pub hours: u16,
}

impl Within {
    /// The moment that is so much before another one; the earliest there is if
    /// that is too early to be told.
    pub fn before(self, moment: Timestamp) -> Timestamp {
        let span = Span::new()
            .try_years(self.years)
            .and_then(|span| span.try_months(self.months))
            .and_then(|span| span.try_days(self.days))
            .and_then(|span| span.try_hours(self.hours));
        let there = TimeZone::UTC.to_datetime(moment);
        span.and_then(|span| there.checked_sub(span))
            .and_then(|then| TimeZone::UTC.to_timestamp(then))
            .unwrap_or(Timestamp::MIN)
    }
}

/// The text is no stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WithinError;

impl fmt::Display for WithinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "it is no stretch of time such as 7d, 1y6m or 2d12h (years, months, days, hours)",
        )
    }
}

impl std::error::Error for WithinError {}

/// Numbers, each with its unit behind it, from the largest unit to the smallest.
impl FromStr for Within {
    type Err = WithinError;

    fn from_str(text: &str) -> Result<Self, WithinError> {
        let mut within = Self::default();
        let mut rest = text;
        let units = [
            ('y', &mut within.years),
            ('m', &mut within.months),
            ('d', &mut within.days),
            ('h', &mut within.hours),
        ];
        for (letter, number) in units {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if let Some(behind) = rest[digits..].strip_prefix(letter) {
                *number = rest[..digits].parse().map_err(|_| WithinError)?;
                rest = behind;
            }
        }
        if rest.is_empty() && within != Self::default() {
            Ok(within)
        } else {
            Err(WithinError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reaches_back_by_the_calendar() {
        let rows = [
            ("12h", "2026-11-21T12:00:00Z", "2026-11-21T00:00:00Z"),
            ("7d", "2026-03-03T12:00:00Z", "2026-02-24T12:00:00Z"),
            ("1m", "2026-03-31T12:00:00Z", "2026-02-28T12:00:00Z"),
            ("1y", "2024-02-29T12:00:00Z", "2023-02-28T12:00:00Z"),
            ("1y2m3d4h", "2026-05-05T05:00:00Z", "2025-03-02T01:00:00Z"),
        ];
        for (text, from, expected) in rows {
            let within: Within = text.parse().expect(text);
            let from: Timestamp = from.parse().expect("a time");
            assert_eq!(within.before(from).to_string(), expected, "{text}");
        }
        let long: Within = "65535y".parse().expect("a number");
        assert_eq!(long.before(Timestamp::UNIX_EPOCH), Timestamp::MIN);
    }

    #[test]
    fn only_what_means_something_is_taken() {
        for text in [
            "", "7", "d", "0d", "7d1y", "1y1y", "-1d", "1.5d", "7 d", "1w", "65536d",
        ] {
            assert_eq!(text.parse::<Within>(), Err(WithinError), "{text}");
        }
    }
}
