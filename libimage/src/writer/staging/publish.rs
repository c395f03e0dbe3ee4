//! The last step of a staged tree: it becomes durable and gets its name.

use std::path::PathBuf;

use rustix::io::Errno;

use super::super::error::WriteError;
use super::super::recovery::{Note, name_records};
use super::super::remove::remove_tree;
use super::{NOTE, OWNER_WRITES, SIDECARS, STAGED, Sidecar, Staging, TREE};
use crate::error::{SysError, chain};
use crate::monitor::{self, Monitor, Phase, Warning};
use crate::path::ImagePath;
use crate::root::Identity;

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Whether a former tree was replaced.
    pub replaced: bool,
    /// Where the former tree still is, if it could not be removed whole.
    pub left_behind: Option<PathBuf>,
}

impl Staging<'_> {
    /// The files that were written to be published with the tree. What a former
    /// tree has beyond these must not seem to be about the new one.
    fn records(&self) -> Result<Vec<Sidecar>, SysError> {
        let mut records = Vec::new();
        for sidecar in SIDECARS {
            if self.place.stat(sidecar.staged_name())?.is_some() {
                records.push(sidecar);
            }
        }
        Ok(records)
    }

    /// Makes the tree durable and gives it its name, in one step that either
    /// happened or did not. With `replace` the former tree is swapped out, and
    /// removed once the new one is durable in its place.
    ///
    /// # Errors
    ///
    /// A [`WriteError`]; the destination is as it was then, but for
    /// [`WriteError::NotFinished`], which says that it is not.
    pub fn publish(
        mut self,
        replace: bool,
        monitor: &dyn Monitor,
    ) -> Result<Published, WriteError> {
        let former = self.destination.check(replace)?;
        let note = Note {
            own: self.identity()?.to_string(),
            former: former.map(|former| former.to_string()),
            mode: self.mode,
            mtime: Some(self.place.mtime(TREE)?),
            records: Some(self.records()?),
        };
        self.write_aside(NOTE, |out| {
            out.write_all(note.text().as_bytes()).map_err(|error| {
                WriteError::from(SysError::new("write", self.place.shown(NOTE), error))
            })
        })?;
        monitor.begin(Phase::Sync, None);
        self.private.sync_file_system()?;
        monitor::check(monitor)?;
        let replaced = self.rename(replace, former)?;
        self.published = true;
        self.settle(&note)
            .map_err(|source| WriteError::NotFinished {
                path: self.destination.path().to_owned(),
                source,
            })?;
        if replaced {
            monitor.begin(Phase::Remove, None);
        }
        let name = self.destination.private_name(STAGED);
        let removed = remove_tree(&self.private, &name, &Uncancelled(monitor));
        let left_behind = removed.err().map(|error| {
            let path = self.private.shown(&name);
            monitor.warn(Warning {
                path: ImagePath::root(),
                message: format!(
                    "the new tree stands, but what it replaced could not be removed whole: {}",
                    chain(&error)
                ),
            });
            path
        });
        Ok(Published {
            replaced,
            left_behind,
        })
    }

    /// The one step: the tree gets its name. Tells whether a former one was
    /// swapped out, which must be the directory that was `former` seen.
    fn rename(&mut self, replace: bool, former: Option<Identity>) -> Result<bool, WriteError> {
        let destination = self.destination;
        let (parent, target) = (&destination.parent, &destination.name);
        match self.place.rename_new(TREE, parent, target) {
            Ok(()) => return Ok(false),
            Err(error) if error.is(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        if !replace {
            // The kernel itself lets a directory take the place of an empty
            // one only, so nothing that came meanwhile is lost.
            return match self.place.rename_over(TREE, parent, target) {
                Ok(()) => Ok(false),
                Err(error) if error.is(Errno::NOTEMPTY) || error.is(Errno::EXIST) => {
                    Err(self.destination.exists())
                }
                Err(error) if error.is(Errno::NOTDIR) => Err(self.destination.not_a_directory()),
                Err(error) => Err(error.into()),
            };
        }
        self.swap()?;
        let came_out = self.place.identity(TREE);
        if former.is_some() && matches!(came_out, Ok(came_out) if came_out == former) {
            return Ok(true);
        }
        // Something else took the place after it was looked at.
        if let Err(source) = self.place.exchange(TREE, parent, target) {
            // What came out must not be removed with the place.
            self.published = true;
            return Err(WriteError::NotFinished {
                path: self.destination.path().to_owned(),
                source,
            });
        }
        Err(came_out.map_or_else(WriteError::from, |_| self.destination.exists()))
    }

    /// Swaps the staged tree with what stands at its place.
    fn swap(&self) -> Result<(), SysError> {
        let parent = &self.destination.parent;
        let target = &self.destination.name;
        let exchange = || self.place.exchange(TREE, parent, target);
        match exchange() {
            // The former tree's own directory must be writable, too.
            Err(error) if error.is(Errno::ACCESS) => {
                let mode = parent.stat(target)?.map_or(0, |stat| stat.mode);
                parent.set_mode(target, mode | OWNER_WRITES)?;
                exchange().inspect_err(|_| {
                    // As it was; the failure to tell is that of the swap.
                    let _ = parent.set_mode(target, mode);
                })
            }
            answer => answer,
        }
    }

    /// Makes the rename durable and names the files beside the tree.
    fn settle(&self, note: &Note) -> Result<(), SysError> {
        name_records(self.destination, &self.private, &self.place, note)
    }
}

/// A monitor that is told everything and cannot cancel: the former tree is
/// removed to its end, once the new one stands.
struct Uncancelled<'a>(&'a dyn Monitor);

impl Monitor for Uncancelled<'_> {
    fn begin(&self, phase: Phase, bytes: Option<u64>) {
        self.0.begin(phase, bytes);
    }
    fn advance(&self, entries: u64, bytes: u64) {
        self.0.advance(entries, bytes);
    }
    fn warn(&self, warning: Warning) {
        self.0.warn(warning);
    }
    fn cancelled(&self) -> bool {
        false
    }
}
