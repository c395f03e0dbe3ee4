//! Whether a clone is what its source is, told by reading both.

use std::io;

use super::again;
use super::list::List;
use super::{CloneError, Differs, Options};
use crate::diff::{self, ModifyWindow, diff};
use crate::digest::Digest;
use crate::manifest;
use crate::monitor::{Monitor, Phase};
use crate::root::{Mounts, Root};
use crate::tree::{LiveTree, RecordedTree, Tree as _, TreeError, Want};
use crate::writer::Staging;

/// Reads the source once more, then the clone, whose manifest is kept with it,
/// and refuses unless both have the same; answers with the clone's digest.
pub(super) fn verify(
    source: &LiveTree,
    mut list: List,
    staging: &Staging<'_>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Digest, CloneError> {
    monitor.begin(Phase::Hash, None);
    again::read(source, &mut list, options, monitor)?;
    let root = Root::open(&staging.path(), Mounts::Stay).map_err(TreeError::from)?;
    let copy = LiveTree::new(root, Want::All, source.label());
    let found = staging
        .manifest::<CloneError>(|out| manifest::build(&copy, out, options.threads, monitor))?;
    let expected = RecordedTree::new(list.records, source.label());
    if manifest::build(&expected, io::sink(), 1, monitor)?.digest == found.digest {
        return Ok(found.digest);
    }
    let exactly = diff::Options {
        checksum: true,
        window: ModifyWindow::Exact,
        threads: options.threads,
        ..diff::Options::default()
    };
    let differences = diff(&expected, &copy, &exactly, monitor);
    let first = differences.map(|outcome| outcome.changes.into_iter().next());
    Err(CloneError::Differs(Differs {
        tree: source.label(),
        path: first.ok().flatten().map(|change| change.path),
    }))
}
