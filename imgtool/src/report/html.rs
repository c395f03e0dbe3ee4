//! [`Page`]: a diff with its review as one self-contained HTML page.
//!
//! What would be lost and the totals are HTML, to be read without JavaScript.
//! All else is made by the page's own script out of a block of JSON, whose
//! shape [`data`] defines: a table with an element for each of 200,000 changes
//! would be too much for any browser.
//!
//! Names in it are hostile. They reach the markup through [`markup::Inert`]
//! and the script as JSON without any `<`, and the script makes text of them
//! and nothing else. Should one slip through all the same, the page's policy
//! lets no script and no style work but its own, by their digests, and lets
//! nothing be loaded from anywhere.

mod columns;
mod data;
mod front;
mod markup;
mod notes;
mod packages;
mod places;
mod policy;
mod risk;

use std::io::{self, Write};

use libimage::diff::Outcome;
use libimage::review::Review;

use super::change::Changes;

/// A diff with its review, as a page.
pub(crate) struct Page<'a> {
    pub(crate) changes: &'a Changes<'a>,
    pub(crate) outcome: &'a Outcome,
    pub(crate) review: &'a Review,
}

const TEMPLATE: &str = include_str!("html/page/page.html");

const STYLE: &str = include_str!("html/page/page.css");

/// Each file is about one thing; together they are one script.
const SCRIPT: &str = concat!(
    "\"use strict\";\n",
    include_str!("html/page/words.js"),
    include_str!("html/page/model.js"),
    include_str!("html/page/state.js"),
    include_str!("html/page/list.js"),
    include_str!("html/page/squares.js"),
    include_str!("html/page/map.js"),
    include_str!("html/page/packages.js"),
    include_str!("html/page/page.js"),
);

impl Page<'_> {
    /// Writes the page piece by piece; nothing is kept of it.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rest = TEMPLATE;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").expect("the template closes them");
            out.write_all(before.as_bytes())?;
            self.part(name, out)?;
            rest = after;
        }
        out.write_all(rest.as_bytes())
    }

    /// Writes what stands in the place of a name in the template.
    fn part(&self, name: &str, out: &mut dyn Write) -> io::Result<()> {
        match name {
            "policy" => write!(out, "{}", policy::of(STYLE, SCRIPT)),
            "style" => out.write_all(STYLE.as_bytes()),
            "script" => out.write_all(SCRIPT.as_bytes()),
            "data" => data::write(self, out),
            "title" => front::title(self, out),
            "sides" => front::sides(self, out),
            "risk" => risk::section(self, out),
            "totals" => front::totals(self, out),
            "notes" => front::notes(self, out),
            other => unreachable!("the template names {other}, which nobody writes"),
        }
    }
}

#[cfg(test)]
mod tests;
