//! [`Check`]: a rule, what it is for, and the function that looks.

use super::subject::Subject;
use super::traces::Noticed;
use crate::inspect::{Facts, ImageKind};
use crate::rules::{Finding, Rule};
use crate::tree::TreeError;

/// One row of the table of checks.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The rule that it checks.
    pub rule: &'static Rule,
    /// The components that it is for; none for every tree.
    pub kinds: &'static [ImageKind],
    /// What must be readable for a tree to pass.
    pub(super) scope: Scope,
    pub(super) look: Look,
}

/// How it is found out what breaks a rule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Look {
    /// By what the walk noticed.
    Traces(fn(&Noticed) -> Vec<Finding>),
    /// By looking into the tree.
    Tree(fn(&Subject<'_>) -> Result<Vec<Finding>, Gap>),
    /// By what judges facts for other commands too; it judges by several rules.
    Facts {
        /// Answers with a gap where the facts do not tell.
        told: fn(&Subject<'_>) -> Result<(), Gap>,
        judge: fn(&Facts) -> Vec<Finding>,
    },
}

impl Look {
    /// What breaks `rule`.
    pub(super) fn at(self, subject: &Subject<'_>, rule: &Rule) -> Result<Vec<Finding>, Gap> {
        match self {
            Self::Traces(look) => Ok(subject.traces.noticed.values().flat_map(look).collect()),
            Self::Tree(look) => look(subject),
            Self::Facts { told, judge } => {
                told(subject)?;
                let mut findings = judge(subject.facts);
                findings.retain(|finding| finding.rule == rule);
                Ok(findings)
            }
        }
    }
}

/// What a check has to see before it may say that nothing breaks its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The places that it reads itself.
    Places,
    /// The entries of these directories at the top, and of all beneath them.
    Beneath(&'static [&'static str]),
    /// The entries of all directories.
    Entries,
    /// The content of all files.
    Contents,
}

/// Why a check has no answer.
#[derive(Debug)]
pub(super) enum Gap {
    /// It could not look where it must.
    Open(String),
    /// There is nothing to check.
    Inapplicable(String),
    /// The tree could not be read.
    Tree(TreeError),
}

impl From<TreeError> for Gap {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing breaks the rule.
    Passed,
    /// Something does.
    Failed {
        /// How many findings there are.
        findings: usize,
    },
    /// It was not seen whether something does.
    CouldNotCheck {
        /// Why, as a sentence safe for a terminal.
        why: String,
    },
    /// The rule is not for this tree.
    NotApplicable {
        /// Why, as a sentence safe for a terminal.
        why: String,
    },
}

impl Status {
    /// The word in reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::CouldNotCheck { .. } => "could-not-check",
            Self::NotApplicable { .. } => "not-applicable",
        }
    }

    /// Whether it is not known if something breaks the rule.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::CouldNotCheck { .. })
    }

    /// Why there is no answer, where there is none.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::CouldNotCheck { why } | Self::NotApplicable { why } => Some(why),
            Self::Passed | Self::Failed { .. } => None,
        }
    }
}

impl Check {
    /// Answers with a gap unless the check is for trees of this kind.
    pub(super) fn concerns(&self, kind: Option<ImageKind>) -> Result<(), Gap> {
        if self.kinds.is_empty() {
            return Ok(());
        }
        match kind {
            Some(kind) if self.kinds.contains(&kind) => Ok(()),
            Some(kind) => Err(Gap::Inapplicable(format!("the tree is a {kind}"))),
            None => Err(Gap::Open(
                "the content does not tell the kind of the tree: give --kind".to_owned(),
            )),
        }
    }
}
