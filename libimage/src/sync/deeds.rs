//! [`Deeds`]: what a plan says is done, in the order in which it can be.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;

use super::Outcome;
use super::check::Found;
use super::content::{descend, pour};
use super::crew::share;
use super::error::SyncError;
use super::keep::Backup;
use super::ready::Ready;
use crate::digest::{ContentDigest, Digest};
use crate::entry::{Entry, Kind, Metadata};
use crate::error::SysError;
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::plan::{Deed, Step};
use crate::root::{Dir, Root};
use crate::tree::{Directory, LiveTree, Tree, TreeError, Want};
use crate::writer::{Aside, Filling};

/// Files of a directory that are one piece of work.
const PIECE_FILES: usize = 64;

/// Content of a piece of work, in bytes.
const PIECE_BYTES: u64 = 4 << 20;

/// A plan that is being carried out.
pub(super) struct Deeds<'a> {
    pub(super) ready: &'a Ready<'a>,
    pub(super) source: &'a dyn Tree,
    /// The tree that is changed: the target, or its clone.
    pub(super) root: &'a Root,
    pub(super) aside: &'a Aside,
    pub(super) backup: Option<&'a Backup>,
    pub(super) found: &'a Found,
    pub(super) resumes: bool,
    /// Whether what is to go is not there, since it was not cloned.
    pub(super) is_cleared: bool,
    pub(super) threads: usize,
    pub(super) monitor: &'a dyn Monitor,
}

/// Some of the steps in one directory.
struct Piece<'a> {
    path: &'a ImagePath,
    steps: Vec<usize>,
}

fn name(step: &Step) -> &[u8] {
    step.path.file_name().unwrap_or_default()
}

impl Deeds<'_> {
    /// Does everything; what was written counts even if it fails.
    pub(super) fn run(&self, outcome: &mut Outcome) -> Result<(), SyncError> {
        self.make_way()?;
        self.directories()?;
        let written = AtomicU64::new(0);
        let files = share(self.threads, &self.pieces(), |piece| {
            self.files(piece, &written)
        });
        outcome.bytes = written.into_inner();
        files?;
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
    fn keep(&self, dir: &Dir, step: &Step) -> Result<(), SyncError> {
        let Some(backup) = self.backup else {
            return Ok(());
        };
        match dir.stat(name(step))? {
            Some(stat) if stat.file_type != rustix::fs::FileType::Directory => {
                backup.keep(dir, name(step), self.root)
            }
            _ => Ok(()),
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

    /// The files and what is neither file nor directory, in pieces.
    fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        for (path, steps) in &self.ready.directories {
            let steps = steps.iter().copied().filter(|&index| self.is_file(index));
            let mut piece = Vec::new();
            let mut bytes = 0;
            for index in steps {
                piece.push(index);
                bytes += self.ready.step(index).bytes();
                if piece.len() >= PIECE_FILES || bytes >= PIECE_BYTES {
                    let steps = std::mem::take(&mut piece);
                    pieces.push(Piece { path, steps });
                    bytes = 0;
                }
            }
            if !piece.is_empty() {
                pieces.push(Piece { path, steps: piece });
            }
        }
        pieces
    }

    fn is_file(&self, index: usize) -> bool {
        let step = self.ready.step(index);
        let is_made = matches!(step.deed, Deed::Create | Deed::Update | Deed::Metadata);
        let is_left = self.ready.is_left_out(index) || self.found.done.contains(&index);
        is_made && !step.is_directory() && !is_left
    }

    fn files(&self, piece: &Piece<'_>, written: &AtomicU64) -> Result<(), SyncError> {
        let dir = self.root.directory(piece.path)?;
        dir.make_writable()?;
        let mut source = None;
        for &index in &piece.steps {
            monitor::check(self.monitor)?;
            let step = self.ready.step(index);
            let metadata = self.ready.metadata(index);
            let entry = step.source.as_ref().expect("all but deletions have one");
            if step.deed != Deed::Metadata {
                if source.is_none() {
                    source = Some(self.source_directory(piece.path)?);
                }
                let from = source.as_deref().expect("just opened");
                self.make(from, entry, metadata, &dir, step)?;
                written.fetch_add(step.bytes(), Ordering::Relaxed);
            } else if self.found.apart.contains(&index) {
                self.part(step, metadata, &dir)?;
            } else {
                let is_symlink = matches!(entry.kind, Kind::Symlink { .. });
                amend(&dir, name(step), metadata, is_symlink)?;
            }
            self.monitor.advance(1, 0);
        }
        Ok(())
    }

    fn source_directory(&self, path: &ImagePath) -> Result<Arc<dyn Directory>, SyncError> {
        let directory = descend(self.source, path)?;
        directory.ok_or_else(|| {
            let path = path.to_string();
            TreeError::Changed { path }.into()
        })
    }

    /// Writes an entry anew and puts it in its place.
    fn make(
        &self,
        from: &dyn Directory,
        entry: &Entry,
        metadata: &Metadata,
        dir: &Dir,
        step: &Step,
    ) -> Result<(), SyncError> {
        let to = (dir, name(step));
        let before = || self.keep(dir, step);
        let Kind::File { size } = entry.kind else {
            return self.aside.special((&entry.kind, metadata), to, before);
        };
        let fill = |filling: &mut Filling<'_>| pour(from, entry, filling, self.monitor);
        let check = |digest: &Digest| {
            if is_another(entry, digest) {
                let path = step.path.to_string();
                return Err(TreeError::Changed { path }.into());
            }
            before()
        };
        self.aside.file((size, metadata), to, fill, check)
    }

    /// Makes a name an inode of its own, with the content that it has.
    fn part(&self, step: &Step, metadata: &Metadata, dir: &Dir) -> Result<(), SyncError> {
        let tree = LiveTree::new(self.root.clone(), Want::NoXattrs, String::new());
        let own = descend(&tree, dir.path())?;
        let gone = || TreeError::Changed {
            path: step.path.to_string(),
        };
        let own = own.ok_or_else(gone)?;
        let entry = own.lookup(name(step))?.ok_or_else(gone)?;
        let to = (dir, name(step));
        match entry.kind {
            Kind::File { size } => {
                let fill = |filling: &mut Filling<'_>| pour(&*own, &entry, filling, self.monitor);
                self.aside.file((size, metadata), to, fill, |_| Ok(()))
            }
            _ => self.aside.special((&entry.kind, metadata), to, || Ok(())),
        }
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
                amend_own(&dir, metadata)?;
                continue;
            }
            let before = step.target.as_ref().map(|target| target.metadata.mtime);
            if lost.contains(&step.path) || Some(dir.mtime(b"")?) != before {
                dir.set_own_mtime(metadata.mtime)?;
            }
        }
        Ok(())
    }
}

/// Whether something else stands at a name, or nothing.
fn is_gone(error: &SysError) -> bool {
    let answers = [Errno::NOENT, Errno::NOTDIR, Errno::ISDIR];
    answers.iter().any(|errno| error.is(*errno))
}

/// Whether a file's content is known to be another than was written.
fn is_another(entry: &Entry, digest: &Digest) -> bool {
    matches!(entry.content, Some(ContentDigest::Blake3(known)) if known != *digest)
}

/// Gives what stands at a name other metadata, in place.
fn amend(dir: &Dir, name: &[u8], metadata: &Metadata, is_symlink: bool) -> Result<(), SysError> {
    remove_others(dir, name, metadata)?;
    dir.set_metadata(name, metadata, is_symlink)
}

/// The same for a directory, by its own handle.
fn amend_own(dir: &Dir, metadata: &Metadata) -> Result<(), SysError> {
    remove_others(dir, b"", metadata)?;
    dir.set_own_metadata(metadata)
}

/// Removes the attributes that are not to be there any more.
fn remove_others(dir: &Dir, name: &[u8], metadata: &Metadata) -> Result<(), SysError> {
    for (attribute, _) in dir.xattrs(name)?.iter() {
        if metadata.xattrs.get(attribute).is_none() {
            dir.remove_xattr(name, attribute)?;
        }
    }
    Ok(())
}
