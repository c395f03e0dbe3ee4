//! Random pairs of trees: whatever they hold, the answers agree.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use fixtures::random;
use fixtures::tree::Privilege;

use crate::pairs::{Pair, about};
use crate::rsync::{Mismatches, Question, name_of, shown};

/// How many failures are shown in full.
const SHOWN: usize = 4;

/// How large the tree of a seed is.
pub(crate) fn size(seed: u64) -> usize {
    [4, 10, 20, 40, 80][usize::try_from(seed % 5).expect("below five")]
}

/// The seeds to try.
pub(crate) fn seeds() -> std::ops::Range<u64> {
    let number =
        |name, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let first = number("IMGTOOL_ORACLE_FIRST", 0);
    first..first + number("IMGTOOL_ORACLE_CASES", 300)
}

/// Has every seed judged, on all processors, and fails with the first reports
/// if there are any.
pub(crate) fn for_each_seed(judge: impl Fn(u64) -> Option<String> + Sync) {
    let seeds = seeds();
    let next = AtomicU64::new(seeds.start);
    let reports = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    if let Some(report) = judge(seed) {
                        reports
                            .lock()
                            .expect("no judge panics")
                            .push((seed, report));
                    }
                }
            });
        }
    });
    let mut reports = reports.into_inner().expect("no judge panicked");
    reports.sort();
    let mut text = String::new();
    for (seed, report) in reports.iter().take(SHOWN) {
        write!(text, "seed {seed}: {report}").expect("a String takes everything");
    }
    assert!(
        reports.is_empty(),
        "{} of {} seeds failed\n{text}",
        reports.len(),
        seeds.end - seeds.start
    );
}

/// The questions to which a pair's answers differ.
fn judge(seed: u64, size: usize) -> Option<(Question, Mismatches)> {
    let pair = random::pair(seed, size, Privilege::Root);
    let pair = Pair::new(&pair.source, &pair.target);
    let threads = if seed.is_multiple_of(2) { 1 } else { 3 };
    Question::ALL.into_iter().find_map(|question| {
        let found = pair.mismatches(question, threads);
        (!found.is_empty()).then_some((question, found))
    })
}

/// The smallest tree of a seed that still fails, with what there is to know.
fn report(seed: u64) -> Option<String> {
    judge(seed, size(seed))?;
    let (size, (question, found)) =
        (1..=size(seed)).find_map(|size| judge(seed, size).map(|found| (size, found)))?;
    let pair = random::pair(seed, size, Privilege::Root);
    let names: Vec<_> = found.iter().map(|(_, line)| name_of(line)).collect();
    Some(format!(
        "size {size}, {question:?}\n{}  source:\n{}  target:\n{}  changes: {:?}\n",
        shown(&found),
        about(&pair.source, &names),
        about(&pair.target, &names),
        pair.changes,
    ))
}

#[test]
#[ignore = "needs root and rsync; .ci/run runs it"]
fn random_pairs_itemize_as_rsync_does() {
    for_each_seed(report);
}
