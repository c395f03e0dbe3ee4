//! [`Way`]: the directories from the root of the source to where work goes on.

use std::sync::Arc;

use rustix::io::Errno;

use super::list::changed;
use crate::tree::{Directory, RecordId, Records, Tree, TreeError};

/// Directories that are open, each in the one before it.
pub(super) struct Way {
    label: String,
    trail: Vec<(RecordId, Arc<dyn Directory>)>,
}

impl Way {
    /// At the root.
    pub(super) fn new(tree: &dyn Tree) -> Result<Self, TreeError> {
        let (_, root) = tree.root()?;
        Ok(Self {
            label: tree.label(),
            trail: vec![(Records::ROOT, root)],
        })
    }

    /// Goes to a directory that was listed.
    pub(super) fn to(
        &mut self,
        records: &Records,
        id: RecordId,
    ) -> Result<Arc<dyn Directory>, TreeError> {
        let mut missing = Vec::new();
        let mut at = id;
        let known = loop {
            // The root is always there.
            match self.trail.iter().rposition(|(known, _)| *known == at) {
                Some(place) => break place,
                None => missing.push(at),
            }
            at = records.parent(at);
        };
        self.trail.truncate(known + 1);
        let mut directory = self.trail[known].1.clone();
        for id in missing.into_iter().rev() {
            let below = directory.directory(records.name(id));
            directory = match below {
                Ok(Some(below)) => below,
                // Something was mounted there since.
                Ok(None) => return Err(self.changed(records, id)),
                Err(error) => return Err(self.gone(error, records, id)),
            };
            self.trail.push((id, directory.clone()));
        }
        Ok(directory)
    }

    /// That an entry is not as it was listed.
    pub(super) fn changed(&self, records: &Records, id: RecordId) -> TreeError {
        changed(&records.path(id), &self.label)
    }

    /// The error of an entry that may not be what it was.
    pub(super) fn gone(&self, error: TreeError, records: &Records, id: RecordId) -> TreeError {
        if is_about_another(&error) {
            self.changed(records, id)
        } else {
            error
        }
    }
}

/// Whether an error says that a name is nothing now, or something else.
pub(super) fn is_about_another(error: &TreeError) -> bool {
    let answers = [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::LOOP,
        Errno::INVAL,
        Errno::XDEV,
        Errno::STALE,
    ];
    matches!(error, TreeError::Sys(error) if answers.iter().any(|&errno| error.is(errno)))
}
