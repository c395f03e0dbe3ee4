//! [`Deeds`]: what a plan says is done, in the order in which it can be.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::io::Errno;

use super::Outcome;
use super::check::Found;
use super::error::SyncError;
use super::keep::Backup;
use super::ready::Ready;
use crate::entry::Metadata;
use crate::error::SysError;
use crate::monitor::{self, Monitor};
use crate::plan::{Deed, Step};
use crate::root::{Dir, Root};
use crate::tree::Tree;
use crate::writer::{Aside, Copier};

/// A plan that is being carried out.
pub(super) struct Deeds<'a> {
    pub(super) ready: &'a Ready<'a>,
    pub(super) source: &'a dyn Tree,
    /// The tree that is changed: the target, or its clone.
    pub(super) root: &'a Root,
    pub(super) aside: &'a Aside,
    pub(super) backup: Option<&'a Backup>,
    pub(super) found: &'a Found,
    pub(super) copier: &'a Copier,
    /// Steps whose entry has taken its place.
    pub(super) placed: &'a [AtomicBool],
    /// So much content may wait aside at once, in bytes.
    pub(super) round: u64,
    pub(super) resumes: bool,
    /// Whether what is to go is not there, since it was not cloned.
    pub(super) is_cleared: bool,
    pub(super) threads: usize,
    pub(super) monitor: &'a dyn Monitor,
}

pub(super) fn name(step: &Step) -> &[u8] {
    step.path.file_name().unwrap_or_default()
}

impl Deeds<'_> {
    /// Does everything; what was written counts even if it fails.
    pub(super) fn run(&self, outcome: &mut Outcome) -> Result<(), SyncError> {
        self.make_way()?;
        self.directories()?;
        self.files(outcome)?;
        self.hard_links()?;
        self.deletions()?;
        self.settle()?;
        for (_, step) in self.ready.steps() {
            outcome.count(step.deed);
        }
        Ok(())
    }

    fn parent(&self, step: &Step) -> Result<Arc<Dir>, SysError> {
        self.root.directory(&step.path.parent().unwrap_or_default())
    }

    /// What is of another type goes where a directory goes or comes; for all
    /// else a rename does it.
    fn make_way(&self) -> Result<(), SyncError> {
        for (_, step) in self.ready.steps() {
            monitor::check(self.monitor)?;
            if step.gives_way() {
                for inside in self.ready.plan.beneath(&step.path).rev() {
                    self.remove(inside)?;
                }
                self.remove(step)?;
            } else if step.is_directory() && step.target.is_some() && !step.was_directory() {
                self.remove(step)?;
            }
        }
        Ok(())
    }

    /// Removes what the target has at a name.
    fn remove(&self, step: &Step) -> Result<(), SyncError> {
        if self.is_cleared {
            return Ok(());
        }
        let dir = match self.parent(step) {
            Ok(dir) => dir,
            Err(error) if self.resumes && is_gone(&error) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        dir.make_writable()?;
        let answer = if step.was_directory() {
            dir.remove_directory(name(step))
        } else {
            self.keep(&dir, step)?;
            dir.unlink(name(step))
        };
        match answer {
            // An earlier run has come that far.
            Err(error) if self.resumes && is_gone(&error) => Ok(()),
            answer => Ok(answer?),
        }
    }

    /// Keeps what is about to go, if that is wanted.
    pub(super) fn keep(&self, dir: &Dir, step: &Step) -> Result<(), SyncError> {
        match self.backup {
            Some(backup) => backup.keep(dir, step, self.ready, self.root),
            None => Ok(()),
        }
    }

    /// Makes directories, private until all that is in them is there.
    fn directories(&self) -> Result<(), SyncError> {
        for (_, step) in self.ready.steps() {
            if step.deed != Deed::Create || !step.is_directory() {
                continue;
            }
            monitor::check(self.monitor)?;
            let dir = self.parent(step)?;
            dir.make_writable()?;
            match dir.create_directory(name(step)) {
                Err(error) if self.resumes && error.is(Errno::EXIST) => {}
                answer => answer?,
            }
            // It has taken over the ACL of the directory that it is in.
            dir.directory(name(step))?.remove_acls()?;
            self.monitor.advance(1, 0);
        }
        Ok(())
    }

    /// Links what is to be one inode, unless it is.
    fn hard_links(&self) -> Result<(), SyncError> {
        for (_, step) in self.ready.steps() {
            let Some(leader) = &step.leader else { continue };
            monitor::check(self.monitor)?;
            let from = self.root.directory(&leader.parent().unwrap_or_default())?;
            let dir = self.parent(step)?;
            dir.make_writable()?;
            let leader = (&*from, leader.file_name().unwrap_or_default());
            let to = (&*dir, name(step));
            self.aside.link(leader, to, || self.keep(&dir, step))?;
            self.monitor.advance(1, 0);
        }
        Ok(())
    }

    /// Removes what only the target has, the deepest first.
    fn deletions(&self) -> Result<(), SyncError> {
        let gone: HashSet<_> = self
            .ready
            .steps()
            .filter(|(_, step)| step.gives_way())
            .flat_map(|(_, step)| self.ready.plan.beneath(&step.path))
            .map(|step| &step.path)
            .collect();
        for (_, step) in self.ready.steps().rev() {
            if step.deed == Deed::Delete && !gone.contains(&step.path) {
                monitor::check(self.monitor)?;
                self.remove(step)?;
                self.monitor.advance(1, 0);
            }
        }
        Ok(())
    }

    /// Gives directories their final metadata, the deepest first.
    fn settle(&self) -> Result<(), SyncError> {
        let deletions = self.ready.steps().map(|(_, step)| step);
        let deletions = deletions.filter(|step| step.deed == Deed::Delete);
        let lost: HashSet<_> = deletions.filter_map(|step| step.path.parent()).collect();
        for (index, step) in self.ready.steps().rev() {
            if !step.is_directory() {
                continue;
            }
            monitor::check(self.monitor)?;
            let metadata = self.ready.metadata(index);
            let dir = self.root.directory(&step.path)?;
            if step.deed != Deed::Keep || !rustix::process::geteuid().is_root() {
                self.amend_own(&dir, metadata)?;
                continue;
            }
            let before = step.target.as_ref().map(|target| target.metadata.mtime);
            if lost.contains(&step.path) || Some(dir.mtime(b"")?) != before {
                dir.set_own_mtime(metadata.mtime)?;
            }
        }
        Ok(())
    }

    /// Gives what stands at a name other metadata, in place.
    pub(super) fn amend(
        &self,
        dir: &Dir,
        name: &[u8],
        metadata: &Metadata,
        is_symlink: bool,
    ) -> Result<(), SysError> {
        self.remove_others(dir, name, metadata)?;
        dir.set_metadata(name, metadata, is_symlink)
    }

    /// The same for a directory, by its own handle.
    fn amend_own(&self, dir: &Dir, metadata: &Metadata) -> Result<(), SysError> {
        self.remove_others(dir, b"", metadata)?;
        dir.set_own_metadata(metadata, None)
    }

    /// Removes the attributes that are not to be there any more, as far as anybody
    /// may: `security.selinux` nobody can take away.
    fn remove_others(&self, dir: &Dir, name: &[u8], metadata: &Metadata) -> Result<(), SysError> {
        for (attribute, _) in dir.xattrs(name)?.iter() {
            let may = self.ready.privilege.allows(attribute) && attribute != b"security.selinux";
            if may && metadata.xattrs.get(attribute).is_none() {
                dir.remove_xattr(name, attribute)?;
            }
        }
        Ok(())
    }
}

/// Whether something else stands at a name, or nothing: on the way to it there may
/// be a symlink by now.
pub(super) fn is_gone(error: &SysError) -> bool {
    let answers = [Errno::NOENT, Errno::NOTDIR, Errno::ISDIR, Errno::LOOP];
    answers.iter().any(|errno| error.is(*errno))
}
