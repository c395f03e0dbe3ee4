//! [`Found`]: what the rules say.

use std::fmt::{self, Display};
use std::io;

use libimage::rules::{Finding, Severity};
use serde::Serialize;

use super::name::Name;
use super::text::Counted;
use super::{Item, Json, Text};

/// Findings of one tree, or of several together.
pub(crate) struct Found<'a>(pub(crate) &'a [Finding]);

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    rule: &'static str,
    severity: &'static str,
    /// Null for what is not about one file.
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<&'a str>,
    message: &'a str,
}

impl Item for Found<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        for finding in self.0 {
            let label = format!("{}[{}]:", finding.severity(), finding.rule.name);
            let label = match finding.severity() {
                Severity::Error => out.paint.bad(label),
                Severity::Warning => out.paint.odd(label),
                Severity::Note => out.paint.hint(label),
            };
            out.line(format_args!("  {label} {}", finding.message))?;
            if out.verbose {
                out.line(format_args!("    why: {}", finding.rule.reason))?;
                out.line(format_args!("    help: {}", finding.rule.remedy))?;
                out.line(format_args!("    source: {}", finding.rule.source))?;
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for finding in self.0 {
            let name = finding.path.as_ref().map(Name::from);
            out.object(&Object {
                r#type: "finding",
                rule: finding.rule.name,
                severity: finding.severity().word(),
                path: name.as_ref().map(|name| &*name.path),
                path_bytes: name.as_ref().and_then(|name| name.path_bytes.as_deref()),
                message: &finding.message,
            })?;
        }
        Ok(())
    }
}

/// How many findings of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Severities {
    pub(crate) errors: u64,
    pub(crate) warnings: u64,
    pub(crate) notes: u64,
}

impl Severities {
    /// Counts some more findings.
    pub(crate) fn add(&mut self, findings: &[Finding]) {
        for finding in findings {
            *match finding.severity() {
                Severity::Error => &mut self.errors,
                Severity::Warning => &mut self.warnings,
                Severity::Note => &mut self.notes,
            } += 1;
        }
    }

    /// Whether there is anything to do about them.
    pub(crate) fn is_clean(self) -> bool {
        self.errors == 0 && self.warnings == 0
    }
}

impl Display for Severities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = Counted(self.errors, "error", "errors");
        let warnings = Counted(self.warnings, "warning", "warnings");
        let notes = Counted(self.notes, "note", "notes");
        write!(f, "{errors}, {warnings}, {notes}")
    }
}
