//! What is wrong after an import in which a call failed.

use std::fs;
use std::path::Path;

use fixtures::snapshot::{Snapshot, names};

use crate::place::Place;
use crate::records::RECORDS;
use crate::strike::{Call, Run};

/// Whether it opens something beneath the place, or beneath a handle: what the
/// loader and the standard library open is no business of the import.
pub(crate) fn is_open_beneath(place: &Place, call: &Call<'_>) -> bool {
    is_open_beneath_dir(&place.dir, call)
}

/// The same for a directory.
pub(crate) fn is_open_beneath_dir(dir: &Path, call: &Call<'_>) -> bool {
    let by_path = format!("AT_FDCWD, \"{}", dir.display());
    let by_handle = !call.arguments.starts_with("AT_FDCWD");
    call.name.starts_with("openat") && (by_handle || call.arguments.starts_with(&by_path))
}

/// Whether the strike was there: nothing else ends by a signal.
pub(crate) fn was_hit(run: &Run) -> bool {
    run.status.is_none() || run.log.contains("(INJECTED)")
}

/// What is wrong after an import in which a call failed as `text` says.
pub(crate) fn failure(place: &Place, run: &Run, text: &str) -> Result<(), String> {
    let is_new = place.is_new()?;
    let problem = match run.status {
        Some(0 | 1) if is_new => passed_over(place, run),
        // Refused, with what could not be put in order left for the next.
        Some(3) if !place.was_tidy() && !is_new => None,
        Some(4) if is_new && !run.errors.contains("could not be finished") => {
            Some("failed, but the new tree stands".to_owned())
        }
        Some(4) if is_new && !keeps_old(place) => {
            Some("failed, and the former tree is gone".to_owned())
        }
        Some(4) if !is_new && place.was_tidy() => place.problem_with_records(),
        Some(4) => None,
        status => Some(format!("status {status:?}")),
    };
    let problem = problem.or_else(|| {
        let says_nothing = run.status == Some(4) && !is_mute(run) && !says_why(run, text);
        says_nothing.then(|| "failed without saying why or where".to_owned())
    });
    match problem {
        Some(problem) => Err(format!("{problem}: {}", run.errors)),
        None => Ok(()),
    }
}

/// Whether it tells of a failure as `text` says, and names a path.
pub(crate) fn says_why(run: &Run, text: &str) -> bool {
    ["error: ", "`/", text]
        .iter()
        .all(|part| run.errors.contains(part))
}

/// Whether the message itself was among what failed: it is the first thing
/// that the main thread writes.
fn is_mute(run: &Run) -> bool {
    run.errors.is_empty() && run.calls().any(|(_, call)| call.is_message())
}

/// Only what removes may fail in an import that succeeds. It says what stays
/// behind, but for a lock, which hinders nobody.
fn passed_over(place: &Place, run: &Run) -> Option<String> {
    let told = run.errors.contains("could not be removed whole")
        || run.errors.contains("has to be looked at by hand");
    let mut left = names(&place.path(".imgtool"));
    left.retain(|name| !RECORDS.contains(&&**name) && name != "tree.lock");
    let removes = run.calls().any(|(_, call)| call.name == "unlinkat");
    let fine = left.is_empty() != told && (told || removes);
    (!fine).then(|| format!("passed over, with {left:?} left"))
}

/// Whether what was swapped out is kept, unless that was an empty directory.
fn keeps_old(place: &Place) -> bool {
    match &place.old {
        Some(old) if old.entries.len() > 1 => {
            Snapshot::of(&place.path(".imgtool/tree.staged/tree")) == *old
        }
        _ => true,
    }
}

/// Does what an administrator is told to, where a command could not remove
/// what another left.
pub(crate) fn remove_what_was_set_aside(place: &Place, run: &Run) {
    let aside = place.path(".imgtool/tree.staged-1");
    if aside.exists() {
        let told = format!("{}` and has to be looked at by hand", aside.display());
        assert!(run.errors.contains(&told), "{run:?}");
        fs::remove_dir_all(aside).expect("it is ours");
    }
}
