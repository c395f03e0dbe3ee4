//! [`Retention`]: which of the backups of a tree are kept.
//!
//! The words and their meaning are those of restic's `forget`
//! (<https://restic.readthedocs.io/en/stable/060_forget.html>), in UTC: of the
//! last N hours, days, weeks, months or years that have a backup, the newest one
//! of each is kept; while there are fewer, the oldest of all is kept as well.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::within::Within;

/// How many backups are kept, by each rule; zero is no rule.
///
/// `u64::MAX` keeps all that the rule may keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// The newest ones.
    pub last: u64,
    /// The newest of an hour.
    pub hourly: u64,
    /// The newest of a day.
    pub daily: u64,
    /// The newest of a week, which begins on Monday (ISO 8601).
    pub weekly: u64,
    /// The newest of a month.
    pub monthly: u64,
    /// The newest of a year.
    pub yearly: u64,
    /// All that are at most so much older than the newest.
    pub within: Option<Within>,
}

/// Why a backup is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is the newest of all, which is never removed.
    Newest,
    /// A rule of the user's picks it.
    Rule(Rule),
    /// It is the oldest, and a rule has not found as many as it keeps.
    Oldest(Rule),
    /// It is the newest that is good, though not the newest of all.
    OnlyGood,
    /// It is of a time that is still to come, and counts for no rule: it was made
    /// when the clock was wrong, or the clock is wrong now.
    Future,
    /// It is not proven good, and may hold what is nowhere else.
    Damaged,
}

/// A rule by which backups are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// [`Retention::last`].
    Last,
    /// [`Retention::hourly`].
    Hourly,
    /// [`Retention::daily`].
    Daily,
    /// [`Retention::weekly`].
    Weekly,
    /// [`Retention::monthly`].
    Monthly,
    /// [`Retention::yearly`].
    Yearly,
    /// [`Retention::within`].
    Within,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Last => "last",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Yearly => "yearly",
            Self::Within => "within",
        })
    }
}

/// Shows it as one or two words.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest => f.write_str("newest"),
            Self::Rule(rule) => rule.fmt(f),
            Self::Oldest(rule) => write!(f, "oldest {rule}"),
            Self::OnlyGood => f.write_str("newest good"),
            Self::Future => f.write_str("future"),
            Self::Damaged => f.write_str("damaged"),
        }
    }
}

impl Retention {
    /// Whether it has no rule, so that it would keep the newest alone.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Why each of these backups is kept, from the newest to the oldest; one
    /// without a reason is not.
    ///
    /// # Panics
    ///
    /// If the times are not in that order.
    pub fn judge(&self, newest_first: &[Timestamp]) -> Vec<Vec<Reason>> {
        assert!(
            newest_first.is_sorted_by(|newer, older| newer >= older),
            "the newest comes first"
        );
        let mut kept = vec![Vec::new(); newest_first.len()];
        let Some((&newest, first)) = newest_first.first().zip(kept.first_mut()) else {
            return kept;
        };
        first.push(Reason::Newest);
        for (number, reasons) in kept.iter_mut().enumerate() {
            if (number as u64) < self.last {
                reasons.push(Reason::Rule(Rule::Last));
            }
        }
        for (rule, count, period) in self.periods() {
            keep_newest_of_each(rule, count, period, newest_first, &mut kept);
        }
        if let Some(within) = self.within {
            let since = within.before(newest);
            for (&time, reasons) in newest_first.iter().zip(&mut kept) {
                if time >= since {
                    reasons.push(Reason::Rule(Rule::Within));
                }
            }
        }
        kept
    }

    /// The rules that keep the newest of some period, and what two times of one
    /// period have in common.
    fn periods(&self) -> [(Rule, u64, Period); 5] {
        [
            (Rule::Hourly, self.hourly, |at| {
                [year(at), at.day_of_year(), at.hour().into()]
            }),
            (Rule::Daily, self.daily, |at| {
                [year(at), at.day_of_year(), 0]
            }),
            (Rule::Weekly, self.weekly, |at| {
                let week = at.iso_week_date();
                [week.year(), week.week().into(), 0]
            }),
            (Rule::Monthly, self.monthly, |at| {
                [year(at), at.month().into(), 0]
            }),
            (Rule::Yearly, self.yearly, |at| [year(at), 0, 0]),
        ]
    }
}

/// What two times of one period have in common.
type Period = fn(DateTime) -> [i16; 3];

fn year(at: DateTime) -> i16 {
    at.year()
}

fn keep_newest_of_each(
    rule: Rule,
    mut count: u64,
    period: Period,
    newest_first: &[Timestamp],
    kept: &mut [Vec<Reason>],
) {
    let mut before = None;
    let oldest = newest_first.len() - 1;
    for (number, (time, reasons)) in newest_first.iter().zip(kept).enumerate() {
        if count == 0 {
            return;
        }
        let this = Some(period(TimeZone::UTC.to_datetime(*time)));
        if this != before {
            before = this;
            count -= 1;
            reasons.push(Reason::Rule(rule));
        } else if number == oldest {
            reasons.push(Reason::Oldest(rule));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(texts: &[&str]) -> Vec<Timestamp> {
        let parse = |text: &&str| text.parse().expect("a time");
        texts.iter().map(parse).collect()
    }

    /// Each kept backup by its number, with the reasons.
    fn kept(retention: &Retention, texts: &[&str]) -> Vec<(usize, String)> {
        retention
            .judge(&times(texts))
            .iter()
            .enumerate()
            .filter(|(_, reasons)| !reasons.is_empty())
            .map(|(number, reasons)| {
                let words: Vec<_> = reasons.iter().map(ToString::to_string).collect();
                (number, words.join(", "))
            })
            .collect()
    }

    const WEEKS: &[&str] = &[
        "2027-01-04T09:00:00Z", // Monday of week 1 of 2027
        "2027-01-03T23:59:59Z", // Sunday of week 53 of 2026
        "2027-01-01T00:00:00Z", // the same week, another month and year
        "2026-12-31T23:00:00Z",
        "2026-12-31T22:59:00Z",
        "2026-12-31T22:01:00Z",
        "2026-11-30T12:00:00Z",
        "2025-06-01T12:00:00Z",
    ];

    /// A name, the rules, and what they keep of [`WEEKS`].
    type Row = (&'static str, Retention, &'static [(usize, &'static str)]);

    #[test]
    fn each_rule_keeps_what_restic_keeps() {
        let of = Retention::default;
        let rows: &[Row] = &[
            ("none", of(), &[(0, "newest")]),
            (
                "last",
                Retention { last: 2, ..of() },
                &[(0, "newest, last"), (1, "last")],
            ),
            (
                "hourly",
                Retention { hourly: 5, ..of() },
                &[
                    (0, "newest, hourly"),
                    (1, "hourly"),
                    (2, "hourly"),
                    (3, "hourly"),
                    (4, "hourly"),
                ],
            ),
            (
                "daily",
                Retention { daily: 4, ..of() },
                &[
                    (0, "newest, daily"),
                    (1, "daily"),
                    (2, "daily"),
                    (3, "daily"),
                ],
            ),
            (
                "weekly, over the turn of the year",
                Retention { weekly: 2, ..of() },
                &[(0, "newest, weekly"), (1, "weekly")],
            ),
            (
                "monthly",
                Retention { monthly: 3, ..of() },
                &[(0, "newest, monthly"), (3, "monthly"), (6, "monthly")],
            ),
            (
                "yearly, all of them",
                Retention {
                    yearly: u64::MAX,
                    ..of()
                },
                &[(0, "newest, yearly"), (3, "yearly"), (7, "yearly")],
            ),
            (
                "within three days and nine hours of the newest, to the second",
                Retention {
                    within: "3d9h".parse().ok(),
                    ..of()
                },
                &[(0, "newest, within"), (1, "within"), (2, "within")],
            ),
            (
                "several at once",
                Retention {
                    last: 1,
                    monthly: 2,
                    ..of()
                },
                &[(0, "newest, last, monthly"), (3, "monthly")],
            ),
        ];
        for (name, retention, expected) in rows {
            let expected: Vec<_> = expected
                .iter()
                .map(|(number, words)| (*number, (*words).to_owned()))
                .collect();
            assert_eq!(kept(retention, WEEKS), expected, "{name}");
        }
    }

    #[test]
    fn while_there_are_too_few_the_oldest_stays() {
        let one_day = [
            "2026-05-01T12:00:00Z",
            "2026-05-01T11:00:00Z",
            "2026-05-01T10:00:00Z",
        ];
        let daily = Retention {
            daily: 7,
            ..Retention::default()
        };
        let expected = vec![
            (0, "newest, daily".to_owned()),
            (2, "oldest daily".to_owned()),
        ];
        assert_eq!(kept(&daily, &one_day), expected);
        let full = Retention {
            daily: 1,
            ..Retention::default()
        };
        assert_eq!(kept(&full, &one_day), expected[..1]);
    }

    #[test]
    fn nothing_is_kept_of_nothing() {
        let retention = Retention {
            last: 3,
            ..Retention::default()
        };
        assert!(retention.judge(&[]).is_empty());
        assert!(!retention.is_empty());
        assert!(Retention::default().is_empty());
    }

    #[test]
    fn equal_times_count_one_by_one() {
        let same = ["2026-05-01T12:00:00Z"; 3];
        let retention = Retention {
            last: 2,
            ..Retention::default()
        };
        assert_eq!(kept(&retention, &same).len(), 2);
    }
}
