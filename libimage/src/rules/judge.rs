//! [`judge`]: from facts to findings and a verdict.

use std::fmt;

use super::{
    ARCH_UNKNOWN, Demand, Finding, Policy, Severity, foreign, kernel, links, packages, packed,
};
use crate::inspect::Facts;

/// What is to be said about a tree in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Of one architecture, and all that was demanded.
    Match,
    /// Not what was demanded, or not of one architecture.
    Mismatch,
    /// Nothing in it shows an architecture.
    Unknown,
}

impl Verdict {
    /// The word in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Unknown => "unknown",
        }
    }
}

/// Shows the word.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Judges a tree by its facts alone; the findings come worst first.
///
/// A tree without any ELF file to judge by is [`Verdict::Unknown`], with an
/// error if an architecture was demanded: not proven is not met.
pub fn judge(facts: &Facts, demand: &Demand, policy: &Policy) -> (Verdict, Vec<Finding>) {
    let mut findings = demand.findings(facts);
    findings.extend(kernel::findings(facts));
    findings.extend(foreign::findings(facts, demand, policy));
    findings.extend(packed::findings(facts, demand));
    findings.extend(links::findings(facts, demand, policy));
    findings.extend(packages::findings(facts));
    let mut findings = policy.apply(findings);
    findings.sort_by_key(Finding::severity);
    let broken = findings
        .iter()
        .any(|finding| finding.severity() == Severity::Error && *finding.rule != ARCH_UNKNOWN);
    let verdict = if broken {
        Verdict::Mismatch
    } else if facts.arch.is_none() {
        Verdict::Unknown
    } else {
        Verdict::Match
    };
    (verdict, findings)
}

#[cfg(test)]
mod tests;
