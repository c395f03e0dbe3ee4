//! [`Subject`]: the tree under check, and how checks look into it.

use std::sync::Arc;

use super::check::{Gap, Scope};
use super::readable::Unreadable;
use super::series::Series;
use super::traces::Traces;
use crate::entry::{Entry, Kind};
use crate::inspect::reach::read_head;
use crate::inspect::{Facts, ImageKind, Patterns, Tally};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::rules::Demand;
use crate::tree::{Directory, Resolved, Tree, TreeError, resolve};

/// The longest text file that is read; real ones have some kilobytes.
const MOST_BYTES: u64 = 1 << 20;

/// A directory and its entries, or some of them.
pub(super) type Listed = (Arc<dyn Directory>, Vec<Entry>);

/// A tree under check, with all that is known of it already.
pub(super) struct Subject<'a> {
    pub(super) tree: &'a dyn Tree,
    /// As which component it is judged.
    pub(super) kind: Option<ImageKind>,
    pub(super) demand: &'a Demand,
    pub(super) facts: &'a Facts,
    pub(super) traces: &'a Traces,
    /// Those of the policy.
    pub(super) patterns: &'a Patterns,
    /// The BCM release that it is meant for.
    pub(super) series: Option<Series>,
    /// Directories that the walk could not read.
    pub(super) unreadable: &'a Unreadable,
    pub(super) monitor: &'a dyn Monitor,
}

impl Subject<'_> {
    /// What a path leads to inside the tree; nothing where something is
    /// mounted on the way.
    pub(super) fn find(&self, path: &str) -> Result<Option<Resolved>, TreeError> {
        resolve(self.tree, path.as_bytes())
    }

    /// The entry of this name at the top of the tree, as it is.
    pub(super) fn top(&self, name: &str) -> Result<Option<Entry>, TreeError> {
        self.tree.root()?.1.lookup(name.as_bytes())
    }

    /// The regular file that a path leads to.
    pub(super) fn file(&self, path: &str) -> Result<Option<Resolved>, TreeError> {
        let found = self.find(path)?;
        Ok(found.filter(|found| found.entry.file_size().is_some()))
    }

    /// The text of the regular file that a path leads to, with its own path.
    pub(super) fn text(&self, path: &str) -> Result<Option<(ImagePath, Vec<u8>)>, Gap> {
        match self.file(path)? {
            Some(found) => {
                let text = Self::text_of(&*found.parent, &found.entry)?;
                Ok(Some((found.path, text)))
            }
            None => Ok(None),
        }
    }

    /// The text of a regular file.
    pub(super) fn text_of(parent: &dyn Directory, entry: &Entry) -> Result<Vec<u8>, Gap> {
        if entry.file_size().unwrap_or(0) > MOST_BYTES {
            let path = parent.path().join(&entry.name);
            return Err(Gap::Open(format!("`{path}` is too large to be read")));
        }
        let most = usize::try_from(MOST_BYTES).expect("a mebibyte fits");
        Ok(read_head(parent, &entry.name, most)?)
    }

    /// The directory that a path leads to, with its entries.
    pub(super) fn list(&self, path: &str) -> Result<Option<Listed>, TreeError> {
        let Some(found) = self.find(path)?.filter(|found| found.entry.is_directory()) else {
            return Ok(None);
        };
        let directory = match found.path.file_name() {
            Some(name) => found.parent.directory(name)?,
            None => Some(found.parent),
        };
        let Some(directory) = directory else {
            return Ok(None);
        };
        let entries = directory.entries(self.monitor)?;
        Ok(Some((directory, entries)))
    }

    /// The regular files of the directory that a path leads to.
    pub(super) fn files(&self, path: &str) -> Result<Option<Listed>, TreeError> {
        let mut listed = self.list(path)?;
        if let Some((_, entries)) = &mut listed {
            entries.retain(|entry| matches!(entry.kind, Kind::File { .. }));
        }
        Ok(listed)
    }

    /// Answers with a gap if something in `scope` could not be read.
    pub(super) fn saw_all(&self, scope: Scope) -> Result<(), Gap> {
        match scope {
            Scope::Places => Ok(()),
            Scope::Beneath(tops) => {
                let mut unread = Tally::default();
                for top in tops {
                    unread.merge(self.unreadable.beneath(top.as_bytes()));
                }
                all_read(&unread, "directory", "directories")
            }
            Scope::Entries => all_read(&self.unreadable.all(), "directory", "directories"),
            Scope::Contents => {
                all_read(&self.unreadable.all(), "directory", "directories")?;
                all_read(self.facts.census.unreadable(), "file", "files")
            }
        }
    }
}

fn all_read(unread: &Tally<String>, one: &str, more: &str) -> Result<(), Gap> {
    let Some((path, why)) = unread.examples().first() else {
        return Ok(());
    };
    Err(Gap::Open(match unread.count() {
        1 => format!("a {one} could not be read, `{path}`: {why}"),
        count => format!("{count} {more} could not be read, such as `{path}`: {why}"),
    }))
}
