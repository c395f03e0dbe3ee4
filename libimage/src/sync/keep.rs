//! [`Backup`]: `--backup-dir`, where what is replaced or deleted is kept.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::check::Found;
use super::deeds::is_gone;
use super::drift::difference;
use super::error::SyncError;
use super::ready::Ready;
use super::site::Site;
use crate::error::SysError;
use crate::path::ImagePath;
use crate::plan::{Deed, Plan, Step};
use crate::root::{Dir, Mounts, Root};
use crate::sys::{self, host::within};
use crate::tree::{Want, live_entry};

/// Whether what the target has there is replaced or removed.
fn is_kept(step: &Step, plan: &Plan) -> bool {
    let is_rewritten = |leader: &ImagePath| {
        let leader = plan.step(leader.as_bytes());
        leader.is_some_and(|leader| matches!(leader.deed, Deed::Create | Deed::Update))
    };
    let goes = match step.deed {
        Deed::Create | Deed::Update | Deed::Link | Deed::Delete => true,
        // It becomes a name of what is written anew.
        Deed::Keep => step.leader.as_ref().is_some_and(is_rewritten),
        Deed::Metadata => false,
    };
    goes && step.target.is_some() && !step.was_directory()
}

/// A directory in which what goes from a tree is kept under the same path. It is
/// made, with those above it, once there is something to keep.
pub(super) struct Backup {
    /// The lowest directory on the way to it that is there.
    root: Root,
    /// Its path beneath that.
    place: ImagePath,
    /// Whether an earlier run of the same plan may have kept some of it.
    resumes: bool,
}

impl Backup {
    /// Prepares the directory, which must stand outside both trees, on the file
    /// system and in the mount of the target: links lead to no other.
    pub(super) fn open(
        path: &Path,
        ready: &Ready<'_>,
        site: &Site,
        resumes: bool,
    ) -> Result<Self, SyncError> {
        let refuse = |reason| SyncError::Backup {
            path: PathBuf::from(path),
            reason,
        };
        let (above, place) = lowest(path)?;
        let canonical = above.join(OsStr::from_bytes(place.as_bytes()));
        if within(&canonical, site.path()).is_some() {
            return Err(refuse(
                "it stands in the target, from which the next sync would delete it",
            ));
        }
        // Under some path of the one there would be the other itself.
        if within(site.path(), &canonical).is_some() {
            return Err(refuse("the target stands in it"));
        }
        let source = sys::host::canonical(Path::new(OsStr::from_bytes(&ready.plan.source)));
        if let Ok(source) = source {
            if within(&canonical, &source).is_some() {
                return Err(refuse(
                    "it stands in the source, from which the next sync would send it",
                ));
            }
            if within(&source, &canonical).is_some() {
                return Err(refuse("the source stands in it"));
            }
        }
        let root = Root::open(&above, Mounts::Stay)?;
        let stat = |root: &Root| {
            let stat = root.top().stat(b"")?;
            Ok::<_, SysError>(stat.map(|stat| (stat.device, stat.mount)))
        };
        let (own, there) = (stat(&root)?, stat(site.root())?);
        if own.map(|(device, _)| device) != there.map(|(device, _)| device) {
            return Err(refuse("it stands on another file system"));
        }
        if own != there {
            return Err(refuse(
                "the target is mounted, and it stands outside of that",
            ));
        }
        let backup = Self {
            root,
            place,
            resumes,
        };
        backup.check(ready, path)?;
        Ok(backup)
    }

    /// Refuses a directory in which something of another type stands where
    /// something is to be kept: an earlier run may have kept that.
    fn check(&self, ready: &Ready<'_>, path: &Path) -> Result<(), SyncError> {
        let refuse = |at: &ImagePath| SyncError::Backup {
            path: path.join(OsStr::from_bytes(at.as_bytes())),
            reason: "something of another type stands where it would be kept",
        };
        for (parent, steps) in &ready.directories {
            let steps = steps.iter().map(|&index| ready.step(index));
            let mut kept = steps.filter(|step| is_kept(step, ready.plan)).peekable();
            if kept.peek().is_none() {
                continue;
            }
            let dir = match self.root.directory(&self.place_of(parent)) {
                Ok(dir) => dir,
                Err(error) if error.is(Errno::NOENT) => continue,
                Err(error) if error.is(Errno::NOTDIR) || error.is(Errno::LOOP) => {
                    return Err(refuse(parent));
                }
                Err(error) => return Err(error.into()),
            };
            for step in kept {
                let stat = dir.stat(step.path.file_name().unwrap_or_default())?;
                if stat.is_some_and(|stat| stat.file_type == FileType::Directory) {
                    return Err(refuse(&step.path));
                }
            }
        }
        Ok(())
    }

    /// Keeps what is about to be replaced or removed, unless it is a directory: it
    /// gets a name here too, in place of what an earlier run kept under it.
    pub(super) fn keep(
        &self,
        from: &Dir,
        step: &Step,
        ready: &Ready<'_>,
        root: &Root,
    ) -> Result<(), SyncError> {
        let name = step.path.file_name().unwrap_or_default();
        let stat = from.stat(name)?;
        let Some(stat) = stat.filter(|stat| stat.file_type != FileType::Directory) else {
            return Ok(());
        };
        // What the run that was cut off has put there must not take the place of
        // what that run kept.
        if self.resumes {
            let entry = live_entry(from, name, &stat, Want::All)?;
            if difference(step.target.as_ref(), Some(&entry)).is_some() {
                return Ok(());
            }
        }
        let dir = self.directory(from.path(), ready, root)?;
        match from.link(name, &dir, name) {
            Err(error) if error.is(Errno::EXIST) => {
                dir.unlink(name)?;
                Ok(from.link(name, &dir, name)?)
            }
            answer => Ok(answer?),
        }
    }

    /// Keeps all that a plan replaces or removes, while the tree stands.
    pub(super) fn keep_all(
        &self,
        ready: &Ready<'_>,
        root: &Root,
        found: &Found,
    ) -> Result<(), SyncError> {
        let parent = |path: &ImagePath| root.directory(&path.parent().unwrap_or_default());
        for (index, step) in ready.steps() {
            if !is_kept(step, ready.plan) || found.done.contains(&index) {
                continue;
            }
            let from = match parent(&step.path) {
                // An earlier run that was cut off has come that far.
                Err(error) if self.resumes && is_gone(&error) => continue,
                answer => answer?,
            };
            if let (true, Some(leader)) = (self.resumes, &step.leader) {
                let of = |dir: &Dir, path: &ImagePath| {
                    dir.identity(path.file_name().unwrap_or_default())
                };
                if of(&from, &step.path)? == of(&*parent(leader)?, leader)? {
                    continue;
                }
            }
            self.keep(&from, step, ready, root)?;
        }
        Ok(())
    }

    /// Where a directory of the tree is kept.
    fn place_of(&self, path: &ImagePath) -> ImagePath {
        let names = path.components();
        names.fold(self.place.clone(), |above, name| above.join(name))
    }

    /// The directory for a path, made as the tree's was where it is missing, but
    /// for what would keep an ordinary user out of it.
    fn directory(
        &self,
        path: &ImagePath,
        ready: &Ready<'_>,
        root: &Root,
    ) -> Result<Arc<Dir>, SyncError> {
        match self.root.directory(&self.place_of(path)) {
            Ok(dir) => return Ok(dir),
            Err(error) if error.is(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let mut dir = self.root.top().clone();
        for name in self.place.components() {
            create(&dir, name)?;
            dir = Arc::new(dir.directory(name)?);
        }
        let mut like = root.top().clone();
        for name in path.components() {
            if create(&dir, name)?
                && let Some(stat) = like.stat(name)?
            {
                let entry = live_entry(&like, name, &stat, Want::All)?;
                let step = ready.plan.step(like.path().join(name).as_bytes());
                let before = step.and_then(|step| step.target.as_ref());
                let mut metadata = before.map_or(entry.metadata, |before| before.metadata.clone());
                if !rustix::process::geteuid().is_root() {
                    metadata.mode |= 0o700;
                }
                dir.set_metadata(name, &metadata, false)?;
            }
            dir = Arc::new(dir.directory(name)?);
            like = Arc::new(like.directory(name)?);
        }
        Ok(dir)
    }
}

/// Makes a directory; whether it was missing.
fn create(dir: &Dir, name: &[u8]) -> Result<bool, SysError> {
    match dir.create_directory(name) {
        Ok(()) => Ok(true),
        Err(error) if error.is(Errno::EXIST) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The true path of the lowest directory on the way to `path` that is there, and
/// the rest of the way, on which nothing stands.
fn lowest(path: &Path) -> Result<(PathBuf, ImagePath), SysError> {
    let mut missing = Vec::new();
    let mut above = path;
    loop {
        let error = match sys::host::canonical(above) {
            Ok(above) => {
                missing.reverse();
                let names = missing.join(&b'/');
                let place = ImagePath::new(names).expect("names of a path");
                return Ok((above, place));
            }
            Err(error) => SysError::new("open directory", path, error),
        };
        // A symlink that leads nowhere stands there.
        let is_missing = error.is(Errno::NOENT) && !sys::host::exists(above);
        let name = above.file_name().filter(|_| is_missing);
        missing.push(name.ok_or(error)?.as_bytes());
        above = sys::host::parent(above);
    }
}
