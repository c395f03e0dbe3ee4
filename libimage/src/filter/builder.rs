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
use crate::error::SysError;

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
    rules: Vec<Rule>,
    delete_excluded: bool,
}

/// How a text with several rules is to be read.
#[derive(Clone, Copy)]
struct Reading {
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
        Filter::of(self.rules)
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
        let path: Arc<Path> = path.into();
        for (line, text) in lines(&content) {
            let path = path.clone();
            let origin = Origin::File { path, line };
            if reading.words {
                let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
                for word in text.split(is_blank) {
                    self.one(word, &origin, reading, read)?;
                }
            } else if !text.starts_with(b"#") && !text.starts_with(b";") {
                self.one(text, &origin, reading, read)?;
            }
        }
        Ok(())
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
                Ok(())
            }
            Parsed::Match(rule) => {
                self.push(rule, origin);
                Ok(())
            }
            Parsed::Merge(merge) if merge.per_directory => Err(wrong(Fault::Unsupported(
                "rules from a file in each directory (`:`)",
            ))),
            Parsed::Merge(_) if reading.depth == MAX_DEPTH => Err(wrong(Fault::TooDeep)),
            Parsed::Merge(merge) => {
                if merge.excludes_file {
                    let rule = own_exclusion(&merge).map_err(wrong)?;
                    self.push(rule, origin);
                }
                let inner = Reading {
                    syntax: merge.syntax,
                    words: merge.words,
                    inherited: merge.inherited,
                    depth: reading.depth + 1,
                };
                let path = Path::new(OsStr::from_bytes(merge.file));
                self.file(path, origin, inner, read)
            }
        }
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

/// The lines of a text with their numbers: they end at `\n`, `\r` or `\r\n`.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut number = 0;
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let end = rest.iter().position(is_end).unwrap_or(rest.len());
        let (line, end) = rest.split_at(end);
        rest = match end {
            [b'\r', b'\n', behind @ ..] | [_, behind @ ..] => behind,
            [] => end,
        };
        number += 1;
        Some((number, line))
    })
}

#[cfg(test)]
mod tests;
