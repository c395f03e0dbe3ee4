//! Whether a clone is what its source is, told by reading both.

use std::io;

use super::select::Sent;
use super::{CloneError, Differs, Options};
use crate::diff::{self, ModifyWindow, diff};
use crate::digest::{Algorithm, Digest};
use crate::entry::Kind;
use crate::manifest;
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::root::{Mounts, Root};
use crate::tree::{
    LiveTree, RecordId, RecordedTree, Records, Tree as _, TreeError, Walked, Want, walk_selected,
};
use crate::writer::Staging;

/// Reads the source once more, then the clone, whose manifest is kept with it,
/// and refuses unless both have the same; answers with the clone's digest.
pub(super) fn verify(
    source: &LiveTree,
    mut records: Records,
    staging: &Staging<'_>,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Digest, CloneError> {
    read_again(source, &mut records, options, monitor)?;
    let root = Root::open(&staging.path(), Mounts::Stay).map_err(TreeError::from)?;
    let copy = LiveTree::new(root, Want::All, source.label());
    let found = staging
        .manifest::<CloneError>(|out| manifest::build(&copy, out, options.threads, monitor))?;
    let expected = RecordedTree::new(records, source.label());
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

/// Records the digests of all contents of the source, in which nothing may be
/// new or another since it was copied.
fn read_again(
    source: &LiveTree,
    records: &mut Records,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<(), CloneError> {
    monitor.begin(Phase::Hash, None);
    let uncounted = std::sync::atomic::AtomicU64::new(0);
    let sent = Sent::of(source, &options.filter, &uncounted)?;
    let changed = |path: &ImagePath| TreeError::Changed {
        path: format!("`{path}` of {}", source.label()),
    };
    let mut trail = vec![(ImagePath::root(), Records::ROOT)];
    let mut seen = vec![false; records.len()];
    seen[Records::ROOT.number() as usize] = true;
    walk_selected(
        source,
        options.threads,
        sent,
        |directory, entry| match entry.kind {
            Kind::File { .. } => directory
                .digest(entry, Algorithm::Blake3, monitor)
                .map(Some),
            _ => Ok(None),
        },
        |Walked {
             path,
             entry,
             seen: content,
         }| {
            let Some(id) = find(records, &mut trail, &path) else {
                // What is new shows in its directory's time, too; devices and
                // mounts were left out.
                return match content {
                    Some(_) => Err(CloneError::Tree(changed(&path))),
                    None => Ok(()),
                };
            };
            let was = records.entry(id).kind;
            if entry.kind != was && entry.kind != Kind::Mount {
                return Err(changed(&path).into());
            }
            seen[id.number() as usize] = true;
            if let Some(content) = content {
                records.set_content(id, content);
            }
            if records.is_directory(id) && !path.is_root() {
                trail.push((path, id));
            }
            Ok(())
        },
        monitor,
    )?;
    match records.ids().find(|id| !seen[id.number() as usize]) {
        Some(missing) => Err(changed(&records.path(missing)).into()),
        None => Ok(()),
    }
}

/// The record of an entry, in canonical order.
fn find(
    records: &Records,
    trail: &mut Vec<(ImagePath, RecordId)>,
    path: &ImagePath,
) -> Option<RecordId> {
    let parent = path.parent()?;
    while trail.len() > 1 && trail.last().is_some_and(|(at, _)| *at != parent) {
        trail.pop();
    }
    let (at, directory) = trail.last()?;
    (*at == parent)
        .then(|| records.child(*directory, path.file_name()?))
        .flatten()
}
