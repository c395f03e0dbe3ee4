//! [`Policy`]: how bad a user takes what rules find.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;

use super::{Finding, Group, Rule, Severity, rules};
use crate::error::{ErrorKind, ImageError};
use crate::escape::Escaped;
use crate::inspect::{MOST_PATTERNS, Marks, Patterns};
use crate::path::ImagePath;

/// Changes to how bad findings are, by rule and by path.
///
/// ```toml
/// [[rule]]
/// name = "elf-foreign-elsewhere"
/// path = "/opt/robots/firmware/"
/// severity = "note"
/// reason = "images for the controllers, which have another processor"
/// ```
///
/// `severity` is `error`, `warning`, `note` or `silent`. Without `path`, an
/// entry holds for all that the rule finds; with it, for the files that match
/// (see [`Patterns`]). Of several the first that fits counts. What is demanded
/// by options cannot be waived here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    entries: Vec<PolicyEntry>,
    patterns: Arc<Patterns>,
}

/// Rules whose files are not kept apart by path: an entry for some of them
/// would decide about all.
const COUNTED_TOGETHER: [&str; 8] = [
    "efi-arch",
    "elf-malformed",
    "elf-malformed-elsewhere",
    "file-unreadable",
    "links-unreadable",
    "packed-damaged",
    "packed-damaged-elsewhere",
    "packed-not-checked",
];

/// One entry of a [`Policy`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEntry {
    /// Whose findings it changes.
    pub rule: &'static Rule,
    /// For which paths, if not for all.
    pub path: Option<String>,
    /// How bad they are then; nothing for those not to be told.
    pub severity: Option<Severity>,
    /// Why, as the user says.
    pub reason: String,
    /// The number of its pattern.
    pattern: Option<usize>,
}

/// Why a policy makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError(String);

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PolicyError {}

impl ImageError for PolicyError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some(
            "an entry is [[rule]] with name, severity (error, warning, note or silent), reason, \
             and path if it is not for all paths"
                .to_owned(),
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    path: Option<String>,
    severity: Word,
    reason: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Error,
    Warning,
    Note,
    Silent,
}

impl Policy {
    /// Reads the text of a policy file, which is TOML.
    ///
    /// # Errors
    ///
    /// A [`PolicyError`] that names the entry and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| {
                1 + text[..span.start.min(text.len())].matches('\n').count()
            });
            let message = Escaped(error.message().as_bytes()).to_string();
            PolicyError(format!("line {line}: {message}"))
        })?;
        let mut patterns = Vec::new();
        let mut entries = Vec::new();
        for (number, row) in file.rule.into_iter().enumerate() {
            let wrong = |what: String| PolicyError(format!("entry {}: {what}", number + 1));
            let name = Escaped(row.name.as_bytes());
            let rule = rules()
                .find(|rule| rule.name == row.name)
                .ok_or_else(|| wrong(format!("there is no rule `{name}`")))?;
            if rule.group == Group::Demand {
                let what = format!("`{name}` is what options demand; leave those out instead");
                return Err(wrong(what));
            }
            if row.reason.trim().is_empty() {
                return Err(wrong("the reason is empty".to_owned()));
            }
            if row.path.is_some() && COUNTED_TOGETHER.contains(&rule.name) {
                let what = format!("`{name}` counts its files together; leave the path out");
                return Err(wrong(what));
            }
            let pattern = row.path.as_ref().map(|path| {
                patterns.push(path.clone());
                patterns.len() - 1
            });
            entries.push(PolicyEntry {
                rule,
                path: row.path,
                severity: match row.severity {
                    Word::Error => Some(Severity::Error),
                    Word::Warning => Some(Severity::Warning),
                    Word::Note => Some(Severity::Note),
                    Word::Silent => None,
                },
                reason: row.reason,
                pattern,
            });
        }
        let patterns = Patterns::new(patterns)
            .ok_or_else(|| PolicyError(format!("more than {MOST_PATTERNS} entries have a path")))?;
        Ok(Self {
            entries,
            patterns: Arc::new(patterns),
        })
    }

    /// The patterns of its entries, by which facts are to be kept apart.
    pub fn patterns(&self) -> Arc<Patterns> {
        self.patterns.clone()
    }

    /// Which entry decides about a finding of a rule for files with such marks.
    pub(super) fn decides(&self, rule: &Rule, marks: Marks) -> Option<usize> {
        self.entries.iter().position(|entry| {
            entry.rule == rule && entry.pattern.is_none_or(|number| marks.has(number))
        })
    }

    /// The entry that decides about a finding, if any does. Files that were
    /// counted together share it, so the first of them tells.
    pub fn entry(&self, rule: &Rule, path: Option<&ImagePath>) -> Option<&PolicyEntry> {
        let marks = path.map(|path| self.patterns.marks(path));
        let number = self.decides(rule, marks.unwrap_or_default())?;
        self.entries.get(number)
    }

    /// The findings that are to be told, each as bad as its entry says.
    pub fn apply(&self, findings: Vec<Finding>) -> Vec<Finding> {
        findings
            .into_iter()
            .filter_map(
                |finding| match self.entry(finding.rule, finding.path.as_ref()) {
                    None => Some(finding),
                    Some(entry) => Some(finding.with_severity(entry.severity?)),
                },
            )
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{ELF_FOREIGN, ELF_FOREIGN_ELSEWHERE, NO_ELF};

    fn policy(text: &str) -> Policy {
        Policy::parse(text).expect("valid")
    }

    #[test]
    fn rules_that_count_together_are_rules() {
        for name in COUNTED_TOGETHER {
            assert!(rules().any(|rule| rule.name == name), "{name}");
        }
    }

    #[test]
    fn the_first_entry_that_fits_counts() {
        let policy = policy(
            "[[rule]]\nname = 'elf-foreign'\npath = '/opt/x/'\nseverity = 'silent'\nreason = 'x'\n\
             [[rule]]\nname = 'elf-foreign'\nseverity = 'note'\nreason = 'y'\n\
             [[rule]]\nname = 'no-elf'\nseverity = 'error'\nreason = 'z'\n",
        );
        let path = |text: &str| ImagePath::new(text.as_bytes()).expect("valid");
        let finding =
            |rule, at: Option<&str>| Finding::new(rule, at.map(path).as_ref(), "found".to_owned());
        for (rule, at, expected) in [
            (&ELF_FOREIGN, Some("opt/x/a"), None),
            (&ELF_FOREIGN, Some("opt/y/a"), Some(Severity::Note)),
            (&ELF_FOREIGN, None, Some(Severity::Note)),
            (
                &ELF_FOREIGN_ELSEWHERE,
                Some("opt/x/a"),
                Some(Severity::Warning),
            ),
            (&NO_ELF, None, Some(Severity::Error)),
        ] {
            let found = policy.apply(vec![finding(rule, at)]);
            let severity = found.first().map(Finding::severity);
            assert_eq!(severity, expected, "{} {at:?}", rule.name);
        }
        assert_eq!(
            Policy::default().apply(vec![finding(&NO_ELF, None)]).len(),
            1
        );
    }

    #[test]
    fn what_makes_no_sense_is_told_with_its_place() {
        for (text, message) in [
            ("x", "line 1: "),
            ("\n[[rule]]\nnames = 'x'", "line 3: unknown field `names`"),
            (
                "[[rule]]\nname = 'elf-foreign'\nreason = 'x'",
                "missing field `severity`",
            ),
            (
                "[[rule]]\nname = 'elf-foreign'\nseverity = 'bad'\nreason = 'x'",
                "line 3: unknown variant `bad`",
            ),
            (
                "[[rule]]\nname = 'no-such'\nseverity = 'note'\nreason = 'x'",
                "entry 1: there is no rule `no-such`",
            ),
            (
                "[[rule]]\nname = 'arch-mismatch'\nseverity = 'note'\nreason = 'x'",
                "entry 1: `arch-mismatch` is what options demand",
            ),
            (
                "[[rule]]\nname = 'elf-malformed'\npath = 'x'\nseverity = 'note'\nreason = 'x'",
                "entry 1: `elf-malformed` counts its files together",
            ),
            (
                "[[rule]]\nname = 'elf-foreign'\nseverity = 'note'\nreason = ' '",
                "entry 1: the reason is empty",
            ),
        ] {
            let error = Policy::parse(text).expect_err(text).to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
        let entry = "[[rule]]\nname = 'elf-foreign'\npath = 'x'\nseverity = 'note'\nreason = 'x'\n";
        assert!(Policy::parse(&entry.repeat(MOST_PATTERNS)).is_ok());
        assert!(Policy::parse(&entry.repeat(MOST_PATTERNS + 1)).is_err());
    }
}
