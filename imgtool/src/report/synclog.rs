//! [`Logged`]: how a sync log agrees with what was foreseen.

use std::io;
use std::path::Path;

use indicatif::HumanCount;
use libimage::diff::Change;
use libimage::error::show;
use libimage::escape::Escaped;
use libimage::synclog::{Agreement, Said};
use serde::Serialize;

use super::name::{self, Name};
use super::{Item, Json, Text};

/// How a sync log agrees with what was foreseen.
pub(crate) struct Logged<'a> {
    pub(crate) log: &'a Path,
    pub(crate) changes: &'a [Change],
    pub(crate) agreement: &'a Agreement,
}

/// The same in sum, as members of the summary.
#[derive(Serialize)]
pub(crate) struct LogSums {
    confirmed: u64,
    silent: u64,
    unconfirmed: usize,
    unforeseen: usize,
    otherwise: usize,
    problems: usize,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    matter: &'static str,
    /// The change that it is about, if it is about one.
    #[serde(flatten)]
    name: Option<Name>,
    action: Option<&'static str>,
    /// Of the log.
    line: Option<u64>,
    said: Option<String>,
}

impl Logged<'_> {
    pub(crate) fn sums(&self) -> LogSums {
        let agreement = self.agreement;
        LogSums {
            confirmed: agreement.confirmed,
            silent: agreement.silent,
            unconfirmed: agreement.unconfirmed.len(),
            unforeseen: agreement.unforeseen.len(),
            otherwise: agreement.otherwise.len(),
            problems: agreement.problems.len(),
        }
    }

    /// Each thing that does not agree: what it is about, the change, and what
    /// the log says.
    fn matters(&self) -> impl Iterator<Item = (&'static str, Option<&Change>, Option<&Said>)> {
        let agreement = self.agreement;
        let change = |&index: &usize| Some(&self.changes[index]);
        let problems = agreement.problems.iter();
        let unforeseen = agreement.unforeseen.iter();
        let otherwise = agreement.otherwise.iter();
        let unconfirmed = agreement.unconfirmed.iter();
        problems
            .map(|said| ("problem", None, Some(said)))
            .chain(unforeseen.map(|said| ("unforeseen", None, Some(said))))
            .chain(otherwise.map(move |(index, said)| ("otherwise", change(index), Some(said))))
            .chain(unconfirmed.map(move |index| ("unconfirmed", change(index), None)))
    }
}

impl Item for Logged<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let log = show(self.log);
        let sums = self.sums();
        if self.agreement.is_whole() {
            let word = out.paint.good("agrees with what was foreseen");
            out.line(format_args!("{log} {word}:"))?;
        } else {
            let word = out.paint.bad("does not agree with what was foreseen");
            out.line(format_args!("{log} {word}:"))?;
        }
        let rows = [
            ("confirmed", sums.confirmed, "changes that both tell of"),
            (
                "silent",
                sums.silent,
                "changes that a log of names does not show",
            ),
            (
                "unconfirmed",
                sums.unconfirmed as u64,
                "changes that the log does not tell of",
            ),
            (
                "unforeseen",
                sums.unforeseen as u64,
                "lines that nothing was foreseen of",
            ),
            (
                "otherwise",
                sums.otherwise as u64,
                "changes that the log tells of otherwise",
            ),
            (
                "problems",
                sums.problems as u64,
                "lines about what went wrong",
            ),
        ];
        for (label, count, what) in rows {
            if count > 0 || label == "confirmed" {
                out.line(format_args!("  {label:<12}{} {what}", HumanCount(count)))?;
            }
        }
        for (matter, change, said) in self.matters() {
            let matter = out.paint.odd(format!("{matter:<12}"));
            let about = change.map(|change| format!("{} {}", change.action.word(), change.path));
            let said = said.map(|said| format!("line {}: {}", said.number, Escaped(&said.text)));
            let parts: Vec<_> = [about, said].into_iter().flatten().collect();
            out.line(format_args!("  {matter}{}", parts.join(", ")))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for (matter, change, said) in self.matters() {
            out.object(&Object {
                r#type: "synclog",
                matter,
                name: change.map(|change| (&change.path).into()),
                action: change.map(|change| change.action.word()),
                line: said.map(|said| said.number),
                said: said.map(|said| name::text(&said.text)),
            })?;
        }
        Ok(())
    }
}
