//! [`FilterError`]: why a list of rules cannot be used.

use std::fmt;

use super::pattern::PatternError;
use super::rule::Origin;
use crate::error::{ErrorKind, ImageError, SysError};
use crate::escape::Escaped;

/// Why a list of rules cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum FilterError {
    /// A rule says nothing that can be done.
    Rule {
        /// Where it stands.
        origin: Origin,
        /// The rule as it was written.
        text: Box<[u8]>,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A file of rules could not be read.
    File {
        /// Where it was named.
        origin: Origin,
        /// What failed.
        source: SysError,
    },
}

/// What is wrong with a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It starts with no known rule.
    UnknownRule,
    /// It starts with a blank.
    BlankBefore,
    /// The rule does not take this modifier, or not behind the one before.
    Modifier(u8),
    /// Its pattern is none.
    Pattern(PatternError),
    /// It names no file.
    NoFile,
    /// It names a file as none can be: with a NUL.
    FileName,
    /// Something follows `!`.
    AfterClear,
    /// It names a side, and so did the rule that merged its file.
    SideTwice,
    /// It stands in a directory of a tree and names a file outside of it.
    Outside,
    /// It stands in a directory of a tree, in which more than
    /// [`MAX_PER_DIRECTORY`](super::MAX_PER_DIRECTORY) files of rules were
    /// named like this.
    TooMany,
    /// It merges a file into more than [`MAX_DEPTH`](super::MAX_DEPTH) others.
    TooDeep,
    /// It is for extended attributes (`x`) and stands in a directory of a tree.
    XattrInDirectory,
    /// It asks for what is not supported, in words.
    Unsupported(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownRule => f.write_str("there is no such rule"),
            Self::BlankBefore => f.write_str("a blank stands before the rule"),
            Self::Modifier(byte) => {
                write!(f, "`{}` is no modifier here", Escaped(&[*byte]))
            }
            Self::Pattern(error) => error.fmt(f),
            Self::NoFile => f.write_str("there is no file name"),
            Self::FileName => f.write_str("there is no file of that name"),
            Self::AfterClear => f.write_str("something follows the clearing of the list"),
            Self::SideTwice => {
                f.write_str("it names a side, and so does the rule that merged this file")
            }
            Self::Outside => f.write_str("it names a file outside of the tree that it stands in"),
            Self::TooMany => write!(
                f,
                "rules in directories name more than {} further files for each directory",
                super::MAX_PER_DIRECTORY
            ),
            Self::TooDeep => write!(
                f,
                "files of rules merge each other more than {} deep",
                super::MAX_DEPTH
            ),
            Self::XattrInDirectory => {
                f.write_str("a rule for extended attributes (`x`) does not count in a directory")
            }
            Self::Unsupported(what) => write!(f, "{what} are not supported"),
        }
    }
}

impl Fault {
    fn hint(self) -> &'static str {
        match self {
            Self::UnknownRule => {
                "a rule starts with one of `- + . : H S P R !` or its long name, then a blank, as in `- *.o`; a pattern alone is for --exclude and --include"
            }
            Self::BlankBefore => "remove the blanks at the start of the line",
            Self::Modifier(_) => {
                "one blank or `_` stands between a rule with its modifiers and the pattern, as in `-s *.o` or `exclude,s *.o`"
            }
            Self::Pattern(PatternError::Empty) => {
                "one blank or `_` and the pattern follow the rule, as in `- *.o`"
            }
            Self::Pattern(_) => "no name could ever match it",
            Self::NoFile => "one blank or `_` and the name of a file follow the rule",
            Self::FileName => "remove the NUL byte from it",
            Self::AfterClear => {
                "`!` stands alone, with no blank behind it; a name that starts with `!` is excluded by `- !name`"
            }
            Self::SideTwice => "name the side here or there",
            Self::Outside => {
                "what stands in a tree makes no other file be read: put the file into the tree, or merge it by --filter"
            }
            Self::XattrInDirectory => {
                "give it by --filter; in the file of a directory rsync has it hold from when it happens to read that"
            }
            Self::TooMany => "look for files of rules that name each other",
            Self::TooDeep => "look for a file that merges itself",
            Self::Unsupported(_) => "take the rule out, or say the same with other rules",
        }
    }
}

/// How many bytes of a wrong rule are shown.
const SHOWN: usize = 100;

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule {
                origin,
                text,
                fault,
            } => {
                let (text, more) = match text.get(..SHOWN) {
                    Some(start) if text.len() > SHOWN => (start, "…"),
                    _ => (&text[..], ""),
                };
                write!(f, "{origin}: the rule `{}{more}`: {fault}", Escaped(text))
            }
            Self::File { origin, source } => write!(f, "{origin}: {source}"),
        }
    }
}

impl std::error::Error for FilterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Rule { .. } => None,
            Self::File { source, .. } => source.source(),
        }
    }
}

impl ImageError for FilterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Rule { .. } => ErrorKind::Usage,
            Self::File { source, .. } => source.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Rule { fault, .. } => Some(fault.hint().to_owned()),
            Self::File { source, .. } => source.help(),
        }
    }
}
