//! [`decide`]: which backups of one tree go, and why the others stay; without I/O.

use std::collections::HashMap;

use jiff::Timestamp;

use super::retention::{Reason, Retention};
use crate::entry;

/// A backup as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    /// When it was made, by its name.
    pub(super) time: Timestamp,
    /// What it says of itself; nothing if it is not proven good.
    pub(super) good: Option<Known<'a>>,
}

/// What a good backup says of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// Which directory it is of.
    pub(super) source: &'a str,
    /// When it was begun. Somebody may have given it another name.
    pub(super) began: entry::Timestamp,
}

/// Why each of the backups of one tree, from the oldest to the newest, is kept; one
/// without a reason goes.
///
/// What is not good stays, since it may hold what is nowhere else, and does not
/// count for any rule. Nor does what is of the future, later than `latest`: were it
/// the newest, rules would reach back from there, and all that is of today might go
/// for one backup that was made when the clock was wrong. Each directory is judged
/// apart: two clusters may have trees of one name. So the newest that is good always
/// stays, whether by the names or by what the backups say of themselves.
pub(super) fn decide(
    retention: &Retention,
    oldest_first: &[Candidate<'_>],
    latest: Timestamp,
) -> Vec<Vec<Reason>> {
    let mut reasons = vec![Vec::new(); oldest_first.len()];
    let mut by_source: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, candidate) in oldest_first.iter().enumerate().rev() {
        match candidate.good {
            Some(good) => by_source.entry(good.source).or_default().push(number),
            None => reasons[number].push(Reason::Damaged),
        }
    }
    for mut numbers in by_source.into_values() {
        let began = |&at: &usize| oldest_first[at].good.map(|good| (good.began, at));
        let newest = numbers.iter().copied().max_by_key(began);
        numbers.retain(|&at| {
            let is_past = oldest_first[at].time <= latest;
            if !is_past {
                reasons[at].push(Reason::Future);
            }
            is_past
        });
        let times: Vec<_> = numbers.iter().map(|&at| oldest_first[at].time).collect();
        let mut judged = retention.judge(&times);
        if let Some(&first) = numbers.first() {
            let mut newer = oldest_first[first..].iter();
            if newer.any(|newer| newer.good.is_none()) {
                judged[0][0] = Reason::OnlyGood;
            }
        }
        for (number, judged) in numbers.into_iter().zip(judged) {
            reasons[number] = judged;
        }
        if let Some(newest) = newest.filter(|&at| reasons[at].is_empty()) {
            reasons[newest].push(Reason::Newest);
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: i64 = 1_700_000_000;

    fn time(hours: i64) -> Timestamp {
        Timestamp::from_second(START + hours * 3600).expect("a time")
    }

    fn of(source: &str, hours: i64) -> Known<'_> {
        let began = entry::Timestamp::from_seconds(START + hours * 3600);
        Known { source, began }
    }

    fn last(count: u64) -> Retention {
        Retention {
            last: count,
            ..Retention::default()
        }
    }

    /// The reasons in words, those of each backup apart.
    fn decided(retention: &Retention, candidates: &[Candidate<'_>], now: i64) -> String {
        let words = |reasons: &Vec<Reason>| {
            let words: Vec<_> = reasons.iter().map(ToString::to_string).collect();
            words.join(", ")
        };
        let decided = decide(retention, candidates, time(now));
        decided.iter().map(words).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_is_not_good_stays_and_does_not_count() {
        // From the oldest to the newest: the first letter of a directory, or `-`.
        let rows = [
            ("", ""),
            ("a", "newest, last"),
            ("aa", "|newest, last"),
            ("aa-", "|newest good, last|damaged"),
            ("a-a", "|damaged|newest, last"),
            ("a-", "newest good, last|damaged"),
            ("--", "damaged|damaged"),
            ("aba", "|newest, last|newest, last"),
        ];
        for (sources, expected) in rows {
            let candidates: Vec<_> = sources
                .chars()
                .zip(0..)
                .map(|(source, hours)| Candidate {
                    time: time(hours),
                    good: match source {
                        'a' => Some(of("a", hours)),
                        'b' => Some(of("b", hours)),
                        _ => None,
                    },
                })
                .collect();
            assert_eq!(decided(&last(1), &candidates, 100), expected, "{sources}");
        }
    }

    /// What it is, the rules, of each backup the hour in its name and the one in which
    /// it was begun, and the reasons.
    type Row<'a> = (&'a str, &'a Retention, &'a [(i64, i64)], &'a str);

    #[test]
    fn a_wrong_clock_or_name_hides_no_newest() {
        let within = Retention {
            within: "1h".parse().ok(),
            ..Retention::default()
        };
        let rows: [Row<'_>; 6] = [
            (
                "made when the clock was ahead",
                &within,
                &[(1, 1), (2, 2), (500, 500)],
                "within|newest, within|future",
            ),
            (
                "only such",
                &last(1),
                &[(500, 500), (501, 501)],
                "future|future",
            ),
            (
                "this clock is behind",
                &last(1),
                &[(99, 99), (100, 100), (101, 101)],
                "|newest, last|future",
            ),
            (
                "an old one was given a newer name",
                &last(1),
                &[(1, 1), (2, 2), (3, 1)],
                "|newest|newest, last",
            ),
            (
                "the newest one was given an older name",
                &last(1),
                &[(1, 3), (2, 2), (3, 1)],
                "newest||newest, last",
            ),
            (
                "copies",
                &last(1),
                &[(1, 1), (2, 1), (3, 1)],
                "||newest, last",
            ),
        ];
        for (name, retention, hours, expected) in rows {
            let candidates: Vec<_> = hours
                .iter()
                .map(|&(named, began)| Candidate {
                    time: time(named),
                    good: Some(of("a", began)),
                })
                .collect();
            assert_eq!(decided(retention, &candidates, 100), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn the_newest_good_one_always_stays(
            steps in proptest::collection::vec((0_i64..2000, 0_usize..4), 1..40),
            (last, daily, weekly, days) in (0_u64..3, 0_u64..3, 0_u64..3, 0_u16..9),
            today in 0_i64..80_000,
        ) {
            let within = super::super::Within { days, ..Default::default() };
            let retention = Retention {
                last,
                daily,
                weekly,
                within: (days > 0).then_some(within),
                ..Retention::default()
            };
            let sources = [None, Some("a"), Some("b"), Some("a")];
            let mut now = 0;
            let candidates: Vec<_> = steps.into_iter().map(|(step, source)| {
                now += step;
                Candidate { time: time(now), good: sources[source].map(|source| of(source, now)) }
            }).collect();
            let reasons = decide(&retention, &candidates, time(today));
            for source in sources {
                let is_of = |&at: &usize| candidates[at].good.map(|good| good.source) == source;
                let all = (0..candidates.len()).filter(is_of);
                let all: Vec<_> = all.collect();
                let kept = all.iter().filter(|&&at| !reasons[at].is_empty()).count();
                if source.is_none() {
                    prop_assert_eq!(kept, all.len());
                } else if let Some(&newest) = all.last() {
                    prop_assert!(!reasons[newest].is_empty());
                    prop_assert!(kept as u64 >= last.min(all.len() as u64));
                }
            }
        }
    }
}
