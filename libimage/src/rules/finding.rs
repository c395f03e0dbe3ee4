//! [`Finding`]: a rule that a tree breaks, and where.

use std::fmt;

use super::{Group, Rule, Severity};
use crate::inspect::Tally;
use crate::path::ImagePath;

/// One thing found by one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// By which rule.
    pub rule: &'static Rule,
    /// Where: the first of the files it is about, where it is about files.
    pub path: Option<ImagePath>,
    /// What was found, as one line safe for a terminal.
    pub message: String,
    severity: Severity,
}

impl Finding {
    pub(crate) fn new(rule: &'static Rule, path: Option<&ImagePath>, message: String) -> Self {
        Self {
            rule,
            path: path.cloned(),
            message,
            severity: rule.severity,
        }
    }

    /// The same finding, as bad as that.
    pub(super) fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same finding, taken as an error if it was a warning.
    #[must_use]
    pub fn with_fatal_warnings(mut self) -> Self {
        if self.severity == Severity::Warning {
            self.severity = Severity::Error;
        }
        self
    }

    /// How bad it is: as its rule says, unless that was raised.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether the tree is, by this, not what was demanded.
    pub fn breaks_demand(&self) -> bool {
        self.rule.group == Group::Demand && self.severity() == Severity::Error
    }
}

/// Shows `severity[rule]: message`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}[{}]: {}",
            self.severity(),
            self.rule.name,
            self.message
        )
    }
}

/// Shows the names of the examples of a tally: `a`, `b`, `c`.
pub(crate) fn named<T>(tally: &Tally<T>) -> String {
    tally
        .paths()
        .map(|path| format!("`{path}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Shows the examples of a tally and how many there are besides: `a`, `b`,
/// `c` and 7 more.
pub(crate) fn examples<T>(tally: &Tally<T>) -> String {
    let text = named(tally);
    let more = tally.count() - tally.examples().len() as u64;
    if more > 0 {
        return format!("{text} and {more} more");
    }
    text
}

/// Shows a count with its noun: `1 file`, `2 files`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
