//! [`Directories`] and [`Stat`]: changes in sum by directory.

use std::io;

use indicatif::HumanCount;
use libimage::diff::{Action, Totals};
use libimage::review::DirectorySum;
use libimage::size::Size;
use serde::Serialize;

use super::change::Sums;
use super::name::Name;
use super::text::Counted;
use super::{Item, Json, Text};

/// Changes in sum by directory.
pub(crate) struct Directories<'a> {
    pub(crate) sums: &'a [DirectorySum],
    /// Whether all are listed, however many.
    pub(crate) all: bool,
}

/// At most so many are listed unless all are asked for: those with most
/// changes.
const SHOWN: usize = 30;

/// What comes, what changes and what goes.
fn kinds(totals: &Totals) -> [u64; 3] {
    let changed = [Action::Update, Action::Metadata, Action::Link, Action::Miss];
    [
        totals.count(Action::Create),
        changed.iter().map(|action| totals.count(*action)).sum(),
        totals.count(Action::Delete),
    ]
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    depth: usize,
    #[serde(flatten)]
    sums: Sums,
    /// Of the changes those that no line of a directory in it has.
    rest: u64,
}

/// How many changes a directory must have to be listed unasked.
fn least(sums: &[DirectorySum]) -> u64 {
    let mut counts: Vec<_> = sums.iter().map(|sum| sum.all.changes()).collect();
    counts.sort_unstable_by_key(|&count| std::cmp::Reverse(count));
    // Equals stand or fall together.
    counts
        .get(SHOWN)
        .map_or(0, |&first_left_out| first_left_out + 1)
}

impl Item for Directories<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        if self.sums.is_empty() {
            return Ok(());
        }
        out.line(format_args!(
            "{:>10} {:>10} {:>10} {:>12}  directory",
            "created", "changed", "deleted", "bytes"
        ))?;
        let least = if self.all { 0 } else { least(self.sums) };
        let listed = |sum: &&DirectorySum| sum.all.changes() >= least;
        for sum in self.sums.iter().filter(listed) {
            let [created, changed, deleted] =
                kinds(&sum.all).map(|count| HumanCount(count).to_string());
            let bytes = Size(sum.all.bytes()).to_string();
            let path = &sum.path;
            out.line(format_args!(
                "{created:>10} {changed:>10} {deleted:>10} {bytes:>12}  {path}"
            ))?;
        }
        let rest = self.sums.iter().filter(|sum| !listed(sum)).count();
        if rest > 0 {
            let rest = Counted(rest as u64, "directory", "directories");
            let each = Counted(least - 1, "change", "changes");
            out.line(format_args!(
                "and {rest} with at most {each}, which --details and --stat list"
            ))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        for sum in self.sums {
            out.object(&Object {
                r#type: "directory",
                name: (&sum.path).into(),
                depth: sum.path.depth(),
                sums: Sums::of(&sum.all),
                rest: sum.rest.changes(),
            })?;
        }
        Ok(())
    }
}

/// A line for each directory, with a bar.
pub(crate) struct Stat<'a> {
    pub(crate) sums: &'a [DirectorySum],
    pub(crate) totals: &'a Totals,
}

/// Characters of the longest bar.
const BAR: u64 = 40;

/// The lengths of a bar's parts, where `most` counts make the longest bar: no
/// part that there is is left out.
fn bar(parts: [u64; 3], most: u64) -> [usize; 3] {
    parts.map(|count| {
        let scaled = if most > BAR {
            (u128::from(count) * u128::from(BAR)).div_ceil(u128::from(most))
        } else {
            u128::from(count)
        };
        usize::try_from(scaled).expect("as long as the longest bar")
    })
}

impl Item for Stat<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let own: Vec<_> = self
            .sums
            .iter()
            .filter(|sum| sum.rest.changes() > 0)
            .collect();
        let paths: Vec<_> = own.iter().map(|sum| sum.path.to_string()).collect();
        let width = paths
            .iter()
            .map(|path| path.chars().count())
            .max()
            .unwrap_or_default();
        let most = own
            .iter()
            .map(|sum| sum.rest.changes())
            .max()
            .unwrap_or_default();
        let digits = HumanCount(most).to_string().len();
        for (sum, path) in own.iter().zip(&paths) {
            let count = HumanCount(sum.rest.changes()).to_string();
            let [created, changed, deleted] = bar(kinds(&sum.rest), most);
            let created = out.paint.good("+".repeat(created));
            let changed = out.paint.odd("~".repeat(changed));
            let deleted = out.paint.bad("-".repeat(deleted));
            out.line(format_args!(
                " {path:<width$} | {count:>digits$} {created}{changed}{deleted}"
            ))?;
        }
        let [created, changed, deleted] = kinds(self.totals);
        let all = Counted(self.totals.changes(), "change", "changes");
        let [created, changed, deleted] = [created, changed, deleted].map(HumanCount);
        out.line(format_args!(
            " {all}: {created} created (+), {changed} changed (~), {deleted} deleted (-)"
        ))
    }

    fn json(&self, _: &mut Json<'_>) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_scaled_and_show_each_part() {
        for (parts, most, expected) in [
            ([1, 2, 3], 6, [1, 2, 3]),
            ([0, 0, 0], 6, [0, 0, 0]),
            ([40, 0, 0], 40, [40, 0, 0]),
            ([400, 400, 0], 800, [20, 20, 0]),
            ([1, 0, 99_999], 100_000, [1, 0, 40]),
            ([u64::MAX, 0, 0], u64::MAX, [40, 0, 0]),
        ] {
            assert_eq!(bar(parts, most), expected, "{parts:?}");
        }
    }
}
