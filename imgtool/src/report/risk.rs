//! [`AtRisk`]: which local data of the target would be lost.

use std::io;

use indicatif::HumanCount;
use libimage::escape::Escaped;
use libimage::inspect::{Unread, UnreadReason};
use libimage::review::{Content, Fate, PackageFile, Reason, Review, Risk};
use libimage::size::{Size, total};
use serde::Serialize;

use super::name::Name;
use super::text::Counted;
use super::{Item, Json, Text};

/// Which local data of the target would be lost.
pub(crate) struct AtRisk<'a> {
    pub(crate) review: &'a Review,
    /// Whether all of it is listed, however much.
    pub(crate) all: bool,
}

/// So many of each fate are listed unless all are asked for.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    action: &'static str,
    #[serde(flatten)]
    name: Name,
    directory: bool,
    entries: u64,
    bytes: u64,
    reason: &'static str,
    package: Option<&'a str>,
    valuable: bool,
}

#[derive(Serialize)]
struct RegeneratedObject {
    r#type: &'static str,
    reason: &'static str,
    entries: u64,
    bytes: u64,
    #[serde(flatten)]
    name: Name,
}

#[derive(Serialize)]
struct UncheckedObject {
    r#type: &'static str,
    entries: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct UnreadObject {
    r#type: &'static str,
    side: &'static str,
    #[serde(flatten)]
    name: Name,
    message: String,
}

pub(super) fn why(risk: &Risk) -> String {
    let package = |package: &str| Escaped(package.as_bytes()).to_string();
    match &risk.reason {
        Reason::NoPackage => String::new(),
        Reason::Edited {
            package: name,
            configuration: true,
        } => format!(" (edited configuration of {})", package(name)),
        Reason::Unknown { package: name } => {
            format!(" (configuration of {}, perhaps edited)", package(name))
        }
        Reason::Edited { package: name, .. } => {
            format!(" (changed since {} brought it)", package(name))
        }
        Reason::Ghost { package: name } => format!(" (written for {})", package(name)),
    }
}

/// What is not at risk only as far as is known, and what would tell more.
pub(super) fn taken_as_shipped(review: &Review) -> String {
    let count = Counted(
        review.unchecked.entries,
        "file of a package, taken to be as shipped",
        "files of packages, taken to be as shipped",
    );
    let is_not_read = |file: &PackageFile| file.target == Some(Content::NotRead);
    if review.files.iter().any(is_not_read) {
        format!("{count}: --checksum reads what has a sum")
    } else {
        count.to_string()
    }
}

/// Why something was not read: here the tree may be a manifest as well.
pub(super) fn reason(unread: &Unread) -> String {
    match &unread.reason {
        UnreadReason::NotUnpacked => "its content is not recorded there".to_owned(),
        reason @ UnreadReason::Because(_) => reason.to_string(),
    }
}

impl AtRisk<'_> {
    fn risk(risk: &Risk, out: &mut Text<'_>) -> io::Result<()> {
        let size = Size(risk.bytes).to_string();
        let slash = if risk.is_directory { "/" } else { "" };
        let count = match risk.entries {
            1 => String::new(),
            entries => format!(" ({} entries)", HumanCount(entries)),
        };
        let fate = format!("{:<11}", risk.fate.word());
        let path = format!("{}{slash}", risk.path);
        let why = why(risk);
        let fate = out.paint.bad(fate);
        if risk.is_valuable {
            let path = out.paint.bad(path);
            return out.line(format_args!("  {fate} {size:>11}  {path}{count}{why}"));
        }
        out.line(format_args!("  {fate} {size:>11}  {path}{count}{why}"))
    }
}

/// Tells what of a package database is not known.
pub(super) fn unread(all: &[Unread], what: &str, out: &mut Text<'_>) -> io::Result<()> {
    let Some(unread) = all.first() else {
        return Ok(());
    };
    let what = out.paint.odd(format!("{what} is not fully known"));
    let more = match all.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    out.line(format_args!(
        "  {what}: `{}`{more}: {}",
        unread.path,
        reason(unread)
    ))
}

impl Item for AtRisk<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let risks = &self.review.at_risk;
        let unchecked = self.review.unchecked;
        let is_silent = risks.is_empty() && self.review.regenerated.is_empty();
        if is_silent && unchecked.entries == 0 && self.review.target.unread.is_empty() {
            return Ok(());
        }
        let entries = risks.iter().map(|risk| risk.entries).sum();
        let bytes = total(risks.iter().map(|risk| risk.bytes));
        if risks.is_empty() {
            let none = out.paint.good("none");
            out.line(format_args!("local data at risk: {none}"))?;
        } else {
            let sum = format!("{}, {}", Counted(entries, "entry", "entries"), Size(bytes));
            out.line(format_args!("local data at risk: {}", out.paint.bad(sum)))?;
        }
        let known = &self.review.target;
        unread(&known.unread, "what packages of the target own", out)?;
        let most = if self.all { usize::MAX } else { SHOWN };
        for fate in [Fate::Deleted, Fate::Replaced, Fate::Overwritten] {
            let all: Vec<_> = risks.iter().filter(|risk| risk.fate == fate).collect();
            for risk in all.iter().take(most) {
                Self::risk(risk, out)?;
            }
            let rest = all.get(most..).unwrap_or_default();
            if !rest.is_empty() {
                let bytes = total(rest.iter().map(|risk| risk.bytes));
                let count = HumanCount(rest.len() as u64);
                out.line(format_args!(
                    "  {:<11} {:>11}  in {count} more, which --details lists",
                    fate.word(),
                    Size(bytes).to_string(),
                ))?;
            }
        }
        for again in &self.review.regenerated {
            let size = Size(again.bytes).to_string();
            let entries = Counted(again.entries, "entry", "entries");
            let (largest, _) = &again.largest;
            out.line(format_args!(
                "  {:<11} {size:>11}  {}: {entries}, such as `{largest}`",
                "no loss", again.reason
            ))?;
        }
        if unchecked.entries > 0 {
            let size = Size(unchecked.bytes).to_string();
            let files = taken_as_shipped(self.review);
            out.line(format_args!("  {:<11} {size:>11}  {files}", "unchecked"))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for risk in &self.review.at_risk {
            out.object(&Object {
                r#type: "at-risk",
                action: risk.fate.word(),
                name: (&risk.path).into(),
                directory: risk.is_directory,
                entries: risk.entries,
                bytes: risk.bytes,
                reason: risk.reason.word(),
                package: risk.reason.package(),
                valuable: risk.is_valuable,
            })?;
        }
        for again in &self.review.regenerated {
            out.object(&RegeneratedObject {
                r#type: "regenerated",
                reason: again.reason,
                entries: again.entries,
                bytes: again.bytes,
                name: (&again.largest.0).into(),
            })?;
        }
        let unchecked = self.review.unchecked;
        if unchecked.entries > 0 {
            out.object(&UncheckedObject {
                r#type: "unchecked",
                entries: unchecked.entries,
                bytes: unchecked.bytes,
            })?;
        }
        let sides = [
            ("source", &self.review.source),
            ("target", &self.review.target),
        ];
        for (side, known) in sides {
            for unread in &known.unread {
                out.object(&UnreadObject {
                    r#type: "unread",
                    side,
                    name: (&unread.path).into(),
                    message: reason(unread),
                })?;
            }
        }
        Ok(())
    }
}
