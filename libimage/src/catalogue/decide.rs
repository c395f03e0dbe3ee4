//! [`decide`]: which backups of one tree go, and why the others stay; without I/O.

use std::collections::HashMap;

use jiff::Timestamp;

use super::retention::{Reason, Retention};

/// A backup as far as it matters here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    /// When it was made.
    pub(super) time: Timestamp,
    /// Which directory it is of; nothing if it is not proven good.
    pub(super) source: Option<&'a str>,
}

/// Why each of the backups of one tree, from the oldest to the newest, is kept; one
/// without a reason goes.
///
/// What is not good stays, since it may hold what is nowhere else, and does not
/// count for any rule. Each directory is judged apart: two clusters may have trees
/// of one name. So the newest that is good always stays.
pub(super) fn decide(retention: &Retention, oldest_first: &[Candidate<'_>]) -> Vec<Vec<Reason>> {
    let mut reasons = vec![Vec::new(); oldest_first.len()];
    let mut by_source: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, candidate) in oldest_first.iter().enumerate().rev() {
        match candidate.source {
            Some(source) => by_source.entry(source).or_default().push(number),
            None => reasons[number].push(Reason::Damaged),
        }
    }
    for numbers in by_source.into_values() {
        let times: Vec<_> = numbers.iter().map(|&at| oldest_first[at].time).collect();
        let mut judged = retention.judge(&times);
        let behind_bad = oldest_first[numbers[0]..]
            .iter()
            .any(|newer| newer.source.is_none());
        if behind_bad {
            judged[0][0] = Reason::OnlyGood;
        }
        for (number, judged) in numbers.into_iter().zip(judged) {
            reasons[number] = judged;
        }
    }
    reasons
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(hours: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + hours * 3600).expect("a time")
    }

    #[test]
    fn what_is_not_good_stays_and_does_not_count() {
        let last = Retention {
            last: 1,
            ..Retention::default()
        };
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
                    source: match source {
                        'a' => Some("a"),
                        'b' => Some("b"),
                        _ => None,
                    },
                })
                .collect();
            let words = |reasons: &Vec<Reason>| {
                let words: Vec<_> = reasons.iter().map(ToString::to_string).collect();
                words.join(", ")
            };
            let decided: Vec<_> = decide(&last, &candidates).iter().map(words).collect();
            assert_eq!(decided.join("|"), expected, "{sources}");
        }
    }

    proptest! {
        #[test]
        fn the_newest_good_one_always_stays(
            steps in proptest::collection::vec((0_i64..2000, 0_usize..4), 1..40),
            (last, daily, weekly, days) in (0_u64..3, 0_u64..3, 0_u64..3, 0_u16..9),
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
                Candidate { time: time(now), source: sources[source] }
            }).collect();
            let reasons = decide(&retention, &candidates);
            for source in sources {
                let all = (0..candidates.len()).filter(|&at| candidates[at].source == source);
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
