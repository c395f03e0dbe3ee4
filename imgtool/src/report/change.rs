//! [`Changed`]: one difference between two trees; [`Changes`]: all in sum.

use std::io;
use std::path::Path;

use indicatif::HumanCount;
use libimage::diff::{Action, Change, Charset, Detail, Difference, Totals};
use libimage::entry::{Kind, Metadata, Respect, Respects};
use libimage::error::show;
use libimage::path::ImagePath;
use serde::Serialize;

use super::name::{self, Name};
use super::text::{Counted, Size};
use super::{Item, Json, Text};

/// One difference between two trees.
pub(crate) struct Changed<'a> {
    pub(crate) change: &'a Change,
    /// Whose it is.
    pub(crate) package: Option<&'a str>,
    /// Which group of nodes it is of, where many are compared.
    pub(crate) group: Option<usize>,
}

impl<'a> Changed<'a> {
    /// A change of which nothing more is known.
    pub(crate) fn plain(change: &'a Change) -> Self {
        Self {
            change,
            package: None,
            group: None,
        }
    }

    /// A change of a group of nodes.
    pub(crate) fn of_group(change: &'a Change, group: usize) -> Self {
        Self {
            group: Some(group),
            ..Self::plain(change)
        }
    }
}

/// The names of what differs, and nothing else.
pub(crate) struct Names<'a> {
    pub(crate) changes: &'a [Change],
    /// Whether they end in NUL and are not escaped.
    pub(crate) null: bool,
}

impl Item for Names<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        for change in self.changes {
            match (self.null, change.path.as_bytes()) {
                (false, _) => out.line(&change.path)?,
                (true, []) => out.out.write_all(b".\0")?,
                (true, path) => {
                    out.out.write_all(path)?;
                    out.out.write_all(b"\0")?;
                }
            }
        }
        Ok(())
    }

    fn json(&self, _: &mut Json<'_>) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    action: &'static str,
    #[serde(flatten)]
    name: Name,
    kind: &'static str,
    differences: Vec<&'static str>,
    bytes: u64,
    replaces: bool,
    leader: Option<String>,
    package: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<usize>,
    itemize: Option<String>,
    source: Option<Side>,
    target: Option<Side>,
}

/// What one side has, where both have something of one type.
#[derive(Serialize)]
struct Side {
    /// Four octal digits.
    mode: String,
    uid: u32,
    gid: u32,
    /// Seconds since 1970 with nine digits behind the point.
    mtime: String,
    /// Only of regular files.
    size: Option<u64>,
}

impl Side {
    fn new(metadata: &Metadata, kind: &Kind) -> Self {
        Self {
            mode: format!("{:04o}", metadata.mode),
            uid: metadata.uid,
            gid: metadata.gid,
            mtime: metadata.mtime.to_string(),
            size: match kind {
                Kind::File { size } => Some(*size),
                _ => None,
            },
        }
    }
}

impl Item for Changed<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let change = self.change;
        let action = format!("{:<9}", change.action.word());
        let kind = change.kind.word();
        let mut notes: Vec<_> = change.differences.iter().map(word).collect();
        if change.replaces {
            notes.push("in place of another type".to_owned());
        }
        if let Some(leader) = &change.leader {
            notes.push(format!("to `{leader}`"));
        }
        if change.action == Action::Miss {
            notes.push("same size and mtime".to_owned());
        }
        if change.bytes > 0 {
            notes.push(Size(change.bytes).to_string());
        }
        let notes = if notes.is_empty() {
            String::new()
        } else {
            format!(" ({})", notes.join(", "))
        };
        let action = match change.action {
            Action::Create | Action::Link => out.paint.good(action),
            Action::Delete | Action::Miss => out.paint.bad(action),
            _ => out.paint.odd(action),
        };
        out.line(format_args!("  {action} {kind:<9} {}{notes}", change.path))?;
        match &change.detail {
            Some(detail) if out.verbose => sides(change, detail, out),
            _ => Ok(()),
        }
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let change = self.change;
        let leader = change.leader.as_ref();
        let line = change.itemize(Charset::Utf8);
        let sides = change.detail.as_deref().map(|detail| {
            (
                Side::new(&detail.source, &change.kind),
                Side::new(&detail.target, &detail.target_kind),
            )
        });
        let (source, target) = sides.unzip();
        out.object(&Object {
            r#type: "change",
            action: change.action.word(),
            name: (&change.path).into(),
            kind: change.kind.word(),
            differences: change.differences.iter().map(Difference::word).collect(),
            bytes: change.bytes,
            replaces: change.replaces,
            leader: leader.map(|path| name::text(path.as_bytes())),
            package: self.package,
            group: self.group,
            itemize: line.map(|line| name::text(&line)),
            source,
            target,
        })
    }
}

fn word(difference: Difference) -> String {
    difference.word().to_owned()
}

/// Both values of what differs and can be shown in a line.
fn sides(change: &Change, detail: &Detail, out: &mut Text<'_>) -> io::Result<()> {
    let source = Side::new(&detail.source, &change.kind);
    let target = Side::new(&detail.target, &detail.target_kind);
    let size = |side: &Side| side.size.map(|size| size.to_string()).unwrap_or_default();
    for difference in change.differences.iter() {
        let (old, new) = match difference {
            Difference::Size => (size(&target), size(&source)),
            Difference::Time => (target.mtime.clone(), source.mtime.clone()),
            Difference::Mode => (target.mode.clone(), source.mode.clone()),
            Difference::Owner => (target.uid.to_string(), source.uid.to_string()),
            Difference::Group => (target.gid.to_string(), source.gid.to_string()),
            _ => continue,
        };
        out.line(format_args!(
            "    {}: {old} becomes {new}",
            difference.word()
        ))?;
    }
    Ok(())
}

/// What keeps its place on the target, though something else would come there:
/// it holds what the rules keep.
pub(crate) struct Blocked<'a> {
    pub(crate) paths: &'a [ImagePath],
    /// Which group of nodes it is of, where many are compared.
    pub(crate) group: Option<usize>,
}

#[derive(Serialize)]
struct BlockedObject {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<usize>,
}

/// Text has it among the totals.
impl Item for Blocked<'_> {
    fn text(&self, _: &mut Text<'_>) -> io::Result<()> {
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        self.paths.iter().try_for_each(|path| {
            out.object(&BlockedObject {
                r#type: "blocked",
                name: path.into(),
                group: self.group,
            })
        })
    }
}

/// All differences between two trees in sum.
pub(crate) struct Changes<'a> {
    pub(crate) source: &'a Path,
    pub(crate) target: &'a Path,
    pub(crate) totals: &'a Totals,
    /// What was ignored, or is not recorded on one of the sides.
    pub(crate) not_compared: Respects,
    /// What keeps its place, though something else would come there.
    pub(crate) blocked: &'a [ImagePath],
}

/// The same as members of the summary.
#[derive(Serialize)]
pub(crate) struct Sums {
    created: u64,
    updated: u64,
    metadata: u64,
    linked: u64,
    deleted: u64,
    missed: u64,
    unchanged: u64,
    mounts: u64,
    protected: u64,
    bytes_sent: u64,
    bytes_deleted: u64,
}

/// What is told of all changes together.
#[derive(Serialize)]
pub(crate) struct Whole {
    #[serde(flatten)]
    sums: Sums,
    blocked: usize,
    not_compared: Vec<&'static str>,
}

impl Sums {
    pub(super) fn of(totals: &Totals) -> Self {
        Self {
            created: totals.count(Action::Create),
            updated: totals.count(Action::Update),
            metadata: totals.count(Action::Metadata),
            linked: totals.count(Action::Link),
            deleted: totals.count(Action::Delete),
            missed: totals.count(Action::Miss),
            unchanged: totals.unchanged,
            mounts: totals.mounts,
            protected: totals.protected,
            bytes_sent: totals.bytes_sent,
            bytes_deleted: totals.bytes_deleted,
        }
    }
}

impl Changes<'_> {
    pub(crate) fn sums(&self) -> Whole {
        Whole {
            sums: Sums::of(self.totals),
            blocked: self.blocked.len(),
            not_compared: self.not_compared.iter().map(Respect::word).collect(),
        }
    }
}

impl Item for Changes<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let whole = self.sums();
        let sums = &whole.sums;
        let equal = Counted(sums.unchanged, "entry", "entries");
        let heading = format!("from {} to {}", show(self.source), show(self.target));
        if self.totals.changes() == 0 && sums.mounts == 0 && self.blocked.is_empty() {
            let word = out.paint.good("no differences");
            out.line(format_args!("{heading}: {word}, {equal} equal"))?;
            return not_compared(&whole, out);
        }
        out.line(format_args!("{heading}:"))?;
        for (label, count) in [
            ("created", sums.created),
            ("updated", sums.updated),
            ("metadata", sums.metadata),
            ("linked", sums.linked),
            ("deleted", sums.deleted),
            ("missed", sums.missed),
        ] {
            if count > 0 {
                out.row(label, HumanCount(count))?;
            }
        }
        out.row("equal", HumanCount(sums.unchanged))?;
        out.row("to send", Size(sums.bytes_sent))?;
        if sums.bytes_deleted > 0 {
            out.row("to delete", Size(sums.bytes_deleted))?;
        }
        if sums.protected > 0 {
            let names = HumanCount(sums.protected);
            out.row(
                "kept",
                format_args!("{names} by the rules, that only the target has"),
            )?;
        }
        if let Some(first) = self.blocked.first() {
            let count = HumanCount(whole.blocked as u64);
            let why = "what the rules keep is in the way";
            out.row("blocked", format_args!("{count}, such as `{first}`: {why}"))?;
        }
        if sums.mounts > 0 {
            out.row(
                "mounts",
                format_args!("{}, not compared", HumanCount(sums.mounts)),
            )?;
        }
        not_compared(&whole, out)
    }

    fn json(&self, _: &mut Json<'_>) -> io::Result<()> {
        Ok(())
    }
}

fn not_compared(whole: &Whole, out: &mut Text<'_>) -> io::Result<()> {
    if whole.not_compared.is_empty() {
        return Ok(());
    }
    out.row("left out", whole.not_compared.join(", "))
}
