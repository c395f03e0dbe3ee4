//! [`Rule`]: a pattern, what it does, for whom, and where it was written.

use std::fmt::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::Side;
use super::pattern::Pattern;
use crate::error::show;

/// What a rule does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `+`: keeps it from the rules that follow.
    Include,
    /// `-`: leaves it out.
    Exclude,
}

/// Which sides of a transfer a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sides {
    /// Both: what is excluded is neither sent nor deleted.
    Both,
    /// `s`: what is excluded is not sent (hidden).
    Sender,
    /// `r`: what is excluded is not deleted (protected).
    Receiver,
}

/// Where a rule stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// In an argument of this option.
    Option(&'static str),
    /// In a file.
    File {
        /// The file, as it was named.
        path: Arc<Path>,
        /// The line, counted from 1.
        line: usize,
    },
}

/// Shows `--exclude`, or the file and the line, escaped for a terminal.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(name) => f.write_str(name),
            Self::File { path, line } => write!(f, "{} line {line}", show(path)),
        }
    }
}

/// One rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// What it does.
    pub action: Action,
    /// For whom.
    pub sides: Sides,
    /// `p`: it does not hold in a directory that is being deleted.
    pub perishable: bool,
    /// `x`: it is for the names of extended attributes, not for entries.
    pub xattr: bool,
    /// With what.
    pub pattern: Pattern,
    /// Where it was written.
    pub origin: Origin,
    /// How much of a path, with its `/`, is the directory's in whose file it
    /// stands: if its pattern is anchored, then behind that.
    pub(super) anchor: usize,
}

impl Rule {
    pub(super) fn is_for(&self, side: Side) -> bool {
        match self.sides {
            Sides::Sender if side != Side::Sender => false,
            Sides::Receiver if side == Side::Sender => false,
            _ => !self.perishable || side != Side::Removal,
        }
    }
}

/// Shows the rule in rsync's short form, escaped for a terminal.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modifiers = self.pattern.modifiers();
        f.write_char(match self.action {
            Action::Include => '+',
            Action::Exclude => '-',
        })?;
        for (given, letter) in [
            (modifiers.absolute, '/'),
            (modifiers.negated, '!'),
            (self.sides == Sides::Sender, 's'),
            (self.sides == Sides::Receiver, 'r'),
            (self.perishable, 'p'),
            (self.xattr, 'x'),
        ] {
            if given {
                f.write_char(letter)?;
            }
        }
        write!(f, " {}", self.pattern)
    }
}
