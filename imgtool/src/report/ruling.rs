//! [`Ruled`]: which rules decide about a path.

use std::io;
use std::path::Path;

use libimage::diff::{Explanation, Ruling};
use libimage::error::show;
use serde::Serialize;

use super::name::{self, Name};
use super::{Item, Json, Text};

/// Which rules decide about a path on both sides.
pub(crate) struct Ruled<'a> {
    pub(crate) path: &'a Path,
    pub(crate) explanation: &'a Explanation,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    sent: Side,
    sent_if_new: Option<Side>,
    deleted: Side,
}

/// What is said on one side.
#[derive(Serialize)]
struct Side {
    allowed: bool,
    about: String,
    rule: Option<String>,
    origin: Option<String>,
}

impl From<&Ruling> for Side {
    fn from(ruling: &Ruling) -> Self {
        Self {
            allowed: !ruling.is_excluded,
            about: name::text(ruling.about.as_bytes()),
            rule: ruling.rule.clone(),
            origin: ruling.origin.clone(),
        }
    }
}

/// What is said on one side, in a line.
fn words(ruling: &Ruling) -> String {
    let word = if ruling.is_excluded { "no" } else { "yes" };
    match (&ruling.rule, &ruling.origin) {
        (Some(rule), Some(origin)) => {
            format!("{word}: `{rule}` ({origin}) matches `{}`", ruling.about)
        }
        _ => format!("{word}: no rule matches"),
    }
}

impl Item for Ruled<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        out.line(format_args!("{}:", show(self.path)))?;
        out.row("sent", words(&self.explanation.sender))?;
        if let Some(new) = &self.explanation.new_files {
            out.row("if new", words(new))?;
        }
        out.row("deleted", words(&self.explanation.receiver))
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        out.object(&Object {
            r#type: "ruling",
            name: self.path.into(),
            sent: (&self.explanation.sender).into(),
            sent_if_new: self.explanation.new_files.as_ref().map(Into::into),
            deleted: (&self.explanation.receiver).into(),
        })
    }
}
