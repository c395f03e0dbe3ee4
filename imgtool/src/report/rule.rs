//! [`Rules`]: what is judged, and why.

use std::io;

use libimage::lint::{Selector, checks};
use libimage::rules::{Rule, Severity};
use serde::Serialize;

use super::{Item, Json, Text};

/// The rules of all commands.
pub(crate) struct Rules<'a>(pub(crate) &'a [&'static Rule]);

#[derive(Serialize)]
struct RuleObject {
    r#type: &'static str,
    rule: &'static str,
    group: &'static str,
    severity: &'static str,
    /// Whether `lint` checks it.
    lint: bool,
    kinds: Vec<&'static str>,
    summary: &'static str,
    reason: &'static str,
    remedy: &'static str,
    source: &'static str,
}

impl Item for Rules<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let mut group = None;
        for rule in self.0 {
            if group != Some(rule.group) {
                group = Some(rule.group);
                out.line(rule.group)?;
            }
            let severity = format!("{:<7}", rule.severity);
            let severity = match rule.severity {
                Severity::Error => out.paint.bad(severity),
                Severity::Warning => out.paint.odd(severity),
                Severity::Note => out.paint.hint(severity),
            };
            let (name, summary) = (rule.name, rule.summary);
            out.line(format_args!("  {name:<23} {severity} {summary}"))?;
            if out.verbose {
                let kinds = kinds(rule);
                if !kinds.is_empty() {
                    out.line(format_args!("    for: {}", kinds.join(", ")))?;
                }
                out.line(format_args!("    why: {}", rule.reason))?;
                out.line(format_args!("    help: {}", rule.remedy))?;
                out.line(format_args!("    source: {}", rule.source))?;
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for rule in self.0 {
            out.object(&RuleObject {
                r#type: "rule",
                rule: rule.name,
                group: rule.group.word(),
                severity: rule.severity.word(),
                lint: Selector::all().any(|one| one.name() == rule.name),
                kinds: kinds(rule),
                summary: rule.summary,
                reason: rule.reason,
                remedy: rule.remedy,
                source: rule.source,
            })?;
        }
        Ok(())
    }
}

/// The components that `lint` checks a rule for; none for all of them.
fn kinds(rule: &Rule) -> Vec<&'static str> {
    checks()
        .filter(|check| check.rule.name == rule.name)
        .flat_map(|check| check.kinds)
        .map(|kind| kind.word())
        .collect()
}
