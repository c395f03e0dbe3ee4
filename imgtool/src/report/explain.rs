//! [`Explained`]: why a file is judged as it is.

use std::io;
use std::path::PathBuf;

use libimage::error::show;
use libimage::escape::Escaped;
use libimage::inspect::{Architecture, FloatAbi, Inside, Place};
use libimage::rules::{Finding, PolicyEntry, Severity};
use libimage::verify::{Explanation, Subject};
use serde::Serialize;

use super::facts::words;
use super::name::{self, Name};
use super::{Item, Json, Text};

/// What was asked about, and the answer if it is there.
pub(crate) struct Explained {
    pub(crate) path: PathBuf,
    /// What its tree is for.
    pub(crate) arch: Option<Architecture>,
    pub(crate) explanation: Option<Explanation>,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    exists: bool,
    is: Option<String>,
    arch: Option<String>,
    place: Option<String>,
    pattern: Option<&'static str>,
    needed: Vec<NeededObject>,
    findings: Vec<FindingObject>,
}

#[derive(Serialize)]
struct NeededObject {
    name: String,
    path: Option<String>,
}

#[derive(Serialize)]
struct FindingObject {
    rule: &'static str,
    severity: &'static str,
    /// What the policy makes of it; `silent` where it is not told.
    taken_as: &'static str,
    reason: String,
    message: String,
}

fn subject(subject: &Subject) -> (String, Option<Architecture>) {
    match subject {
        Subject::Elf(identity) => {
            let arch = identity.architecture();
            let abi = match identity.float_abi() {
                Some(FloatAbi::Hard) => ", hard float",
                Some(FloatAbi::Soft) => ", soft float",
                None => "",
            };
            (format!("ELF for {arch}{abi}"), Some(arch))
        }
        Subject::Damaged(error) => (error.to_string(), None),
        Subject::Unreadable(reason) => {
            let reason = Escaped(reason.as_bytes());
            (format!("could not be read: {reason}"), None)
        }
        Subject::Inside(Inside::Packed(architectures)) => {
            let names: Vec<_> = architectures.iter().map(ToString::to_string).collect();
            let names = names.join(", ");
            (
                format!("holds ELF files for {names}"),
                architectures.first().copied(),
            )
        }
        Subject::Inside(Inside::Damaged(why)) => {
            (format!("damaged: {}", Escaped(why.as_bytes())), None)
        }
        Subject::Inside(Inside::Efi(arch)) => {
            let name = arch.map_or("an unknown machine".to_owned(), |arch| arch.to_string());
            (format!("EFI program for {name}"), *arch)
        }
        Subject::Inside(Inside::Unseen) => ("not looked into".to_owned(), None),
        Subject::Plain => ("no ELF file".to_owned(), None),
        _ => ("no regular file".to_owned(), None),
    }
}

fn taken_as(finding: &Finding, entry: Option<&PolicyEntry>) -> &'static str {
    match entry {
        None => finding.severity().word(),
        Some(entry) => entry.severity.map_or("silent", Severity::word),
    }
}

fn place(place: Place, pattern: Option<&str>) -> String {
    let words = words(place);
    match pattern {
        Some(pattern) => format!("{words}, as `{pattern}`"),
        None => format!("{words}: nothing is known about files there"),
    }
}

impl Item for Explained {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Some(found) = &self.explanation else {
            return out.line(format_args!("{}: not in the tree", show(&self.path)));
        };
        let (is, arch) = subject(&found.subject);
        out.line(format_args!("`{}`: {is}", found.path))?;
        out.row("place", place(found.place, found.pattern))?;
        let tree = self.arch.map(|arch| arch.to_string());
        out.row("tree", tree.as_deref().unwrap_or("of no architecture"))?;
        let mut label = "needs";
        for needed in &found.needed {
            let name = Escaped(&needed.name);
            match (&needed.place, needed.is_known) {
                (Some(place), _) => out.row(label, format_args!("{name} -> `{place}`"))?,
                (None, true) => out.row(label, name)?,
                (None, false) => out.row(label, format_args!("{name} -> not found"))?,
            }
            label = "";
        }
        if found.findings.is_empty() {
            let why = match (arch, self.arch) {
                (Some(arch), Some(tree)) if arch == tree => "it is for the tree's architecture",
                _ => "no rule is about it",
            };
            return out.row("findings", format_args!("none: {why}"));
        }
        for (finding, entry) in &found.findings {
            let label = format!("{}[{}]:", finding.severity(), finding.rule.name);
            out.line(format_args!("  {label} {}", finding.message))?;
            out.line(format_args!("    why: {}", finding.rule.reason))?;
            out.line(format_args!("    help: {}", finding.rule.remedy))?;
            out.line(format_args!("    source: {}", finding.rule.source))?;
            if let Some(entry) = entry {
                let reason = Escaped(entry.reason.as_bytes());
                let taken = taken_as(finding, Some(entry));
                out.line(format_args!("    policy: {taken}, because {reason}"))?;
            }
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let found = self.explanation.as_ref();
        let subject = found.map(|found| subject(&found.subject));
        let arch = subject.as_ref().and_then(|(_, arch)| *arch);
        out.object(&Object {
            r#type: "explanation",
            name: self.path.as_path().into(),
            exists: found.is_some(),
            arch: arch.map(|arch| arch.to_string()),
            is: subject.map(|(is, _)| is),
            place: found.map(|found| words(found.place)),
            pattern: found.and_then(|found| found.pattern),
            needed: found.map_or_else(Vec::new, |found| {
                let object = |needed: &libimage::inspect::Needed| NeededObject {
                    name: name::text(&needed.name),
                    path: needed
                        .place
                        .as_ref()
                        .map(|path| name::text(path.as_bytes())),
                };
                found.needed.iter().map(object).collect()
            }),
            findings: found.map_or_else(Vec::new, |found| {
                let object = |(finding, entry): &(Finding, Option<PolicyEntry>)| FindingObject {
                    rule: finding.rule.name,
                    severity: finding.severity().word(),
                    taken_as: taken_as(finding, entry.as_ref()),
                    reason: entry.as_ref().map_or_else(
                        || finding.rule.reason.to_owned(),
                        |entry| entry.reason.clone(),
                    ),
                    message: finding.message.clone(),
                };
                found.findings.iter().map(object).collect()
            }),
        })
    }
}
