//! What stands in the page itself: what would be lost, and the totals.

use std::io::{self, Write};

use indicatif::HumanCount;
use libimage::diff::Action;
use libimage::error::show;
use libimage::review::{Reason, Risk};
use libimage::size::Size;
use serde::Serialize;

use super::super::risk;
use super::super::text::Counted;
use super::Page;
use super::columns::{Column, Name};
use super::markup::{Fragment, Inert};

/// So many of the largest stand in the page; the script lists them all.
const SHOWN: usize = 30;

pub(super) fn title(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (source, target) = (show(page.changes.source), show(page.changes.target));
    write!(out, "{}", Inert(format_args!("{source} to {target}")))
}

pub(super) fn sides(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (source, target) = (show(page.changes.source), show(page.changes.target));
    let (source, target) = (Inert(source), Inert(target));
    write!(
        out,
        "What <bdi>{target}</bdi> would become if <bdi>{source}</bdi> were sent to it."
    )
}

/// Which local data would be lost: a heading and a table.
pub(super) fn risk(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let risks = &page.review.at_risk;
    let sum = |risks: &[Risk]| Size(risks.iter().map(|risk| risk.bytes).sum());
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
        let bytes = Size(all.iter().map(|again| again.bytes).sum());
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
    out.write_all(b"</section>\n")
}

fn row(risk: &Risk, out: &mut dyn Write) -> io::Result<()> {
    let path = format!("{}{}", risk.path, if risk.is_directory { "/" } else { "" });
    let key = if risk.is_directory {
        "directory"
    } else {
        "text"
    };
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
    match risk.is_valuable {
        true => format!("{what}; where nodes keep their own data"),
        false => what,
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

/// How many changes of each sort, and how many bytes.
pub(super) fn totals(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let totals = page.changes.totals;
    for (action, letter) in Action::ALL.into_iter().zip(LETTERS) {
        let word = action.word();
        writeln!(
            out,
            "<li class=\"{word}\"><b class=\"letter\" aria-hidden=\"true\">{letter}</b> \
             <strong>{}</strong> {word}</li>",
            HumanCount(totals.count(action))
        )?;
    }
    Ok(())
}

/// Of actions, in their order; the script has the same.
const LETTERS: [char; 6] = ['C', 'U', 'M', 'L', 'D', '!'];

/// The other totals, and what was not compared.
pub(super) fn notes(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let totals = page.changes.totals;
    let mut row =
        |label: &str, value: String| writeln!(out, "<dt>{label}</dt><dd>{}</dd>", Inert(value));
    row("Changes", HumanCount(totals.changes()).to_string())?;
    row(
        "Equal",
        Counted(totals.unchanged, "entry", "entries").to_string(),
    )?;
    row("To send", Size(totals.bytes_sent).to_string())?;
    row("To delete", Size(totals.bytes_deleted).to_string())?;
    if totals.protected > 0 {
        let count = HumanCount(totals.protected);
        row(
            "Kept by the rules",
            format!("{count} that only the target has"),
        )?;
    }
    if totals.mounts > 0 {
        let count = Counted(totals.mounts, "mount", "mounts");
        row(
            "Not compared",
            format!("{count}: what is there is not known"),
        )?;
    }
    if !page.changes.not_compared.is_empty() {
        let words = page.changes.not_compared.iter().map(|one| one.word());
        row("Left out", words.collect::<Vec<_>>().join(", "))?;
    }
    for path in &page.outcome.blocked {
        row(
            "Cannot give way",
            format!("{path}: it holds what is protected"),
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Listed<'a> {
    fate: &'static str,
    path: Name<'a>,
    directory: bool,
    entries: u64,
    bytes: u64,
    why: String,
    valuable: bool,
}

/// All that is at risk, unless it stands in the page already.
pub(super) fn risks(page: &Page<'_>) -> impl Serialize {
    let risks = &*page.review.at_risk;
    let risks = if risks.len() > SHOWN { risks } else { &[] };
    Column(move || {
        risks.iter().map(|risk| Listed {
            fate: risk.fate.word(),
            path: Name(risk.path.as_bytes()),
            directory: risk.is_directory,
            entries: risk.entries,
            bytes: risk.bytes,
            why: why(risk),
            valuable: risk.is_valuable,
        })
    })
}
