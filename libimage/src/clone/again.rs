//! Reading the source a second time: it must be what was listed.

use std::sync::atomic::AtomicU64;

use super::list::{List, adapt};
use super::select::Sent;
use super::{CloneError, Options};
use crate::digest::Algorithm;
use crate::entry::Kind;
use crate::monitor::{Monitor, Phase, Warning};
use crate::path::ImagePath;
use crate::tree::{RecordId, Records, Trail, Tree, Walked, changed, walk_selected};
use crate::writer::Privilege;

/// Reads all of the source again, and fails where it is not as it was listed; the
/// digests of contents are recorded.
pub(super) fn read(
    source: &dyn Tree,
    list: &mut List,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<(), CloneError> {
    let monitor = &SaidBefore(monitor);
    let uncounted = AtomicU64::new(0);
    let sent = Sent::of(source, &options.filter, None, &uncounted)?;
    let privilege = Privilege::of_this_process();
    let label = source.label();
    let changed = |path: &ImagePath| CloneError::Tree(changed(path, &label));
    let mut trail = Trail::new(Records::ROOT);
    let mut seen = vec![false; list.records.len()];
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
             mut entry,
             seen: content,
         }| {
            let Some(id) = find(&list.records, &mut trail, &path) else {
                return if list.may_lack(&entry.kind) {
                    Ok(())
                } else {
                    Err(changed(&path))
                };
            };
            seen[id.number() as usize] = true;
            adapt(&options.filter, privilege, &mut entry);
            if !list.is_as_listed(id, &entry) {
                return Err(changed(&path));
            }
            if let Some(content) = content {
                list.records.set_content(id, content);
            }
            if list.records.is_directory(id) && !path.is_root() {
                trail.down_to(path, id);
            }
            Ok(())
        },
        monitor,
    )?;
    match list.records.ids().find(|id| !seen[id.number() as usize]) {
        Some(missing) => Err(changed(&list.records.path(missing))),
        None => Ok(()),
    }
}

/// The record of an entry; they are asked for in canonical order.
fn find(records: &Records, trail: &mut Trail<RecordId>, path: &ImagePath) -> Option<RecordId> {
    let Some(parent) = path.parent() else {
        return Some(Records::ROOT);
    };
    let directory = trail.up_to(&parent)?;
    records.child(*directory, path.file_name()?)
}

/// A monitor that hears nothing twice: what there is to warn of in the source
/// was said when it was listed.
struct SaidBefore<'a>(&'a dyn Monitor);

impl Monitor for SaidBefore<'_> {
    fn begin(&self, phase: Phase, bytes: Option<u64>) {
        self.0.begin(phase, bytes);
    }
    fn advance(&self, entries: u64, bytes: u64) {
        self.0.advance(entries, bytes);
    }
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
