//! [`Builder`]: puts a list of rules together from arguments and files.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Filter;
use super::error::{Fault, FilterError};
use super::parse::{Inherited, Match, Merge, Parsed, Syntax, parse};
use super::pattern::{Modifiers, Pattern};
use super::rule::{Action, Origin, Rule, Sides};
use super::text::texts;
use crate::error::SysError;
use crate::path::check_component;

/// How deep files of rules may merge each other, as in rsync.
pub const MAX_DEPTH: usize = 32;

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
    pub(super) delete_excluded: bool,
    place: Place,
}

/// Where a list of rules is to hold, which decides what it may name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In a stream of entries, without directories to look into.
    #[default]
    Stream,
    /// In a tree that is walked.
    Walk,
    /// In one directory of it.
    Directory,
}

/// A rule that names a file of rules which each directory may have (`:`).
#[derive(Clone, Debug)]
pub(super) struct DirMerge {
    pub(super) name: Box<[u8]>,
    pub(super) origin: Origin,
    pub(super) reading: Reading,
    /// Whether the rules hold in subdirectories, too.
    pub(super) is_inherited: bool,
}

/// How a text with several rules is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    syntax: Syntax,
    words: bool,
    inherited: Inherited,
    depth: usize,
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
        self.delete_excluded = true;
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

    /// The list.
    pub fn build(self) -> Filter {
        Filter::of(self)
    }

    /// The rules in the content of a file that a directory has.
    pub(super) fn in_directory(
        content: &[u8],
        path: &Path,
        merge: &DirMerge,
        delete_excluded: bool,
    ) -> Result<Self, FilterError> {
        let mut list = Self {
            delete_excluded,
            place: Place::Directory,
            ..Self::default()
        };
        let mut read = |_: &Path| unreachable!("no rule of it may name a file");
        list.content(content, path, merge.reading, &mut read)?;
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

    fn one(
        &mut self,
        text: &[u8],
        origin: &Origin,
        reading: Reading,
        read: &mut ReadFile<'_>,
    ) -> Result<(), FilterError> {
        let wrong = |fault| FilterError::Rule {
            origin: origin.clone(),
            text: text.into(),
            fault,
        };
        match parse(text, reading.syntax, reading.inherited).map_err(wrong)? {
            Parsed::Nothing => Ok(()),
            Parsed::Clear => {
                self.rules.clear();
                self.merges.clear();
                self.is_cleared = true;
                Ok(())
            }
            Parsed::Match(rule) => {
                self.push(rule, origin);
                Ok(())
            }
            Parsed::Merge(merge) => {
                let inner = self.admit(&merge, reading).map_err(wrong)?;
                if merge.excludes_file {
                    let rule = own_exclusion(&merge).map_err(wrong)?;
                    self.push(rule, origin);
                }
                if merge.per_directory {
                    self.push_per_directory(&merge, origin, inner);
                    return Ok(());
                }
                let path = Path::new(OsStr::from_bytes(merge.file));
                self.file(path, origin, inner, read)
            }
        }
    }

    /// How a merged file is to be read, if it may be.
    fn admit(&self, merge: &Merge<'_>, reading: Reading) -> Result<Reading, Fault> {
        match self.place {
            // rsync allows it, but loses sides and anchors on the way.
            Place::Directory => Err(Fault::Unsupported(
                "rules in the file of a directory that name further files",
            )),
            Place::Stream if merge.per_directory => Err(Fault::Unsupported(
                "rules from a file in each directory (`:`)",
            )),
            _ if merge.per_directory && check_component(merge.file).is_err() => Err(
                Fault::Unsupported("paths as the name of a file in each directory"),
            ),
            _ if !merge.per_directory && reading.depth == MAX_DEPTH => Err(Fault::TooDeep),
            _ => Ok(Reading {
                syntax: merge.syntax,
                words: merge.words,
                inherited: merge.inherited,
                depth: reading.depth + 1,
            }),
        }
    }

    fn push_per_directory(&mut self, merge: &Merge<'_>, origin: &Origin, reading: Reading) {
        // A file is read once, for the first rule that names it.
        let mut known = self.merges.iter().map(|(_, known)| &known.name[..]);
        if known.any(|name| name == merge.file) {
            return;
        }
        let merge = DirMerge {
            name: merge.file.into(),
            origin: origin.clone(),
            reading,
            is_inherited: !merge.no_inheritance,
        };
        self.merges.push((self.rules.len(), merge));
    }

    fn push(&mut self, rule: Match, origin: &Origin) {
        let unnamed = if self.delete_excluded {
            Sides::Sender
        } else {
            Sides::Both
        };
        self.rules.push(Rule {
            action: rule.action,
            sides: rule.sides.unwrap_or(unnamed),
            perishable: rule.perishable,
            pattern: rule.pattern,
            origin: origin.clone(),
        });
    }
}

impl Reading {
    fn new(syntax: Syntax) -> Self {
        Self {
            syntax,
            words: false,
            inherited: Inherited::default(),
            depth: 0,
        }
    }
}

/// `e`: the rule that excludes a merged file, wherever a file has its name.
fn own_exclusion(merge: &Merge<'_>) -> Result<Match, Fault> {
    let mut components = merge.file.rsplit(|&byte| byte == b'/');
    let name = components.next().unwrap_or_default();
    Ok(Match {
        action: Action::Exclude,
        sides: None,
        perishable: false,
        pattern: Pattern::new(name, Modifiers::default()).map_err(Fault::Pattern)?,
    })
}

#[cfg(test)]
mod tests;
