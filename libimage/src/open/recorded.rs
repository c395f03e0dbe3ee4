//! [`recorded`]: the manifest that stands beside a published tree.

use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use super::OpenError;
use crate::diff::{self, ModifyWindow, diff};
use crate::error::{ErrorKind, ImageError as _, SysError, show};
use crate::manifest::{self, Form, Summary};
use crate::monitor::Monitor;
use crate::sys;
use crate::tree::{LiveTree, TreeError};
use crate::writer::manifest_beside;

/// What the manifest beside the tree at `path` says, if there is one and
/// nothing changed since: no name, kind, owner, mode, attribute, size or time,
/// to the nanosecond. Whoever sets back the time of what they change is not
/// noticed; reading all content is what finds that.
///
/// # Errors
///
/// An [`OpenError`] if the tree cannot be read. A manifest that is not there,
/// may not be read or is damaged is as good as none.
pub fn recorded(
    path: &Path,
    tree: &LiveTree,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Option<Summary>, OpenError> {
    let Some((manifest, summary)) = read(path) else {
        return Ok(None);
    };
    let options = diff::Options {
        window: ModifyWindow::Exact,
        threads,
        ..diff::Options::default()
    };
    match diff(&manifest, tree, &options, monitor) {
        Ok(outcome) => Ok(outcome.changes.is_empty().then_some(summary)),
        Err(error) if error.kind() == ErrorKind::Interrupted => Err(TreeError::Cancelled.into()),
        Err(error) => {
            let error = io::Error::other(error.to_string());
            Err(SysError::new("compare", path, error).into())
        }
    }
}

fn read(path: &Path) -> Option<(crate::tree::RecordedTree, Summary)> {
    let beside: PathBuf = manifest_beside(path)?;
    let (file, _) = sys::host::open(&beside).ok()?;
    let label = show(&beside).to_string();
    let (tree, summary) = manifest::read(BufReader::new(file), &label).ok()?;
    (summary.form == Form::Manifest).then_some((tree, summary))
}
