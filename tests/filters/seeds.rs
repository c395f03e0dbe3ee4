//! Runs a test for many seeds.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

/// How many failures are shown in full.
const SHOWN: usize = 6;

/// How many runs of rsync go at once. It waits most of the time, whatever the
/// number of processors.
const THREADS: usize = 16;

/// A directory that goes when it is dropped, in `TMPDIR` or else in memory.
pub(crate) fn scratch() -> TempDir {
    let parent = std::env::var_os("TMPDIR").unwrap_or_else(|| "/dev/shm".into());
    tempfile::Builder::new()
        .prefix("imgtool-filters-")
        .tempdir_in(parent)
        .expect("a place for the trees")
}

/// Has every seed judged, and fails with the first reports if there are any.
pub(crate) fn for_each_seed(judge: impl Fn(u64) -> Option<String> + Sync) {
    let number =
        |name, default| std::env::var(name).map_or(default, |text| text.parse().expect("a number"));
    let first = number("IMGTOOL_ORACLE_FIRST", 0);
    let seeds = first..first + number("IMGTOOL_ORACLE_CASES", 200);
    let next = AtomicU64::new(seeds.start);
    let reports = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    if let Some(report) = judge(seed) {
                        let mut reports = reports.lock().expect("no judge panics");
                        reports.push((seed, report));
                    }
                }
            });
        }
    });
    let mut reports = reports.into_inner().expect("no judge panicked");
    reports.sort();
    let mut text = String::new();
    for (seed, report) in reports.iter().take(SHOWN) {
        write!(text, "seed {seed}:\n{report}").expect("a String takes everything");
    }
    assert!(
        reports.is_empty(),
        "{} of {} seeds failed\n{text}",
        reports.len(),
        seeds.end - seeds.start
    );
}
