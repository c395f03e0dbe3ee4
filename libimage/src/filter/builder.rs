//! [`Builder`]: puts a list of rules together from arguments and files.

mod add;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Filter;
use super::cvs::{CvsNames, Form, OPTION};
use super::dir_merge::DirMerge;
use super::error::{Fault, FilterError};
use super::parse::{Inherited, Syntax};
use super::rule::{Action, Origin, Rule};
use super::text::texts;
use super::within::Within;
use crate::error::SysError;

/// How deep files of rules may merge each other, as in rsync.
pub const MAX_DEPTH: usize = 32;

/// The rule for the files of CVS in each directory.
const CVS_FILES: &[u8] = b":C";

const PER_DIRECTORY: Fault = Fault::Unsupported("rules from a file in each directory (`:`)");

/// Reads a file of rules, which is named as the user named it: a relative path
/// counts from the working directory, `-` is standard input.
pub type ReadFile<'r> = dyn FnMut(&Path) -> io::Result<Vec<u8>> + 'r;

/// One option with its argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// `--filter RULE`
    Filter(Vec<u8>),
    /// `--exclude PATTERN`
    Exclude(Vec<u8>),
    /// `--include PATTERN`
    Include(Vec<u8>),
    /// `--exclude-from FILE`
    ExcludeFrom(PathBuf),
    /// `--include-from FILE`
    IncludeFrom(PathBuf),
    /// `-F`: for the first time `dir-merge /.rsync-filter`, for the second
    /// `exclude .rsync-filter`.
    RsyncFilter,
    /// `-C`: wherever it stands, the rules `:C` and `-C` at the end.
    CvsExclude,
}

/// A list of rules in the making.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) rules: Vec<Rule>,
    /// Files that each directory may have, each with the number of rules that
    /// stand before its own.
    pub(super) merges: Vec<(usize, DirMerge)>,
    /// Whether a `!` was among the rules.
    pub(super) is_cleared: bool,
    /// Whether an `x` was among the rules, one that is void now or not.
    pub(super) judges_xattrs: bool,
    pub(super) basis: Basis,
    place: Place,
    /// Which of the rules are the names that CVS ignores, and whether the rule
    /// that asked for them there is perishable.
    cvs_names: Vec<(Range<usize>, bool)>,
    /// Whether they and its files are to stand at the end.
    cvs_exclude: bool,
    /// How often `-F` was given.
    rsync_filters: usize,
}

/// What a list has in common with those of the files in directories.
#[derive(Clone, Debug, Default)]
pub(super) struct Basis {
    pub(super) delete_excluded: bool,
    pub(super) cvs: Arc<CvsNames>,
    /// The form that these names have once a rule asked for them.
    pub(super) cvs_form: Option<Form>,
}

/// Where a list of rules is to hold, which decides what it may name.
#[derive(Clone, Debug, Default)]
enum Place {
    /// In a stream of entries, without directories to look into.
    #[default]
    Stream,
    /// In a tree that is walked.
    Walk,
    /// In one directory of it.
    Directory(Within),
}

/// How a text with several rules is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    syntax: Syntax,
    words: bool,
    inherited: Inherited,
    /// How many files merge each other there.
    depth: usize,
    /// It was merged by a file in a directory. As to rsync, such rules are for
    /// both sides, and anchored at the top of the tree.
    is_detached: bool,
}

impl Builder {
    /// No rules yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes rules that name no side for the sender only from here on, as
    /// rsync's `--delete-excluded` does: what they exclude is deleted.
    #[must_use]
    pub fn delete_excluded(mut self) -> Self {
        self.basis.delete_excluded = true;
        self
    }

    /// Tells which names a user has CVS ignore, for `-C`.
    #[must_use]
    pub fn cvs(mut self, names: CvsNames) -> Self {
        self.basis.cvs = Arc::new(names);
        self
    }

    /// Allows rules that name a file which each directory may have (`:`).
    ///
    /// They only take part in a [`Scope`](super::Scope) of the filter. Without
    /// this they are refused.
    #[must_use]
    pub fn per_directory(mut self) -> Self {
        self.place = Place::Walk;
        self
    }

    /// Adds what an option says, reading files as need be.
    ///
    /// # Errors
    ///
    /// A [`FilterError`] for the first rule that is none and the first file
    /// that cannot be read. What was added before stays.
    pub fn argument(
        &mut self,
        argument: &Argument,
        read: &mut ReadFile<'_>,
    ) -> Result<(), FilterError> {
        let (name, text, syntax) = match argument {
            Argument::Filter(text) => ("--filter", text, Syntax::Rule),
            Argument::Exclude(text) => ("--exclude", text, Syntax::Simple(Action::Exclude)),
            Argument::Include(text) => ("--include", text, Syntax::Simple(Action::Include)),
            Argument::ExcludeFrom(path) => {
                return self.simple_file("--exclude-from", path, Action::Exclude, read);
            }
            Argument::IncludeFrom(path) => {
                return self.simple_file("--include-from", path, Action::Include, read);
            }
            Argument::RsyncFilter => {
                self.rsync_filters += 1;
                let rule: &[u8] = match self.rsync_filters {
                    1 => b": /.rsync-filter",
                    2 => b"- .rsync-filter",
                    _ => return Ok(()),
                };
                return self.rule(rule, &Origin::Option("-F"), read);
            }
            Argument::CvsExclude => return self.cvs_exclude(),
        };
        self.one(text, &Origin::Option(name), Reading::new(syntax), read)
    }

    /// Adds a rule as `--filter` takes it, wherever it stands.
    ///
    /// # Errors
    ///
    /// A [`FilterError`], as from [`Builder::argument`].
    pub fn rule(
        &mut self,
        text: &[u8],
        origin: &Origin,
        read: &mut ReadFile<'_>,
    ) -> Result<(), FilterError> {
        self.one(text, origin, Reading::new(Syntax::Rule), read)
    }

    /// Takes note that the names that CVS ignores, and its files, are to stand
    /// at the end.
    fn cvs_exclude(&mut self) -> Result<(), FilterError> {
        if matches!(self.place, Place::Stream) {
            let text = CVS_FILES.into();
            let (origin, fault) = (OPTION, PER_DIRECTORY);
            return Err(FilterError::Rule {
                origin,
                text,
                fault,
            });
        }
        // What is wrong with the names is wrong with the option.
        self.cvs_names(Form::PLAIN)?;
        self.cvs_exclude = true;
        Ok(())
    }

    /// The list, as a whole.
    pub(super) fn complete(mut self) -> Self {
        if self.cvs_exclude {
            let mut read = |_: &Path| unreachable!("such a rule has no file read");
            for rule in [CVS_FILES, b"-C"] {
                self.rule(rule, &OPTION, &mut read)
                    .expect("it was tried when the option was given");
            }
        }
        self
    }

    /// The list.
    pub fn build(self) -> Filter {
        Filter::of(self.complete())
    }

    /// The rules in the content of a file that a directory has, and in those
    /// that it merges, which `read` reads: their paths are those in the tree.
    pub(super) fn in_directory(
        content: &[u8],
        path: &Path,
        merge: &DirMerge,
        within: Within,
        basis: &Basis,
        read: &mut ReadFile<'_>,
    ) -> Result<Self, FilterError> {
        let mut list = Self {
            basis: basis.clone(),
            place: Place::Directory(within),
            ..Self::default()
        };
        list.content(content, path, merge.reading, read)?;
        Ok(list)
    }

    fn content(
        &mut self,
        content: &[u8],
        path: &Path,
        reading: Reading,
        read: &mut ReadFile<'_>,
    ) -> Result<(), FilterError> {
        let path: Arc<Path> = path.into();
        for (line, text) in texts(content, reading.words) {
            let path = path.clone();
            self.one(text, &Origin::File { path, line }, reading, read)?;
        }
        Ok(())
    }

    fn simple_file(
        &mut self,
        option: &'static str,
        path: &Path,
        action: Action,
        read: &mut ReadFile<'_>,
    ) -> Result<(), FilterError> {
        let reading = Reading::new(Syntax::Simple(action));
        self.file(path, &Origin::Option(option), reading, read)
    }

    fn file(
        &mut self,
        path: &Path,
        origin: &Origin,
        reading: Reading,
        read: &mut ReadFile<'_>,
    ) -> Result<(), FilterError> {
        let content = read(path).map_err(|source| FilterError::File {
            origin: origin.clone(),
            source: SysError::new("read the filter rules in", path, source),
        })?;
        self.content(&content, path, reading, read)
    }
}

impl Reading {
    fn new(syntax: Syntax) -> Self {
        Self {
            syntax,
            words: false,
            inherited: Inherited::default(),
            depth: 0,
            is_detached: false,
        }
    }
}

#[cfg(test)]
mod tests;
