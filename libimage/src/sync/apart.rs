//! Whether what a plan reads and what it changes are apart from each other.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use super::error::SyncError;
use crate::path::ImagePath;
use crate::plan::{Deed, Plan};
use crate::sys::host::{canonical, within};

/// Refuses a plan by which a tree would be made like itself, or that changes its
/// source: because the one is in the other, and takes part.
///
/// # Errors
///
/// [`SyncError::Nested`]. What is not to be found is left to whoever opens it.
pub fn check_apart(plan: &Plan) -> Result<(), SyncError> {
    let path = |bytes: &[u8]| canonical(Path::new(OsStr::from_bytes(bytes))).ok();
    let (Some(source), Some(target)) = (path(&plan.source), path(&plan.target)) else {
        return Ok(());
    };
    let refuse = |how| {
        Err(SyncError::Nested {
            source: source.clone(),
            target: target.clone(),
            how,
        })
    };
    if let Some(path) = within(&target, &source) {
        if path.as_os_str().is_empty() {
            return refuse("is the same tree as");
        }
        // What is there is sent into itself.
        if concerns(plan, &path, |deed| deed != Deed::Delete) {
            return refuse("is in");
        }
    } else if let Some(path) = within(&source, &target)
        && concerns(plan, &path, |deed| deed != Deed::Keep)
    {
        return refuse("holds");
    }
    Ok(())
}

/// Whether such a thing is done at a path or beneath it.
fn concerns(plan: &Plan, path: &Path, is_such: impl Fn(Deed) -> bool) -> bool {
    let Ok(path) = ImagePath::new(path.as_os_str().as_bytes()) else {
        return false;
    };
    let here = plan.step(path.as_bytes());
    let mut steps = here.into_iter().chain(plan.beneath(&path));
    steps.any(|step| is_such(step.deed))
}
