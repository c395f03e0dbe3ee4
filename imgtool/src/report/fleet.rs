//! [`Grouped`]: many nodes by what differs; [`Unreached`]: those that could not
//! be compared.

use std::io;
use std::path::Path;

use indicatif::HumanCount;
use libimage::diff::Change;
use libimage::entry::Respect;
use libimage::error::{ImageError as _, chain, show};
use libimage::escape::Escaped;
use libimage::fleet::{Failed, Group, Outcome};
use libimage::hostlist;
use serde::Serialize;

use super::change::{Blocked, Changed, Sums};
use super::text::Counted;
use super::{Item, Json, Text};

/// Changes of a group that are shown unasked.
const FEW: usize = 10;

/// Many nodes by what differs.
pub(crate) struct Grouped<'a> {
    pub(crate) source: &'a Path,
    pub(crate) outcome: &'a Outcome,
    /// Whether all changes are shown, however many.
    pub(crate) all: bool,
}

/// The same in sum, as members of the summary.
#[derive(Serialize)]
pub(crate) struct FleetSums {
    nodes: usize,
    groups: usize,
    equal: usize,
    failed: usize,
}

#[derive(Serialize)]
struct Object<'a> {
    r#type: &'static str,
    group: usize,
    hostlist: String,
    nodes: &'a [String],
    /// Whether the changes follow.
    listed: bool,
    #[serde(flatten)]
    sums: Sums,
    blocked: Vec<String>,
    hides: bool,
    not_compared: Vec<&'static str>,
}

#[derive(Serialize)]
struct Unreachable<'a> {
    r#type: &'static str,
    node: &'a str,
    error: String,
    help: Option<String>,
}

#[derive(Serialize)]
struct Noticed<'a> {
    r#type: &'static str,
    message: &'a str,
    hostlist: String,
}

/// What could not be compared of a group, and so is not known to be equal.
fn left_out(group: &Group, out: &mut Text<'_>) -> io::Result<()> {
    let words: Vec<_> = group.unrecorded.iter().map(Respect::word).collect();
    if words.is_empty() {
        return Ok(());
    }
    out.row("left out", words.join(", "))
}

/// Names in short, as people may see them.
fn folded(names: &[String]) -> String {
    let folded = hostlist::fold(names.iter().map(String::as_str));
    Escaped(folded.as_bytes()).to_string()
}

impl Grouped<'_> {
    pub(crate) fn sums(&self) -> FleetSums {
        let groups = &self.outcome.groups;
        let count = |groups: &mut dyn Iterator<Item = &Group>| {
            groups.map(|group| group.names.len()).sum::<usize>()
        };
        FleetSums {
            nodes: count(&mut groups.iter()) + self.outcome.failed.len(),
            groups: groups.len(),
            equal: count(&mut groups.iter().filter(|group| group.is_equal())),
            failed: self.outcome.failed.len(),
        }
    }

    fn group(&self, group: &Group, first: Option<&Group>, out: &mut Text<'_>) -> io::Result<()> {
        let nodes = Counted(group.names.len() as u64, "node", "nodes");
        let names = folded(&group.names);
        if group.is_equal() {
            let word = out.paint.good("nothing to do");
            out.line(format_args!("{nodes}, {names}: {word}"))?;
            return left_out(group, out);
        }
        let changes = Counted(group.totals.changes(), "change", "changes");
        out.line(format_args!("{nodes}, {names}: {}", out.paint.odd(changes)))?;
        left_out(group, out)?;
        let word = |path| format!("{path} cannot give way");
        for path in &group.blocked {
            out.line(format_args!("  {}", out.paint.bad(word(path))))?;
        }
        // Of others only in what they are not like most. One with less than half as
        // many changes lacks more than it has: that need not be looked up.
        let near = first.filter(|first| first.totals.changes() / 2 < group.totals.changes());
        let beside = near.and_then(|first| Some((group.beside(first)?, first.beside(group)?)));
        match beside {
            Some((more, less)) if ((more.len() + less.len()) as u64) < group.totals.changes() => {
                let most = if self.all { usize::MAX } else { FEW };
                out.line("  beside those of the largest group:")?;
                Self::changes(&more, most, out)?;
                if !less.is_empty() {
                    out.line("  of those of the largest group not:")?;
                    Self::changes(&less, most, out)?;
                }
                Ok(())
            }
            _ => match &group.changes {
                None => out.line("  they are too many to be kept: look at one of the nodes"),
                Some(changes) => {
                    let changes: Vec<_> = changes.iter().collect();
                    let most = if self.all { usize::MAX } else { FEW };
                    Self::changes(&changes, most, out)
                }
            },
        }
    }

    fn changes(changes: &[&Change], most: usize, out: &mut Text<'_>) -> io::Result<()> {
        if changes.is_empty() {
            return out.line("  none");
        }
        for change in changes.iter().take(most) {
            Changed::plain(change).text(out)?;
        }
        let rest = changes.len().saturating_sub(most);
        if rest > 0 {
            let rest = HumanCount(rest as u64);
            out.line(format_args!("  and {rest} more, which --details lists"))?;
        }
        Ok(())
    }
}

impl Item for Grouped<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let sums = self.sums();
        let nodes = Counted(sums.nodes as u64, "node", "nodes");
        let groups = Counted(sums.groups as u64, "group", "groups");
        let source = show(self.source);
        out.line(format_args!("from {source} to {nodes}, in {groups}:"))?;
        let groups = &self.outcome.groups;
        for (number, group) in groups.iter().enumerate() {
            let first = groups
                .first()
                .filter(|first| number > 0 && !first.is_equal());
            self.group(group, first, out)?;
        }
        for (message, names) in &self.outcome.warnings {
            let word = out.paint.odd("noticed");
            out.line(format_args!("{word} of {}: {message}", folded(names)))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for (number, group) in self.outcome.groups.iter().enumerate() {
            out.object(&Object {
                r#type: "group",
                group: number,
                hostlist: hostlist::fold(group.names.iter().map(String::as_str)),
                nodes: &group.names,
                listed: group.changes.is_some(),
                sums: Sums::of(&group.totals),
                blocked: group.blocked.iter().map(ToString::to_string).collect(),
                hides: group.hides,
                not_compared: group.unrecorded.iter().map(Respect::word).collect(),
            })?;
            for change in group.changes.iter().flatten() {
                Changed::of_group(change, number).json(out)?;
            }
            let paths = &*group.blocked;
            let group = Some(number);
            Blocked { paths, group }.json(out)?;
        }
        for (message, names) in &self.outcome.warnings {
            out.object(&Noticed {
                r#type: "noticed",
                message,
                hostlist: hostlist::fold(names.iter().map(String::as_str)),
            })?;
        }
        Ok(())
    }
}

/// A node that could not be compared.
pub(crate) struct Unreached<'a>(pub(crate) &'a Failed);

impl Item for Unreached<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Failed { name, error, .. } = self.0;
        let name = Escaped(name.as_bytes());
        let word = out.paint.bad("not compared");
        out.line(format_args!("{word}: {name}: {}", chain(error)))
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let Failed { name, error, .. } = self.0;
        out.object(&Unreachable {
            r#type: "failed",
            node: name,
            error: chain(error),
            help: error.help(),
        })
    }
}
