//! What would be lost: a section of the page, and data for what it leaves out.

use std::collections::HashMap;
use std::io::{self, Write};

use indicatif::HumanCount;
use libimage::review::{Fate, Reason, Risk};
use libimage::size::{Size, total};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::super::risk;
use super::super::text::Counted;
use super::Page;
use super::columns::{Column, Letters};
use super::markup::{Fragment, Inert};

/// So many of the largest stand in the page; the script lists them all.
const SHOWN: usize = 20;

/// Which local data would be lost: a heading and a table.
pub(super) fn section(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let risks = &page.review.at_risk;
    let sum = |risks: &[Risk]| Size(total(risks.iter().map(|risk| risk.bytes)));
    if risks.is_empty() {
        out.write_all(b"<section id=\"risk\" class=\"good\" aria-labelledby=\"risk-title\">\n")?;
        out.write_all(b"<h2 id=\"risk-title\">Local data at risk: none</h2>\n")?;
        out.write_all(b"<p>Nothing on the target would be lost that no package brought.</p>\n")?;
        unread(page, out)?;
        return regenerated(page, out);
    }
    let entries: u64 = risks.iter().map(|risk| risk.entries).sum();
    out.write_all(b"<section id=\"risk\" class=\"bad\" aria-labelledby=\"risk-title\">\n")?;
    writeln!(
        out,
        "<h2 id=\"risk-title\">Local data at risk: {}, {}</h2>\n\
         <p>On the target, and lost by this sync: what no package brought, or what was \
         changed since. Largest first.</p>",
        Counted(entries, "entry", "entries"),
        sum(risks),
    )?;
    unread(page, out)?;
    out.write_all(
        b"<table id=\"risks\"><thead><tr><th scope=\"col\">Fate</th>\
          <th scope=\"col\" class=\"number\">Size</th><th scope=\"col\">Path</th>\
          <th scope=\"col\" class=\"number\">Entries</th><th scope=\"col\">Why it is local</th>\
          </tr></thead><tbody>\n",
    )?;
    for risk in risks.iter().take(SHOWN) {
        row(risk, out)?;
    }
    out.write_all(b"</tbody></table>\n")?;
    let rest = risks.get(SHOWN..).unwrap_or_default();
    if !rest.is_empty() {
        writeln!(
            out,
            "<p id=\"more-risks\">{} in {} more.</p>",
            sum(rest),
            HumanCount(rest.len() as u64)
        )?;
    }
    regenerated(page, out)
}

/// What would be lost as well and is made again.
fn regenerated(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let all = &page.review.regenerated;
    if !all.is_empty() {
        let entries = all.iter().map(|again| again.entries).sum();
        let bytes = Size(total(all.iter().map(|again| again.bytes)));
        let entries = Counted(entries, "entry goes", "entries go");
        writeln!(
            out,
            "<details><summary>{entries} as well, which is no loss ({bytes})</summary><ul>"
        )?;
        for again in all {
            writeln!(
                out,
                "<li>{}: {}, {}, such as <bdi>{}</bdi></li>",
                Inert(again.reason),
                Counted(again.entries, "entry", "entries"),
                Size(again.bytes),
                Inert(&again.largest.0),
            )?;
        }
        out.write_all(b"</ul></details>\n")?;
    }
    let unchecked = page.review.unchecked;
    if unchecked.entries > 0 {
        let files = risk::taken_as_shipped(page.review);
        writeln!(
            out,
            "<p>Not checked: {files} ({}).</p>",
            Size(unchecked.bytes)
        )?;
    }
    out.write_all(b"</section>\n")
}

fn row(risk: &Risk, out: &mut dyn Write) -> io::Result<()> {
    let path = format!("{}{}", risk.path, if risk.is_directory { "/" } else { "" });
    // An empty directory that gives way to something else is none of the page's.
    let is_opened = risk.is_directory && (risk.entries > 1 || risk.fate == Fate::Deleted);
    let key = if is_opened { "directory" } else { "text" };
    let mark = if risk.is_valuable {
        " class=\"valuable\""
    } else {
        ""
    };
    writeln!(
        out,
        "<tr{mark}><td><span class=\"fate\">{}</span></td><td class=\"number\">{}</td>\
         <td><a href=\"#{key}={}\"><bdi>{}</bdi></a></td><td class=\"number\">{}</td>\
         <td>{}</td></tr>",
        risk.fate.word(),
        Size(risk.bytes),
        Fragment(&risk.path),
        Inert(path),
        HumanCount(risk.entries),
        Inert(why(risk)),
    )
}

fn why(risk: &Risk) -> String {
    let what = match &risk.reason {
        Reason::NoPackage => "of no package".to_owned(),
        _ => risk::why(risk).trim_matches([' ', '(', ')']).to_owned(),
    };
    if risk.is_valuable {
        format!("{what}; where nodes keep their own data")
    } else {
        what
    }
}

/// What of the target's packages is not known.
fn unread(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    for unread in &page.review.target.unread {
        let what = format!("{}: {}", unread.path, risk::reason(unread));
        writeln!(
            out,
            "<p class=\"warning\">What packages of the target own is not fully known: {}</p>",
            Inert(what)
        )?;
    }
    Ok(())
}

/// In the order of their digits.
const FATES: [Fate; 3] = [Fate::Deleted, Fate::Replaced, Fate::Overwritten];

/// All that is at risk, or nothing if it stands in the page already: columns
/// as of changes, and the words for `fate` and `why`.
pub(super) struct Risks<'a> {
    all: &'a [Risk],
    /// The number of each one's change.
    changes: Vec<usize>,
    why: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl<'a> Risks<'a> {
    pub(super) fn of(page: &Page<'a>) -> Self {
        let all = &*page.review.at_risk;
        let risks = if all.len() > SHOWN { all } else { &[] };
        let mut places: HashMap<_, _> = (risks.iter().map(|risk| &risk.path)).zip(0..).collect();
        let mut changes = vec![0; risks.len()];
        for (number, change) in page.outcome.changes.iter().enumerate() {
            if let Some(place) = places.remove(&change.path) {
                changes[place] = number;
            }
        }
        assert!(places.is_empty(), "only what changes is lost");
        let mut why = Vec::new();
        let mut numbers = HashMap::new();
        for text in risks.iter().map(self::why) {
            numbers.entry(text).or_insert_with_key(|text| {
                why.push(text.clone());
                why.len() - 1
            });
        }
        Self {
            all: risks,
            changes,
            why,
            numbers,
        }
    }
}

impl Serialize for Risks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = || self.all.iter();
        let digit = |place: bool| if place { '1' } else { '0' };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("fates", &FATES.map(Fate::word))?;
        map.serialize_entry("reasons", &self.why)?;
        map.serialize_entry("change", &self.changes)?;
        map.serialize_entry("fate", &Letters(|| all().map(|risk| fate(risk.fate))))?;
        let directories = || all().map(|risk| digit(risk.is_directory));
        map.serialize_entry("directory", &Letters(directories))?;
        map.serialize_entry("entries", &Column(|| all().map(|risk| risk.entries)))?;
        map.serialize_entry("bytes", &Column(|| all().map(|risk| risk.bytes)))?;
        let reasons = || all().map(|risk| self.numbers[&why(risk)]);
        map.serialize_entry("reason", &Column(reasons))?;
        map.end()
    }
}

fn fate(fate: Fate) -> char {
    match fate {
        Fate::Deleted => '0',
        Fate::Replaced => '1',
        Fate::Overwritten => '2',
    }
}
