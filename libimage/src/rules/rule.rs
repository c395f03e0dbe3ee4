//! [`Rule`]: one thing that ought to be so in a tree.

use std::fmt;

/// How bad it is when a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The tree does not work, or is not what was asked for.
    Error,
    /// Something to look at; the tree may well work.
    Warning,
    /// Usual, and said so that nobody has to wonder.
    Note,
}

impl Severity {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Shows the word.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a rule judges, by which commands select theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Whether a tree is what the user says it must be.
    Demand,
    /// Whether what runs before ordinary programs is whole and fits them.
    Kernel,
    /// Whether a tree is of one architecture in itself.
    Architecture,
    /// Whether its programs find what they are linked against.
    Links,
    /// Whether several trees belong together.
    Agreement,
    /// Whether a tree is fit to be given to nodes.
    Preflight,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Demand,
        Self::Kernel,
        Self::Architecture,
        Self::Links,
        Self::Agreement,
        Self::Preflight,
    ];

    /// The word in lists and options.
    pub fn word(self) -> &'static str {
        match self {
            Self::Demand => "demand",
            Self::Kernel => "kernel",
            Self::Architecture => "architecture",
            Self::Links => "links",
            Self::Agreement => "agreement",
            Self::Preflight => "preflight",
        }
    }
}

/// Shows the word.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A named rule; [`rules`](super::rules) lists all of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name in reports, which never changes: `elf-foreign`.
    pub name: &'static str,
    /// How bad its findings are.
    pub severity: Severity,
    /// What it judges.
    pub group: Group,
    /// What its findings say, in one line.
    pub summary: &'static str,
    /// Why that matters.
    pub reason: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// Where the facts behind it come from.
    pub source: &'static str,
}
