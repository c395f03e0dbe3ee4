//! Every call by which an import changes anything fails once, or is its last:
//! the destination is old or new, what failed is said with its path, and the
//! next import succeeds and leaves no litter.
#![allow(
    clippy::disallowed_methods,
    reason = "prepares and inspects destinations as an administrator's shell would"
)]

mod answers;
mod backup;
mod generations;
mod judge;
mod place;
mod records;
mod scarce;
mod strike;
mod sync;

use place::{CASES, Place};
use strike::{Call, Run, is_change};

/// Strikes at each wanted call in turn, in every case.
fn sweep(
    how: &str,
    wanted: impl Fn(&Place, &Call<'_>) -> bool,
    judge: impl Fn(&Place, &Run) -> Result<(), String>,
) {
    let mut wrong = Vec::new();
    for case in CASES {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let place = Place::new(dir.path(), case);
        for strike in place.strikes(|call| wanted(&place, call)) {
            place.reset();
            let run = place.import(Some(&strike.with(how)));
            let mut answer = judge(&place, &run);
            if !judge::was_hit(&run) {
                answer = Err("it never came".to_owned());
            }
            judge::remove_what_was_set_aside(&place, &run);
            let problem = answer.err().or_else(|| place.problem_after_the_next());
            if let Some(problem) = problem {
                wrong.push(format!("{case:?}, {strike}: {problem}"));
            }
        }
        place.publish("new");
    }
    assert!(wrong.is_empty(), "{how}\n{}", wrong.join("\n"));
}

fn fail_each_change(error: &str, text: &str) {
    sweep(
        &format!("error={error}"),
        |_, call| is_change(call),
        |place, run| judge::failure(place, run, text),
    );
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_full_disk_at_any_call_leaves_old_or_new() {
    fail_each_change("ENOSPC", "No space left on device");
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn an_exceeded_quota_at_any_call_leaves_old_or_new() {
    fail_each_change("EDQUOT", "Disk quota exceeded");
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_failing_disk_at_any_call_leaves_old_or_new() {
    fail_each_change("EIO", "Input/output error");
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn too_many_open_files_at_any_call_leave_old_or_new() {
    sweep("error=EMFILE", judge::is_open_beneath, |place, run| {
        judge::failure(place, run, "Too many open files")
    });
}

#[test]
#[ignore = "needs root and strace; .ci/run runs it"]
fn a_kill_at_any_call_leaves_old_or_new() {
    sweep(
        "signal=KILL",
        |_, call| is_change(call),
        |place, _| place.is_new().map(|_| ()),
    );
}
