//! Files that give privileges, and whether they belong to a package.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Gap, Subject};
use crate::entry::{Entry, Kind};
use crate::inspect::{Diversions, Marks, Packages, Tally};
use crate::path::ImagePath;
use crate::rules::{Finding, PRIVILEGED_UNPACKAGED, counted, examples};
use crate::tree::{TreeError, resolve};

/// `S_ISUID` and `S_ISGID`, see inode(7).
const SET_ID: u16 = 0o6000;

/// Where Linux keeps the capabilities of a file, see capabilities(7).
const CAPABILITIES: &[u8] = b"security.capability";

/// How many files are kept; real images have some dozen.
const MOST_FILES: usize = 4096;

/// Regular files with set-uid or set-gid bits or with capabilities.
#[derive(Default)]
pub(super) struct Privileged {
    files: BTreeSet<ImagePath>,
    /// How many more there are.
    beyond: u64,
}

impl Privileged {
    pub(super) fn note(&mut self, path: &ImagePath, entry: &Entry) {
        let gives =
            entry.metadata.mode & SET_ID != 0 || entry.metadata.xattrs.get(CAPABILITIES).is_some();
        if !gives || !matches!(entry.kind, Kind::File { .. }) {
            return;
        }
        if self.files.len() < MOST_FILES {
            self.files.insert(path.clone());
        } else {
            self.beyond += 1;
        }
    }
}

/// Files that give privileges and that no package brought.
pub(super) fn privileged(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let Privileged { files, beyond } = &subject.traces.privileged;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let Some(packages) = &subject.facts.packages else {
        return Err(Gap::Open(
            "there are such files, and no package database to tell where they come from".to_owned(),
        ));
    };
    let mut strangers = Strangers::new(subject, files)?;
    let unread = strangers.visit(subject, packages)?;
    if strangers.left.is_empty() {
        return match beyond {
            0 => Ok(Vec::new()),
            _ => Err(Gap::Open(format!(
                "more than {} give privileges",
                counted(MOST_FILES as u64, "file")
            ))),
        };
    }
    if let Some(why) = unread {
        return Err(Gap::Open(why));
    }
    let mut tallies: BTreeMap<Marks, Tally> = BTreeMap::new();
    for path in &strangers.left {
        let marks = subject.patterns.marks(path);
        tallies.entry(marks).or_default().add(path, ());
    }
    let finding = |tally: Tally| {
        let message = format!(
            "{} with set-uid, set-gid or capabilities from no package: {}",
            counted(tally.count(), "file"),
            examples(&tally)
        );
        Finding::new(&PRIVILEGED_UNPACKAGED, tally.paths().next(), message)
    };
    Ok(tallies.into_values().map(finding).collect())
}

/// Files of which no package is known yet.
struct Strangers {
    left: BTreeSet<ImagePath>,
    /// What a package would have to name, by the last component (what stands
    /// before it may lead through symlinks), and the file that this stands for.
    by_name: HashMap<Box<[u8]>, Vec<(ImagePath, ImagePath)>>,
}

impl Strangers {
    fn new(subject: &Subject<'_>, files: &BTreeSet<ImagePath>) -> Result<Self, Gap> {
        let mut by_name: HashMap<Box<[u8]>, Vec<_>> = HashMap::new();
        let mut add = |named: ImagePath, file: &ImagePath| {
            let name = named.file_name().unwrap_or_default().into();
            by_name.entry(name).or_default().push((named, file.clone()));
        };
        for file in files {
            add(file.clone(), file);
        }
        for (from, to) in Diversions::find(subject.tree, subject.monitor)?.pairs() {
            if let Some(file) = resolve_parent(subject, to)?
                && files.contains(&file)
                && let Some(named) = resolve_parent(subject, from)?
            {
                add(named, &file);
            }
        }
        Ok(Self {
            left: files.clone(),
            by_name,
        })
    }

    /// Strikes out the files that packages name; answers why some of the
    /// packages' files are not known.
    fn visit(
        &mut self,
        subject: &Subject<'_>,
        packages: &Packages,
    ) -> Result<Option<String>, TreeError> {
        let mut error = None;
        let mut visit = |named: &[u8], _: &str| {
            if error.is_none()
                && let Err(failed) = self.strike(subject, named)
            {
                error = Some(failed);
            }
        };
        let unread = packages.visit_files(subject.tree, &mut visit, subject.monitor)?;
        if let Some(error) = error {
            return Err(error);
        }
        let unread = unread.first().or(packages.unread.first());
        Ok(unread.map(|unread| {
            format!(
                "which files belong to packages was not read in full: `{}`: {}",
                unread.path, unread.reason
            )
        }))
    }

    fn strike(&mut self, subject: &Subject<'_>, named: &[u8]) -> Result<(), TreeError> {
        let name = named
            .rsplit(|byte| *byte == b'/')
            .next()
            .unwrap_or_default();
        let Some(candidates) = self.by_name.get(name) else {
            return Ok(());
        };
        if !candidates.iter().any(|(_, file)| self.left.contains(file)) {
            return Ok(());
        }
        let Some(found) = resolve_parent(subject, named)? else {
            return Ok(());
        };
        for (_, file) in candidates.iter().filter(|(named, _)| *named == found) {
            self.left.remove(file);
        }
        Ok(())
    }
}

/// A path without symlinks in its directory; nothing where that leads nowhere.
fn resolve_parent(subject: &Subject<'_>, path: &[u8]) -> Result<Option<ImagePath>, TreeError> {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    let Ok(path) = ImagePath::new(path) else {
        return Ok(None);
    };
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Ok(None);
    };
    match resolve(subject.tree, parent.as_bytes()) {
        Ok(found) => Ok(found.map(|found| found.path.join(name))),
        Err(TreeError::Unresolved { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
