//! [`Catalogued`]: the backups in a directory, tree by tree.

use std::fmt::{self, Display};
use std::io;
use std::path::PathBuf;

use indicatif::{BinaryBytes, HumanCount};
use libimage::catalogue::{Catalogue, Generation, Generations, Good, Kept, Since, State, Stored};
use libimage::diff::{Action, Totals};
use libimage::escape::Escaped;
use serde::Serialize;

use super::change::Sums;
use super::name::{self, Name};
use super::text::Counted;
use super::{Item, Json, Text, moment};

/// The backups in a directory.
pub(crate) struct Catalogued<'a> {
    pub(crate) catalogue: &'a Catalogue,
    /// What something of a name in it is called.
    pub(crate) path: &'a dyn Fn(&[u8]) -> PathBuf,
}

/// The members of a summary: what there is in all directories.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct InSum {
    backups: u64,
    damaged: u64,
    unfinished: u64,
    others: u64,
}

impl InSum {
    /// The same with what is in one more directory.
    pub(crate) fn and(self, catalogue: &Catalogue) -> Self {
        let all = || catalogue.trees.iter().flat_map(|tree| &tree.backups);
        let damaged = all().filter(|kept| kept.state.is_err());
        Self {
            backups: self.backups + all().count() as u64,
            damaged: self.damaged + damaged.count() as u64,
            unfinished: self.unfinished + catalogue.unfinished.len() as u64,
            others: self.others + catalogue.others,
        }
    }
}

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    tree: String,
    time: String,
    archive_bytes: u64,
    good: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(flatten)]
    known: Option<Known<'a>>,
}

/// What is known of a good one.
#[derive(Serialize)]
struct Known<'a> {
    source: &'a str,
    began: String,
    kind: Option<&'a str>,
    arch: Option<&'a str>,
    distro: Option<&'a str>,
    entries: u64,
    bytes: u64,
    digest: String,
    archive_digest: String,
    level: i32,
    version: &'a str,
    since: Option<SinceObject>,
}

#[derive(Serialize)]
struct SinceObject {
    #[serde(flatten)]
    name: Name,
    same: bool,
    #[serde(flatten)]
    sums: Option<Sums>,
}

#[derive(Serialize)]
struct UnfinishedObject {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    archive_bytes: u64,
    abandoned: bool,
}

/// What changed, in a few words.
struct Words<'a>(Option<&'a Since>);

impl Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.map(|since| &since.changes) {
            None => f.write_str("-"),
            Some(None) => f.write_str("unchanged"),
            Some(Some(totals)) => {
                let words = ["created", "changed", "deleted"];
                let counts = counts(totals).into_iter().zip(words);
                for (count, word) in counts.filter(|(count, _)| *count > 0) {
                    write!(f, "{} {word}, ", HumanCount(count))?;
                }
                write!(f, "{}", BinaryBytes(totals.bytes_sent))
            }
        }
    }
}

/// Created, changed in any way, deleted.
fn counts(totals: &Totals) -> [u64; 3] {
    let (created, deleted) = (totals.count(Action::Create), totals.count(Action::Delete));
    [created, totals.changes() - created - deleted, deleted]
}

/// The titles of the columns.
const TITLES: [&str; 7] = [
    "file",
    "began (UTC)",
    "size",
    "arch",
    "distro",
    "digest",
    "since the one before",
];

/// So many digits of a digest tell trees apart for people.
const DIGITS: usize = 12;

fn row(kept: &Kept) -> [String; 7] {
    let name = Escaped(&kept.generation.name()).to_string();
    let size = BinaryBytes(kept.bytes).to_string();
    let Ok(good) = &kept.state else {
        let nothing = || "-".to_owned();
        let bad = "damaged or no backup".to_owned();
        return [name, nothing(), size, nothing(), nothing(), nothing(), bad];
    };
    let word = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or("-");
        Escaped(text.as_bytes()).to_string()
    };
    let mut digest = good.info.tree.to_string();
    digest.truncate(DIGITS);
    [
        name,
        moment::utc(good.info.began).replace(" UTC", ""),
        size,
        word(&good.info.arch),
        word(&good.info.distro),
        digest,
        Words(good.since.as_ref()).to_string(),
    ]
}

/// The path where all of these backups' trees stood, if it is one.
fn only_source(generations: &Generations) -> Option<&str> {
    let mut sources = generations.backups.iter().filter_map(source);
    let first = sources.next()?;
    sources.all(|source| source == first).then_some(first)
}

fn source(kept: &Kept) -> Option<&str> {
    kept.state.as_ref().ok().map(|good| &*good.info.source)
}

impl Item for Catalogued<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        if self.catalogue.trees.is_empty() {
            let path = (self.path)(b"");
            let dir = libimage::error::show(&path);
            out.line(format_args!("there are no backups in {dir}"))?;
        }
        for generations in &self.catalogue.trees {
            let backups = &generations.backups;
            let count = Counted(backups.len() as u64, "backup", "backups");
            let bytes = BinaryBytes(backups.iter().map(|kept| kept.bytes).sum());
            let tree = Escaped(&generations.tree);
            match only_source(generations) {
                Some(source) => {
                    let source = Escaped(source.as_bytes());
                    out.line(format_args!("{tree}: {count} of `{source}`, {bytes}"))?;
                }
                None => out.line(format_args!("{tree}: {count}, {bytes}"))?,
            }
            table(generations, out)?;
        }
        if out.verbose && self.catalogue.others > 0 {
            let others = Counted(self.catalogue.others, "other name", "other names");
            out.line(format_args!("{others} passed over"))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let trees = self.catalogue.trees.iter();
        for kept in trees.flat_map(|generations| &generations.backups) {
            out.object(&self.object(kept))?;
        }
        for stored in &self.catalogue.unfinished {
            unfinished(stored, self.path, out)?;
        }
        Ok(())
    }
}

fn table(generations: &Generations, out: &mut Text<'_>) -> io::Result<()> {
    let is_mixed = only_source(generations).is_none();
    let rows: Vec<_> = generations.backups.iter().map(row).collect();
    let width = |column: usize| {
        let longest = rows.iter().map(|row| row[column].chars().count()).max();
        longest.unwrap_or(0).max(TITLES[column].len())
    };
    let widths: [usize; 7] = std::array::from_fn(width);
    let line = |cells: [&str; 7]| {
        let cells = cells.iter().zip(widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            2 => format!("{cell:>width$}"),
            6 => (*cell).to_owned(),
            _ => format!("{cell:<width$}"),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    out.line(format_args!("  {}", line(TITLES)))?;
    for (row, kept) in rows.iter().zip(&generations.backups) {
        let line = line(row.each_ref().map(String::as_str));
        match (&kept.state, source(kept)) {
            (Err(_), _) => out.line(format_args!("  {}", out.paint.bad(&line)))?,
            (Ok(_), Some(source)) if is_mixed => {
                let source = Escaped(source.as_bytes());
                out.line(format_args!("  {line}, of `{source}`"))?;
            }
            (Ok(_), _) => out.line(format_args!("  {line}"))?,
        }
    }
    Ok(())
}

impl Catalogued<'_> {
    fn object<'k>(&self, kept: &'k Kept) -> Object<'k> {
        let (known, message) = match &kept.state {
            Ok(good) => (Some(self.known(good)), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Object {
            r#type: "generation",
            name: self.name(&kept.generation),
            tree: name::text(&kept.generation.tree),
            time: kept.generation.time.to_string(),
            archive_bytes: kept.bytes,
            good: known.is_some(),
            message,
            known,
        }
    }

    fn known<'k>(&self, good: &'k Good) -> Known<'k> {
        let Good {
            info, seal, since, ..
        } = good;
        Known {
            source: &info.source,
            began: info.began.to_string(),
            kind: info.kind.as_deref(),
            arch: info.arch.as_deref(),
            distro: info.distro.as_deref(),
            entries: info.entries,
            bytes: info.bytes,
            digest: info.tree.to_string(),
            archive_digest: seal.to_string(),
            level: info.level,
            version: &info.version,
            since: since.as_ref().map(|since| SinceObject {
                name: self.name(&since.before),
                same: since.changes.is_none(),
                sums: since.changes.as_ref().map(Sums::of),
            }),
        }
    }

    fn name(&self, generation: &Generation) -> Name {
        (&*(self.path)(&generation.name())).into()
    }
}

/// An object about a backup that is not whole.
pub(super) fn unfinished(
    stored: &Stored,
    path: &dyn Fn(&[u8]) -> PathBuf,
    out: &mut Json<'_>,
) -> io::Result<()> {
    let (hidden, abandoned) = match &stored.state {
        State::Abandoned { hidden } => (hidden, true),
        State::Unfinished { hidden } => (hidden, false),
        State::Whole => return Ok(()),
    };
    out.object(&UnfinishedObject {
        r#type: "unfinished",
        name: (&*path(hidden)).into(),
        archive_bytes: stored.bytes,
        abandoned,
    })
}
