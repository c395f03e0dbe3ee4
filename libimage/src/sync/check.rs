//! Everything that a plan touches is looked at again.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use super::content::descend;
use super::crew::share;
use super::drift::{Drift, Side, difference};
use super::error::SyncError;
use super::ready::Ready;
use super::site::Site;
use crate::digest::ContentDigest;
use crate::entry::{Entry, LinkGroup};
use crate::monitor::{self, Monitor};
use crate::path::ImagePath;
use crate::plan::{Deed, Inodes, Step};
use crate::root::Dir;
use crate::tree::{Tree, TreeError, Want, live_entry};

/// What was seen of the target.
#[derive(Default)]
pub(super) struct Found {
    /// Steps whose name must become an inode of its own.
    pub(super) apart: HashSet<usize>,
    /// Steps by which an earlier run has written something, which is not written
    /// again.
    pub(super) done: HashSet<usize>,
}

#[derive(Default)]
struct Seen {
    drifts: Vec<Drift>,
    found: Found,
    /// Which inodes the groups of the plan are.
    groups: HashMap<(u8, LinkGroup), LinkGroup>,
}

/// What is looked at, and how.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) ready: &'a Ready<'a>,
    /// Nothing where the target alone is looked at, and no content.
    pub(super) source: Option<&'a dyn Tree>,
    pub(super) site: &'a Site,
    pub(super) resumes: bool,
    /// Whether the contents of the source that are known are read now, rather than
    /// while they are sent.
    pub(super) proves: bool,
    pub(super) threads: usize,
}

struct Check<'a> {
    scope: Scope<'a>,
    inodes: Inodes<'a>,
    seen: Mutex<Seen>,
    monitor: &'a dyn Monitor,
}

/// Compares both trees with what the plan says of them.
///
/// Where a run is resumed, a name of the target may be as it was or as it is to
/// become, and directories may be in between.
pub(super) fn check(scope: Scope<'_>, monitor: &dyn Monitor) -> Result<Found, SyncError> {
    let Scope { ready, site, .. } = scope;
    let check = Check {
        scope,
        inodes: Inodes::of(ready.gotten()),
        seen: Mutex::default(),
        monitor,
    };
    check.has_content()?;
    check.root()?;
    share(scope.threads, &ready.directories, |(path, steps)| {
        monitor::check(monitor)?;
        check.sources(path, steps)?;
        check.targets(path, steps)?;
        monitor.advance(steps.len() as u64, 0);
        Ok::<(), SyncError>(())
    })?;
    let mut seen = check
        .seen
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if seen.drifts.is_empty() {
        return Ok(seen.found);
    }
    seen.drifts.sort_by(|one, two| one.path.cmp(&two.path));
    Err(SyncError::Drifted {
        path: site.path().to_owned(),
        drifts: seen.drifts,
    })
}

impl Check<'_> {
    fn drift(&self, side: Side, path: &ImagePath, what: impl Into<String>) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.drifts.push(Drift {
            path: path.clone(),
            side,
            what: what.into(),
        });
    }

    /// A source of names alone is told before anything is changed.
    fn has_content(&self) -> Result<(), SyncError> {
        let needs = self.scope.ready.steps().find(|(_, step)| step.bytes() > 0);
        let (Some(source), Some((_, step))) = (self.scope.source, needs) else {
            return Ok(());
        };
        let parent = step.path.parent().unwrap_or_default();
        let name = step.path.file_name().unwrap_or_default();
        let Some(directory) = descend(source, &parent)? else {
            return Ok(());
        };
        match directory.regular(name).and_then(|file| match file {
            Some(_) => Ok(()),
            None => directory.open(name).map(|_| ()),
        }) {
            // That it is gone or another is found by looking at it.
            Err(TreeError::Sys(error)) if is_missing(&error) => Ok(()),
            answer => Ok(answer?),
        }
    }

    fn root(&self) -> Result<(), SyncError> {
        let Some(step) = self.scope.ready.plan.step(b"") else {
            return Ok(());
        };
        if let Some(source) = self.scope.source {
            let (source, _) = source.root()?;
            if let Some(what) = difference(step.source.as_ref(), Some(&source)) {
                self.drift(Side::Source, &step.path, what);
            }
        }
        let top = self.scope.site.root().top();
        let Some(stat) = top.stat(b"")? else {
            return Ok(());
        };
        let target = live_entry(top, b"", &stat, Want::All)?;
        self.target(step, Some(&target));
        Ok(())
    }

    fn sources(&self, path: &ImagePath, steps: &[usize]) -> Result<(), SyncError> {
        let steps = steps.iter().map(|&index| self.scope.ready.step(index));
        let mut steps = steps.filter(|step| step.source.is_some()).peekable();
        let Some(source) = self.scope.source.filter(|_| steps.peek().is_some()) else {
            return Ok(());
        };
        let directory = descend(source, path)?;
        for step in steps {
            let expected = step.source.as_ref();
            let name = step.path.file_name().unwrap_or_default();
            let found = match &directory {
                Some(directory) => directory.lookup(name)?,
                None => None,
            };
            if let Some(what) = difference(expected, found.as_ref()) {
                self.drift(Side::Source, &step.path, what);
                continue;
            }
            self.group(Side::Source, step, expected, found.as_ref());
            let content = expected.and_then(|expected| expected.content);
            let content = content.filter(|_| self.scope.proves && step.bytes() > 0);
            if let (Some(content), Some(directory), Some(found)) = (content, &directory, &found)
                && directory.digest(found, content.algorithm(), self.monitor)? != content
            {
                self.drift(Side::Source, &step.path, ANOTHER_CONTENT);
            }
        }
        Ok(())
    }

    fn targets(&self, path: &ImagePath, steps: &[usize]) -> Result<(), SyncError> {
        let parent = self.scope.ready.plan.step(path.as_bytes());
        let is_new = parent.is_some_and(|parent| !parent.was_directory());
        if is_new && !self.scope.resumes {
            // There is no such directory, and nothing can be in it.
            return Ok(());
        }
        let dir = match self.scope.site.root().directory(path) {
            Ok(dir) => Some(dir),
            Err(error) if self.scope.resumes && is_missing(&error) => None,
            Err(error) if is_missing(&error) => {
                self.drift(Side::Target, path, "it is no directory any more");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        for &index in steps {
            let step = self.scope.ready.step(index);
            let name = step.path.file_name().unwrap_or_default();
            let stat = match &dir {
                Some(dir) => dir.stat(name)?,
                None => None,
            };
            let found = match (&dir, &stat) {
                (Some(dir), Some(stat)) => Some(live_entry(dir, name, stat, Want::All)?),
                _ => None,
            };
            let is_as_planned = self.target(step, found.as_ref());
            if let (Some(dir), Some(stat)) = (&dir, &stat) {
                self.beneath(dir, step, found.as_ref())?;
                if !is_as_planned {
                    continue;
                }
                if step.deed == Deed::Metadata
                    && !step.is_directory()
                    && self.inodes.parts(step, stat.links)
                {
                    let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.found.apart.insert(index);
                }
                let found = found.expect("it was looked at");
                if self.is_done(dir, step, &found)? {
                    let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.found.done.insert(index);
                } else {
                    self.content(dir, step, &found)?;
                }
            }
        }
        Ok(())
    }

    /// Whether the target is as the plan says, or as it will be.
    fn target(&self, step: &Step, found: Option<&Entry>) -> bool {
        let drift = difference(step.target.as_ref(), found);
        let is_between = || self.scope.resumes && may_be_between(step, found);
        match drift {
            Some(what) if !is_between() => {
                self.drift(Side::Target, &step.path, what);
                false
            }
            Some(_) => true,
            None => {
                if !self.scope.resumes {
                    self.group(Side::Target, step, step.target.as_ref(), found);
                }
                true
            }
        }
    }

    /// Names that the plan takes for one inode must be one, and no others.
    fn group(&self, side: Side, step: &Step, expected: Option<&Entry>, found: Option<&Entry>) {
        let link = |entry: Option<&Entry>| entry.and_then(|entry| entry.link);
        let is_so = match (link(expected), link(found)) {
            (None, None) => true,
            (Some(expected), Some(found)) => {
                let side = side as u8;
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let one = *seen.groups.entry((side, expected)).or_insert(found) == found;
                // The plan's own numbers, and those of file systems, apart.
                let other = (side + 2, found);
                one && *seen.groups.entry(other).or_insert(expected) == expected
            }
            _ => false,
        };
        if !is_so {
            self.drift(side, &step.path, "other names are linked with it");
        }
    }

    /// Content that was compared is compared again, where an earlier run has left
    /// it as it was.
    fn content(&self, dir: &Dir, step: &Step, found: &Entry) -> Result<(), SyncError> {
        let former = step.target.as_ref().filter(|_| self.scope.source.is_some());
        let Some(expected) = former.and_then(|former| former.content) else {
            return Ok(());
        };
        let is_former = !self.scope.resumes || difference(former, Some(found)).is_none();
        if is_former && !self.has(dir, found, expected)? {
            self.drift(Side::Target, &step.path, ANOTHER_CONTENT);
        }
        Ok(())
    }

    /// Whether an earlier run has written a name. Where the two trees have one size
    /// and one time the contents tell, if they were compared.
    fn is_done(&self, dir: &Dir, step: &Step, found: &Entry) -> Result<bool, SyncError> {
        let writes = matches!(step.deed, Deed::Create | Deed::Update | Deed::Link);
        let writes = writes && !step.is_directory();
        if !self.scope.resumes || !writes || !has_become(step, found) {
            return Ok(false);
        }
        if difference(step.target.as_ref(), Some(found)).is_some() {
            return Ok(true);
        }
        let content = step.source.as_ref().and_then(|source| source.content);
        content.map_or(Ok(false), |content| self.has(dir, found, content))
    }

    /// Whether a file of the target has this content.
    fn has(&self, dir: &Dir, file: &Entry, content: ContentDigest) -> Result<bool, SyncError> {
        let Some(parent) = descend(&self.scope.site.tree(Want::NoXattrs), dir.path())? else {
            return Ok(false);
        };
        Ok(parent.digest(file, content.algorithm(), self.monitor)? == content)
    }

    /// A directory that goes must hold nothing that the plan does not know.
    fn beneath(&self, dir: &Dir, step: &Step, found: Option<&Entry>) -> Result<(), SyncError> {
        let goes = step.deed == Deed::Delete && step.was_directory() || step.gives_way();
        if !goes || !found.is_some_and(Entry::is_directory) {
            return Ok(());
        }
        let name = step.path.file_name().unwrap_or_default();
        for inside in dir.directory(name)?.names()? {
            let path = step.path.join(&inside.name);
            let known = self.scope.ready.plan.step(path.as_bytes());
            if known.is_none_or(|known| known.deed != Deed::Delete) {
                self.drift(
                    Side::Target,
                    &path,
                    "it has come into a directory that is to go",
                );
            }
        }
        Ok(())
    }
}

const ANOTHER_CONTENT: &str = "another content";

fn is_missing(error: &crate::error::SysError) -> bool {
    use rustix::io::Errno;
    // That of what is opened as a file and is none is `EINVAL`.
    [Errno::NOENT, Errno::NOTDIR, Errno::LOOP, Errno::INVAL]
        .iter()
        .any(|errno| error.is(*errno))
}

/// Whether a name may be like this while its step is done.
fn may_be_between(step: &Step, found: Option<&Entry>) -> bool {
    let Some(found) = found else {
        let makes_way = step.was_directory() || step.is_directory();
        return step.deed == Deed::Delete || step.target.is_none() || makes_way;
    };
    let Some(source) = &step.source else {
        return found.is_directory() && step.was_directory();
    };
    if source.is_directory() || step.was_directory() && found.is_directory() {
        return found.is_directory();
    }
    if matches!(step.deed, Deed::Metadata | Deed::Keep) {
        return step
            .target
            .as_ref()
            .is_some_and(|target| target.kind == found.kind)
            || source.kind == found.kind;
    }
    has_become(step, found)
}

/// Whether a name is as its step makes it.
fn has_become(step: &Step, found: &Entry) -> bool {
    let becomes = step.source.as_ref().map(|source| Entry {
        metadata: step.metadata().cloned().unwrap_or_default(),
        ..source.clone()
    });
    difference(becomes.as_ref(), Some(found)).is_none()
}
