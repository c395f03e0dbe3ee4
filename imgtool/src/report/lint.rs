//! [`Linted`]: what came of the checks of a tree.

use std::io;
use std::path::Path;

use indicatif::HumanCount;
use libimage::error::show;
use libimage::inspect::ImageKind;
use libimage::lint::{Outcome, Status};
use libimage::rules::{Finding, Severity};
use serde::Serialize;

use super::facts;
use super::finding::{Found, Severities};
use super::name::Name;
use super::text::Counted;
use super::{Item, Json, Text};

/// The checks of one tree.
pub(crate) struct Linted<'a> {
    pub(crate) path: &'a Path,
    pub(crate) outcome: &'a Outcome,
}

#[derive(Serialize)]
struct TreeObject {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    judged_as: Option<&'static str>,
    kind: Option<&'static str>,
    arch: Option<String>,
    distro: Option<String>,
    #[serde(flatten)]
    counts: Counts,
    unreadable: u64,
}

#[derive(Serialize)]
struct CheckObject<'a> {
    r#type: &'static str,
    rule: &'static str,
    status: &'static str,
    findings: usize,
    reason: Option<&'a str>,
}

/// How many checks ended in which way.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Counts {
    checks: u64,
    passed: u64,
    failed: u64,
    could_not_check: u64,
    not_applicable: u64,
}

impl Counts {
    fn of(outcome: &Outcome) -> Self {
        let mut counts = Self::default();
        for checked in &outcome.checks {
            counts.checks += 1;
            *match checked.status {
                Status::Passed => &mut counts.passed,
                Status::Failed { .. } => &mut counts.failed,
                Status::CouldNotCheck { .. } => &mut counts.could_not_check,
                Status::NotApplicable { .. } => &mut counts.not_applicable,
            } += 1;
        }
        counts
    }

    fn add(&mut self, other: Self) {
        self.checks += other.checks;
        self.passed += other.passed;
        self.failed += other.failed;
        self.could_not_check += other.could_not_check;
        self.not_applicable += other.not_applicable;
    }

    fn words(self) -> String {
        let parts = [
            (self.passed, "passed"),
            (self.failed, "failed"),
            (self.could_not_check, "could not be made"),
            (self.not_applicable, "not applicable"),
        ];
        let parts: Vec<_> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if parts.is_empty() {
            return "none was selected".to_owned();
        }
        parts.join(", ")
    }
}

impl Item for Linted<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Outcome {
            facts,
            findings,
            checks,
            unreadable,
            ..
        } = self.outcome;
        let counts = Counts::of(self.outcome);
        let heading = show(self.path);
        let worst = findings.iter().map(Finding::severity).min();
        match worst {
            Some(Severity::Error) => {
                out.line(format_args!("{heading}: {}", out.paint.bad("errors")))?;
            }
            Some(Severity::Warning) => {
                out.line(format_args!("{heading}: {}", out.paint.odd("warnings")))?;
            }
            _ if counts.could_not_check > 0 => {
                let words = out.paint.odd("not all was checked");
                out.line(format_args!("{heading}: {words}"))?;
            }
            _ => out.line(format_args!("{heading}: {}", out.paint.good("passed")))?,
        }
        facts::rows(facts, out)?;
        out.row("checks", counts.words())?;
        if let Some((path, why)) = unreadable.examples().first() {
            let count = Counted(unreadable.count(), "directory", "directories");
            out.row("unread", format_args!("{count}, such as `{path}`: {why}"))?;
        }
        Found(findings).text(out)?;
        for checked in checks {
            let rule = checked.rule.name;
            match &checked.status {
                Status::CouldNotCheck { why } => {
                    let label = out.paint.odd(format!("could not check[{rule}]:"));
                    out.line(format_args!("  {label} {why}"))?;
                }
                Status::Passed if out.verbose => out.line(format_args!("  passed[{rule}]"))?,
                Status::NotApplicable { why } if out.verbose => {
                    out.line(format_args!("  not applicable[{rule}]: {why}"))?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let facts = &self.outcome.facts;
        out.object(&TreeObject {
            r#type: "tree",
            name: self.path.into(),
            judged_as: self.outcome.kind.map(ImageKind::word),
            kind: facts.kind.kind.map(ImageKind::word),
            arch: facts.arch.map(|arch| arch.to_string()),
            distro: facts.distro.as_ref().map(ToString::to_string),
            counts: Counts::of(self.outcome),
            unreadable: self.outcome.unreadable.count(),
        })?;
        for checked in &self.outcome.checks {
            out.object(&CheckObject {
                r#type: "check",
                rule: checked.rule.name,
                status: checked.status.word(),
                findings: match checked.status {
                    Status::Failed { findings } => findings,
                    _ => 0,
                },
                reason: checked.status.why(),
            })?;
        }
        Found(&self.outcome.findings).json(out)
    }
}

/// What is found about several trees together.
pub(crate) struct Across<'a>(pub(crate) &'a [Finding]);

impl Item for Across<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        out.line("the trees together:")?;
        Found(self.0).text(out)
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        Found(self.0).json(out)
    }
}

/// All trees together.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Checks {
    pub(crate) trees: u64,
    /// Trees that could not be looked at.
    pub(crate) unread: u64,
    #[serde(flatten)]
    counts: Counts,
    #[serde(flatten)]
    pub(crate) severities: Severities,
}

impl Checks {
    /// Counts one more tree.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.trees += 1;
        self.counts.add(Counts::of(outcome));
        self.severities.add(&outcome.findings);
    }
}

impl Item for Checks {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        if self.trees < 2 {
            return Ok(());
        }
        let trees = Counted(self.trees, "tree", "trees");
        let unread = match self.unread {
            0 => String::new(),
            count => format!(" ({} not read)", HumanCount(count)),
        };
        let checks = self.counts.words();
        out.line(format_args!(
            "{trees}{unread}: {checks}; {}",
            self.severities
        ))
    }

    fn json(&self, _: &mut Json<'_>) -> io::Result<()> {
        Ok(())
    }
}
