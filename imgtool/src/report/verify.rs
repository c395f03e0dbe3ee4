//! [`Verified`]: what a tree was proven to be; [`Agreement`]: whether trees
//! belong together.

use std::io;
use std::path::Path;

use libimage::rules::{Finding, Verdict};
use libimage::verify::Outcome;
use serde::Serialize;

use super::facts::{self, Identity};
use super::finding::{Found, Severities};
use super::name::Name;
use super::text::Counted;
use super::{Item, Json, Text};

/// The verdict on one tree and what it rests on.
pub(crate) struct Verified<'a> {
    pub(crate) path: &'a Path,
    pub(crate) outcome: &'a Outcome,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    verdict: &'static str,
    #[serde(flatten)]
    identity: Identity,
}

impl Item for Verified<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Outcome {
            facts,
            findings,
            verdict,
            ..
        } = self.outcome;
        let heading = facts::heading(self.path);
        match verdict {
            Verdict::Match => out.line(format_args!("{heading}: {}", out.paint.good(verdict)))?,
            Verdict::Mismatch => out.line(format_args!("{heading}: {}", out.paint.bad(verdict)))?,
            Verdict::Unknown => out.line(format_args!("{heading}: {}", out.paint.odd(verdict)))?,
        }
        facts::rows(facts, out)?;
        facts::machines(facts, out)?;
        Found(findings).text(out)
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        out.object(&Object {
            r#type: "tree",
            name: self.path.into(),
            verdict: self.outcome.verdict.word(),
            identity: (&self.outcome.facts).into(),
        })?;
        Found(&self.outcome.findings).json(out)
    }
}

/// What several trees say of each other.
pub(crate) struct Agreement<'a>(pub(crate) &'a [Finding]);

impl Item for Agreement<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        if self.0.is_empty() {
            let word = out.paint.good("agree");
            return out.line(format_args!("the trees {word} with each other"));
        }
        let word = out.paint.bad("disagree");
        out.line(format_args!("the trees {word} with each other"))?;
        Found(self.0).text(out)
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        Found(self.0).json(out)
    }
}

/// Trees by verdict, and findings by severity.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Verdicts {
    pub(crate) trees: u64,
    pub(crate) r#match: u64,
    pub(crate) mismatch: u64,
    pub(crate) unknown: u64,
    /// Those that could not be judged.
    pub(crate) failed: u64,
    #[serde(flatten)]
    pub(crate) severities: Severities,
}

impl Verdicts {
    /// Counts one more tree.
    pub(crate) fn add(&mut self, outcome: &Outcome) {
        self.trees += 1;
        *match outcome.verdict {
            Verdict::Match => &mut self.r#match,
            Verdict::Mismatch => &mut self.mismatch,
            Verdict::Unknown => &mut self.unknown,
        } += 1;
        self.severities.add(&outcome.findings);
    }
}

impl Item for Verdicts {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        if self.trees < 2 {
            return Ok(());
        }
        let mut parts = vec![
            (self.r#match, "match"),
            (self.mismatch, "mismatch"),
            (self.unknown, "unknown"),
            (self.failed, "not judged"),
        ];
        parts.retain(|(count, _)| *count > 0);
        let parts: Vec<_> = parts
            .iter()
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        out.line(format_args!(
            "{}: {}; {}",
            Counted(self.trees, "tree", "trees"),
            parts.join(", "),
            self.severities
        ))
    }

    fn json(&self, _: &mut Json<'_>) -> io::Result<()> {
        Ok(())
    }
}
