//! Whether a clone is what its source is, told by reading both.

use std::io;
use std::sync::Arc;

use super::again;
use super::list::List;
use super::{CloneError, Differs, Options};
use crate::diff::{self, ModifyWindow, diff};
use crate::digest::Digest;
use crate::entry::Entry;
use crate::manifest;
use crate::monitor::{Monitor, Phase};
use crate::root::{Mounts, Root};
use crate::tree::{Directory, LiveTree, RecordedTree, Tree, TreeError, Want};
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
    let copy = Standing {
        tree: LiveTree::new(root, Want::All, source.label()),
        mode: staging.mode(),
    };
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

/// The clone as it will stand: the mode of its own directory may have to wait until
/// that has its name.
struct Standing {
    tree: LiveTree,
    mode: Option<u16>,
}

impl Tree for Standing {
    fn label(&self) -> String {
        self.tree.label()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (mut entry, directory) = self.tree.root()?;
        if let Some(mode) = self.mode {
            entry.metadata.mode = mode;
        }
        Ok((entry, directory))
    }
}
