//! What stands in the page itself of the two sides and the totals.

use std::io::{self, Write};

use indicatif::HumanCount;
use libimage::diff::Action;
use libimage::entry::Respect;
use libimage::error::show;
use libimage::size::Size;

use super::super::text::Counted;
use super::Page;
use super::markup::Inert;

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
pub(super) const LETTERS: [char; 6] = ['C', 'U', 'M', 'L', 'D', '!'];

/// The other totals, and what was not compared.
pub(super) fn notes(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let totals = page.changes.totals;
    let mut row = |label: &str, value: String| {
        writeln!(out, "<div><dt>{label}</dt><dd>{}</dd></div>", Inert(value))
    };
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
        let words = page.changes.not_compared.iter().map(Respect::word);
        row("Left out", words.collect::<Vec<_>>().join(", "))?;
    }
    for path in page.changes.blocked {
        row(
            "Cannot give way",
            format!("{path}: it holds what is protected"),
        )?;
    }
    Ok(())
}
