//! [`Steps`]: what there is to do in one directory of two trees.

use std::sync::Arc;

use super::{Context, Place, Step, Todo};
use crate::diff::compare;
use crate::diff::found::Found;
use crate::diff::pair::Pair;
use crate::diff::part::{Scopes, Zone};
use crate::entry::{Entry, Kind, canonical_cmp};
use crate::path::ImagePath;
use crate::size::total;
use crate::tree::Directory;

/// Entries compared as one piece of work when content is read.
const BATCH_ENTRIES: usize = 128;

/// Content compared as one piece of work, in bytes of one side.
const BATCH_BYTES: u64 = 4 << 20;

/// Sorts the entries of one directory into what is decided at once and what
/// needs a step of its own.
pub(super) struct Steps<'a, 'p> {
    context: Context<'a>,
    path: &'p ImagePath,
    directories: Pair<Arc<dyn Directory>>,
    scopes: Option<Scopes<'a>>,
    batch: Vec<Todo>,
    bytes: u64,
    ready: Vec<Step<'a>>,
    below: Vec<Step<'a>>,
}

impl<'a, 'p> Steps<'a, 'p> {
    pub(super) fn new(
        context: Context<'a>,
        path: &'p ImagePath,
        directories: Pair<Arc<dyn Directory>>,
        scopes: Option<Scopes<'a>>,
    ) -> Self {
        Self {
            context,
            path,
            directories,
            scopes,
            batch: Vec::new(),
            bytes: 0,
            ready: Vec::new(),
            below: Vec::new(),
        }
    }

    /// Adds what stands at one name.
    pub(super) fn add(&mut self, pair: Pair<Entry>, zone: Zone, found: &mut Found) {
        let path = self.path.join(&pair.first().name);
        let options = self.context.options;
        if pair.any(|entry| entry.kind == Kind::Mount) {
            self.context.warn_of_mount(path.clone());
            found.mount(path, matches!(self.directories, Pair::Target(_)));
            return;
        }
        if zone == Zone::NewFiles {
            self.add_new(pair, path, found);
            return;
        }
        match pair {
            Pair::Source(entry) if entry.is_directory() => {
                self.descend(Pair::Source(entry), path, Place::Own, zone);
            }
            Pair::Source(entry) => self.sink(found).create(path, entry, None, options),
            Pair::Target(_) if self.keeps_what_is_extra() => {}
            Pair::Target(entry) if entry.is_directory() => {
                self.descend(Pair::Target(entry), path, Place::Own, zone);
            }
            Pair::Target(entry) => self.sink(found).delete(path, &entry, options),
            Pair::Both(source, target) if compare::same_type(&source.kind, &target.kind) => {
                if source.is_directory() {
                    self.descend(Pair::Both(source, target), path, Place::Own, zone);
                } else if options.checksum
                    && source.file_size().is_some()
                    && source.file_size() == target.file_size()
                {
                    self.read(source, target);
                } else {
                    self.sink(found).both(path, source, target, None, options);
                }
            }
            Pair::Both(source, target) => {
                if target.is_directory() {
                    self.descend(
                        Pair::Target(target.clone()),
                        path.clone(),
                        Place::Gives,
                        zone,
                    );
                    self.sink(found).create(path, source, Some(target), options);
                } else if source.is_directory() {
                    self.descend(
                        Pair::Source(source),
                        path,
                        Place::Takes(Box::new(target)),
                        zone,
                    );
                } else {
                    self.sink(found).create(path, source, Some(target), options);
                }
            }
        }
    }

    /// What is sent only if the target has nothing of that name.
    fn add_new(&mut self, pair: Pair<Entry>, path: ImagePath, found: &mut Found) {
        let options = self.context.options;
        match pair {
            Pair::Source(entry) if entry.is_directory() => {
                self.descend(Pair::Source(entry), path, Place::Own, Zone::NewFiles);
            }
            Pair::Source(entry) => self.sink(found).create(path, entry, None, options),
            // What is in it may be new.
            Pair::Both(source, target) if source.is_directory() && target.is_directory() => {
                self.descend(Pair::Both(source, target), path, Place::Own, Zone::NewFiles);
            }
            Pair::Both(..) | Pair::Target(_) => {}
        }
    }

    /// Whether what only the target has stays. Not in a directory that must
    /// itself go.
    fn keeps_what_is_extra(&self) -> bool {
        !self.context.options.delete && matches!(self.directories, Pair::Both(..))
    }

    /// Where the next finding goes: behind the files whose content is still
    /// to be compared, if there are any.
    fn sink<'f>(&'f mut self, found: &'f mut Found) -> &'f mut Found {
        if self.batch.is_empty() {
            return found;
        }
        if !matches!(self.batch.last(), Some(Todo::Done(_))) {
            self.batch.push(Todo::Done(Found::default()));
        }
        match self.batch.last_mut() {
            Some(Todo::Done(done)) => done,
            _ => unreachable!("it was pushed"),
        }
    }

    fn descend(&mut self, entries: Pair<Entry>, path: ImagePath, place: Place, zone: Zone) {
        self.below.push(Step::Below {
            context: self.context,
            parents: self.directories.clone(),
            entries,
            path,
            place,
            scopes: self.scopes.clone(),
            zone,
        });
    }

    fn read(&mut self, source: Entry, target: Entry) {
        let size = source.file_size().unwrap_or(0);
        if self.batch.len() >= BATCH_ENTRIES || total([self.bytes, size]) > BATCH_BYTES {
            self.flush();
        }
        self.bytes = total([self.bytes, size]);
        self.batch.push(Todo::Compare(Box::new((source, target))));
    }

    fn flush(&mut self) {
        self.bytes = 0;
        if let Pair::Both(source, target) = &self.directories
            && !self.batch.is_empty()
        {
            self.ready.push(Step::Contents {
                context: self.context,
                parents: (source.clone(), target.clone()),
                path: self.path.clone(),
                entries: std::mem::take(&mut self.batch),
            });
        }
    }

    /// The steps that are left to do.
    pub(super) fn finish(mut self) -> Vec<Step<'a>> {
        self.flush();
        // One that gives way to what is no directory stood among the files.
        self.below
            .sort_by(|one, two| canonical_cmp((one.path(), true), (two.path(), true)));
        self.ready.append(&mut self.below);
        self.ready
    }
}
