//! Whether changed files are as their package shipped them.

use std::collections::{HashMap, HashSet};
use std::io::{ErrorKind, Read as _};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Read;
use super::finder::Finder;
use super::locator::Locator;
use super::owners::{self, Names, Owner, Side};
use super::transition::{PackageChange, Transition};
use crate::diff::{Action, Change};
use crate::entry::Kind;
use crate::inspect::{FileRole, Shipped, ShippedContent, ShippedDigest};
use crate::monitor::{self, Monitor, Phase};
use crate::tree::{Tree, TreeError};

/// A changed file that a package owns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageFile {
    /// The number of its change in [`Outcome::changes`](crate::diff::Outcome).
    pub change: usize,
    /// What it is for, by the target's package if both have one.
    pub role: FileRole,
    /// What the source's content is; nothing where no package of the source
    /// owns it.
    pub source: Option<Content>,
    /// The same of the target.
    pub target: Option<Content>,
}

/// What a file's content is, held against what its package shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// The same.
    AsShipped,
    /// Another: somebody or something changed it.
    Changed,
    /// Nobody knows: the database has no digest of it, or the tree no content.
    Unknown,
    /// It was not looked at, see [`Options::read`](super::Options::read).
    NotRead,
}

impl Content {
    /// The content as a word for reports; nothing where it is not known.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::AsShipped => Some("as-shipped"),
            Self::Changed => Some("changed"),
            Self::Unknown | Self::NotRead => None,
        }
    }
}

/// What was found out about one side of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) content: Content,
    pub(super) role: FileRole,
}

/// By the number of the change.
pub(super) type Found = HashMap<usize, Checked>;

/// The size of a file on one side of a change; nothing where that side has no
/// file, or none whose content the change is about.
pub(super) type SizeOn<'a> = &'a dyn Fn(usize) -> Option<u64>;

fn size(kind: &Kind) -> Option<u64> {
    match kind {
        Kind::File { size } => Some(*size),
        _ => None,
    }
}

/// What would be sent.
pub(super) fn of_source(change: &Change) -> Option<u64> {
    match change.action {
        Action::Delete | Action::Metadata => None,
        _ => size(&change.kind),
    }
}

/// What would be overwritten, replaced or deleted of what the target has.
pub(super) fn of_target(change: &Change, present: Option<&Kind>) -> Option<u64> {
    match change.action {
        Action::Metadata => None,
        _ => present.and_then(size),
    }
}

/// What both sides are checked by.
pub(super) struct Checks<'a> {
    pub(super) changes: &'a [Change],
    pub(super) names: &'a Names,
    pub(super) packages: &'a [PackageChange],
    pub(super) read: Read,
    pub(super) threads: usize,
}

/// A file to be read.
struct Task {
    change: usize,
    size: u64,
    digest: ShippedDigest,
}

/// So many files are taken at once by a thread: those of one directory mostly.
const BATCH: usize = 32;

impl Checks<'_> {
    /// Looks at the files of one side.
    pub(super) fn run(
        &self,
        tree: &dyn Tree,
        known: &Side,
        owners: &[Owner],
        size_on: SizeOn<'_>,
        monitor: &dyn Monitor,
    ) -> Result<Found, TreeError> {
        let subject = |change: usize| {
            let size = size_on(change)?;
            let owner = owners[change];
            matches!(owner, Owner::One(_)).then_some((size, owner))
        };
        let all: Vec<usize> = (0..owners.len())
            .filter(|&one| subject(one).is_some())
            .collect();
        let mut found = Found::new();
        if all.is_empty() {
            return Ok(found);
        }
        let shipped = self.shipped(tree, known, owners, &all, monitor)?;
        let unchanged = self.unchanged_packages();
        // Of what is elsewhere, only what tells something is brought here.
        let is_near = tree.fetch().is_none();
        let mut tasks = Vec::new();
        for change in all {
            let Some((size, owner)) = subject(change) else {
                continue;
            };
            let plain = (ShippedContent::Unknown, FileRole::Plain);
            let (content, role) = shipped.get(&change).copied().unwrap_or(plain);
            let place = self.changes[change].path.components().next();
            let is_telling = role == FileRole::Configuration
                || matches!(place, Some(b"etc" | b"var"))
                || self
                    .names
                    .get(owner)
                    .is_some_and(|name| unchanged.contains(name));
            let content = match content {
                ShippedContent::Unknown => Content::Unknown,
                // There is one now.
                ShippedContent::NoFile => Content::Changed,
                ShippedContent::Digest(_) if !(is_telling || is_near && self.read == Read::All) => {
                    Content::NotRead
                }
                ShippedContent::Digest(digest) => {
                    tasks.push(Task {
                        change,
                        size,
                        digest,
                    });
                    Content::Unknown
                }
            };
            found.insert(change, Checked { content, role });
        }
        for (change, content) in self.read(tree, &tasks, monitor)? {
            found.get_mut(&change).expect("it was put there").content = content;
        }
        Ok(found)
    }

    /// What packages say of these changes' files.
    fn shipped(
        &self,
        tree: &dyn Tree,
        known: &Side,
        owners: &[Owner],
        all: &[usize],
        monitor: &dyn Monitor,
    ) -> Result<HashMap<usize, (ShippedContent, FileRole)>, TreeError> {
        let mut shipped = HashMap::new();
        let Some(packages) = &known.packages else {
            return Ok(shipped);
        };
        let wanted: HashSet<&str> = all
            .iter()
            .filter_map(|&change| self.names.get(owners[change]))
            .collect();
        // That they cannot be read was told when the owners were looked for.
        let diversions = owners::diversions(tree, &mut Vec::new(), monitor)?;
        let mut is_asked = vec![false; self.changes.len()];
        for &change in all {
            is_asked[change] = true;
        }
        let mut locator = Locator::new(tree, diversions, self.changes, |_| true);
        let mut failed = None;
        let mut with_sums: HashSet<&str> = HashSet::new();
        let mut visit = |file: &Shipped<'_>| {
            if failed.is_some() {
                return;
            }
            with_sums.extend(wanted.get(file.package).filter(|_| {
                file.role == FileRole::Plain && matches!(file.content, ShippedContent::Digest(_))
            }));
            match locator.find(file.path, file.package) {
                Ok(Some(change)) if is_asked[change] => {
                    if self.names.get(owners[change]) != Some(file.package) {
                        return;
                    }
                    let said = (file.content, file.role);
                    let entry = shipped.entry(change).or_insert(said);
                    if file.role == FileRole::Configuration {
                        *entry = said;
                    } else if entry.0 != file.content {
                        // Two architectures of a package may each bring one.
                        entry.0 = ShippedContent::Unknown;
                    }
                }
                Ok(_) => {}
                Err(error) => failed = Some(error),
            }
        };
        let is_wanted = |name: &str| wanted.contains(name);
        let unread = packages.visit_shipped(tree, &is_wanted, &mut visit, monitor)?;
        if let Some(error) = failed {
            return Err(error);
        }
        // What is not read is not known, file by file.
        if unread.is_empty() {
            // dpkg has sums of all regular files of a package, or of none.
            let no_file = (ShippedContent::NoFile, FileRole::Plain);
            for &change in all {
                let name = self.names.get(owners[change]);
                if name.is_some_and(|name| with_sums.contains(name)) {
                    shipped.entry(change).or_insert(no_file);
                }
            }
        }
        Ok(shipped)
    }

    /// Names of packages that both trees have in the same versions.
    fn unchanged_packages(&self) -> HashSet<&str> {
        let is_same = |package: &&PackageChange| package.transition == Transition::Same;
        let mut same: HashSet<&str> = self
            .packages
            .iter()
            .filter(is_same)
            .map(|package| &*package.name)
            .collect();
        for package in self.packages.iter().filter(|package| !is_same(package)) {
            same.remove(&*package.name);
        }
        same
    }

    /// Reads files on several threads.
    fn read(
        &self,
        tree: &dyn Tree,
        tasks: &[Task],
        monitor: &dyn Monitor,
    ) -> Result<Vec<(usize, Content)>, TreeError> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(elsewhere) = tree.fetch() {
            let path = |task: &Task| self.changes[task.change].path.clone();
            let files: Vec<_> = tasks.iter().map(path).collect();
            elsewhere.fetch(&files, monitor)?;
        }
        monitor.begin(Phase::Hash, None);
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Ok(Vec::with_capacity(tasks.len())));
        let work = || {
            let mut finder = Finder::new(tree);
            loop {
                let start = next.fetch_add(BATCH, Ordering::Relaxed);
                let end = tasks.len().min(start.saturating_add(BATCH));
                if start >= end {
                    return;
                }
                let batch = tasks[start..end].iter().map(|task| {
                    let change = &self.changes[task.change];
                    let content = compare(&mut finder, change, task, monitor)?;
                    Ok((task.change, content))
                });
                let batch: Result<Vec<_>, TreeError> = batch.collect();
                let mut results = results.lock().expect("no thread panics with it");
                match (&mut *results, batch) {
                    (Ok(results), Ok(batch)) => results.extend(batch),
                    (results @ Ok(_), Err(error)) => *results = Err(error),
                    (Err(_), _) => return,
                }
            }
        };
        let threads = NonZeroUsize::new(self.threads).map_or(1, NonZeroUsize::get);
        let further = threads.min(tasks.len().div_ceil(BATCH)) - 1;
        thread::scope(|scope| {
            for _ in 0..further {
                // With fewer threads it takes longer, and no more than that.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        results.into_inner().expect("no thread panics with it")
    }
}

/// Holds one file against what was shipped; fails only if asked to stop.
fn compare(
    finder: &mut Finder<'_>,
    change: &Change,
    task: &Task,
    monitor: &dyn Monitor,
) -> Result<Content, TreeError> {
    monitor::check(monitor)?;
    let name = change.path.file_name().unwrap_or_default();
    let opened = finder
        .parent(&change.path)
        .and_then(|parent| parent.map(|parent| parent.open(name)).transpose());
    let mut file = match opened {
        Ok(Some(file)) => file,
        Err(TreeError::Cancelled) => return Err(TreeError::Cancelled),
        Ok(None) | Err(_) => return Ok(Content::Unknown),
    };
    let mut hasher = task.digest.hasher();
    let mut buffer = vec![0; 64 << 10];
    let mut left = task.size;
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Ok(Content::Unknown),
        };
        monitor::check(monitor)?;
        monitor.advance(0, count as u64);
        hasher.update(&buffer[..count]);
        // It changes now; or the tree has the beginnings of files alone.
        let Some(rest) = left.checked_sub(count as u64) else {
            return Ok(Content::Unknown);
        };
        left = rest;
    }
    Ok(match left {
        0 if hasher.finish() == task.digest => Content::AsShipped,
        0 => Content::Changed,
        _ => Content::Unknown,
    })
}

/// Both sides of each file.
pub(super) fn join(source: Found, target: Found) -> Vec<PackageFile> {
    let mut files: HashMap<usize, PackageFile> = HashMap::with_capacity(source.len());
    for (change, checked) in source {
        files.insert(
            change,
            PackageFile {
                change,
                role: checked.role,
                source: Some(checked.content),
                target: None,
            },
        );
    }
    for (change, checked) in target {
        let file = files.entry(change).or_insert(PackageFile {
            change,
            role: checked.role,
            source: None,
            target: None,
        });
        file.role = checked.role;
        file.target = Some(checked.content);
    }
    let mut files: Vec<_> = files.into_values().collect();
    files.sort_unstable_by_key(|file| file.change);
    files
}
