//! [`Scope`]: the rules that hold in one directory.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use super::builder::Builder;
use super::dir_merge::DirMerge;
use super::question::Question;
use super::within::Within;
use super::{Decision, Fault, Filter, FilterError, Rule, Side, Sides};
use crate::error::SysError;
use crate::path::ImagePath;

/// Reads a file of rules in the tree that is walked; nothing if there is none.
/// A directory counts as an empty one.
pub type ReadInTree<'r> = dyn FnMut(&ImagePath) -> io::Result<Option<Vec<u8>>> + 'r;

/// How many files of rules those in a tree may name for each directory, in
/// which each would be looked for.
pub const MAX_PER_DIRECTORY: usize = 100;

/// Bytes in all files that the file of one directory merges. Real ones have a
/// few lines; without an end some that merge each other would be read for ever.
const MOST_MERGED: usize = 1 << 20;

/// What each of them counts for at least.
const LEAST_MERGED: usize = 4 << 10;

/// Bytes in all files of rules that are held for one directory, its own and those
/// above with what they merge; compiled they take fifty times as much and more. A
/// symlink makes one file that of every directory.
const MOST_HELD: usize = 2 << 20;

/// The rules that hold in one directory: those of a [`Filter`] and those of
/// files in that directory and above.
///
/// A walk starts with [`Filter::scope`] and enters one directory after the
/// other. Each of the two trees of a transfer has scopes of its own, since the
/// files in it count. Scopes of a walk share what they have in common.
///
/// In these things it is not rsync:
///
/// - Nothing outside of the tree is read. A path such as `dir-merge
///   /.rsync-filter` has rsync look for the file in the directories above the
///   tree as well, and a rule in a directory may have it merge any file.
/// - rsync takes wildcards in the path of such a file for wildcards of the
///   anchored patterns in it.
/// - If rules in directories ask for the names that CVS ignores, each in a form
///   of its own, to rsync the one counts that it happens to read first.
#[derive(Clone, Debug)]
pub struct Scope<'f> {
    filter: &'f Filter,
    /// The sender or the receiver.
    side: Side,
    /// For each file that a directory may have, the rules from the deepest
    /// directory that has it.
    locals: Vec<(Arc<DirMerge>, Option<Arc<Local>>)>,
    /// Bytes in the files that were read for them.
    held: usize,
}

/// Rules in their order, and between them those of files that each directory
/// may have.
#[derive(Debug, Default)]
pub(super) struct RuleList {
    pub(super) rules: Vec<Rule>,
    /// For each such file how many rules stand before its own, and its place
    /// among all such files.
    pub(super) slots: Vec<(usize, usize)>,
}

/// The rules in the file of one directory.
#[derive(Debug)]
struct Local {
    list: RuleList,
    /// The rules from directories above.
    above: Option<Arc<Self>>,
}

impl Filter {
    /// The rules that hold at the top of the tree of one side.
    ///
    /// # Errors
    ///
    /// A [`FilterError`], if the top has a file of rules that cannot be read
    /// or in which something is no rule.
    pub fn scope(&self, side: Side, read: &mut ReadInTree<'_>) -> Result<Scope<'_>, FilterError> {
        let scope = Scope {
            filter: self,
            side,
            locals: self
                .merges
                .iter()
                .map(|merge| (merge.clone(), None))
                .collect(),
            held: 0,
        };
        scope.enter(&ImagePath::root(), read)
    }
}

impl Scope<'_> {
    /// The rules that hold in a directory of this one.
    ///
    /// # Errors
    ///
    /// A [`FilterError`], as for [`Filter::scope`].
    pub fn enter(
        &self,
        directory: &ImagePath,
        read: &mut ReadInTree<'_>,
    ) -> Result<Self, FilterError> {
        let mut inner = self.clone();
        for (merge, local) in &mut inner.locals {
            if !merge.is_inherited {
                *local = None;
            }
        }
        // The rules may name further files, which then count here, too.
        let mut number = 0;
        while let Some((merge, _)) = inner.locals.get(number) {
            let merge = merge.clone();
            let within = inner.within(directory, false);
            if number >= self.locals.len()
                && let Some(start) = &merge.start
            {
                for above in within.above(start) {
                    let above = inner.within(&above, true);
                    if merge.is_inherited {
                        inner.add(number, &merge, above, read)?;
                    } else {
                        // rsync reads it, and fails if something in it is wrong.
                        inner.clone().add(number, &merge, above, read)?;
                    }
                }
            }
            inner.add(number, &merge, within, read)?;
            number += 1;
        }
        Ok(inner)
    }

    fn within(&self, directory: &ImagePath, is_above: bool) -> Within {
        Within {
            directory: directory.clone(),
            root: self.filter.place(self.side).into(),
            is_above,
        }
    }

    /// Adds the rules in one file of one directory, if it has it.
    fn add(
        &mut self,
        number: usize,
        merge: &DirMerge,
        within: Within,
        read: &mut ReadInTree<'_>,
    ) -> Result<(), FilterError> {
        let file = within.directory.join(&merge.name);
        let path = Path::new(OsStr::from_bytes(file.as_bytes()));
        let failed = |source| FilterError::File {
            origin: merge.origin.clone(),
            source: SysError::new("read the filter rules in", path, source),
        };
        let Some(content) = read(&file).map_err(failed)? else {
            return Ok(());
        };
        let mut left = MOST_MERGED;
        let mut merged = |path: &Path| {
            let path = ImagePath::new(path.as_os_str().as_bytes()).expect("it was one");
            let content = read(&path)?.ok_or_else(|| {
                io::Error::new(io::ErrorKind::NotFound, "the tree has no such file")
            })?;
            left = left
                .checked_sub(content.len().max(LEAST_MERGED))
                .ok_or_else(|| io::Error::other("the files that it merges are too large in all"))?;
            Ok(content)
        };
        let basis = &self.filter.basis;
        let built = Builder::in_directory(&content, path, merge, within, basis, &mut merged)?;
        self.held += content.len() + (MOST_MERGED - left);
        if self.held > MOST_HELD {
            let reason = "with those of the directories above it is too large";
            return Err(failed(io::Error::other(reason)));
        }
        let above = self.locals[number].1.take();
        let mut list = RuleList {
            rules: built.rules,
            slots: Vec::new(),
        };
        for (before, merge) in built.merges {
            if let Some(number) = self.register(merge)? {
                list.slots.push((before, number));
            }
        }
        self.locals[number].1 = Some(Arc::new(Local {
            list,
            above: above.filter(|_| !built.is_cleared),
        }));
        Ok(())
    }

    /// Takes note of a file that the rules of a directory name; its number,
    /// unless it is none of this side's, or is known and so has its place.
    fn register(&mut self, merge: DirMerge) -> Result<Option<usize>, FilterError> {
        let is_other = match merge.side {
            Some(Sides::Sender) => self.side != Side::Sender,
            Some(Sides::Receiver) => self.side == Side::Sender,
            Some(Sides::Both) | None => false,
        };
        let mut known = self.locals.iter();
        if is_other || known.any(|(known, _)| known.name == merge.name) {
            return Ok(None);
        }
        let number = self.locals.len();
        if number >= self.filter.merges.len() + MAX_PER_DIRECTORY {
            return Err(FilterError::Rule {
                origin: merge.origin,
                text: [b": ", &merge.name[..]].concat().into(),
                fault: Fault::TooMany,
            });
        }
        self.locals.push((Arc::new(merge), None));
        Ok(Some(number))
    }

    /// Judges an entry of this directory.
    pub fn decide(&self, side: Side, path: &ImagePath, is_dir: bool) -> Decision<'_> {
        if path.is_root() {
            return Decision(None);
        }
        let place = self.filter.place(side);
        let question = Question::new(side, place, path.as_bytes(), is_dir);
        Decision(self.first(&question, &self.filter.list))
    }

    /// The first rule that matches. What a slot holds was registered behind
    /// what holds the slot, so this ends.
    fn first<'r>(&'r self, question: &Question<'_>, list: &'r RuleList) -> Option<&'r Rule> {
        let mut start = 0;
        for &(before, number) in &list.slots {
            if let Some(rule) = question.first(&list.rules[start..before]) {
                return Some(rule);
            }
            let (merge, deepest) = &self.locals[number];
            let holds = question.side() != Side::Removal || !merge.perishable;
            let deepest = deepest.as_deref().filter(|_| holds);
            let mut locals = std::iter::successors(deepest, |local| local.above.as_deref());
            let rule = locals.find_map(|local| self.first(question, &local.list));
            if rule.is_some() {
                return rule;
            }
            start = before;
        }
        question.first(&list.rules[start..])
    }
}

#[cfg(test)]
mod tests;
