//! How much of a diff text shows, and in what shape.

use std::ffi::OsString;

use clap::Args;
use clap::error::ErrorKind;

use super::{Format, Misfit};

/// How a diff is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) shape: Shape,
    /// How deep directories are told apart, where that was said.
    pub(crate) depth: Option<usize>,
    pub(crate) pager: bool,
    /// Of which files the text is compared.
    pub(crate) patch: Vec<OsString>,
}

/// What text shows of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// What matters; single changes only if they are few.
    Review,
    /// The same with all changes.
    Details,
    /// A line for each directory.
    Stat,
    /// What changes in texts, and nothing else.
    Patch,
    /// Names alone; `null` ends them in NUL instead of a newline.
    Names { null: bool },
}

/// Why something does not go with `--format itemize`.
pub(super) const ITEMIZED: &str =
    "itemized lines stand alone: `--explain`, `--against-synclog` and `--patch` are not for them";

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[group(skip)]
#[command(next_help_heading = "Text")]
pub(super) struct Raw {
    /// List every change, package and file, however many there are; so does -v
    #[arg(long, conflicts_with_all = ["stat", "name_only"])]
    details: bool,
    /// Show one line a directory, with a bar: + created, ~ changed, - deleted
    #[arg(long, conflicts_with = "name_only")]
    stat: bool,
    /// Show the names of what differs, and nothing else
    #[arg(long)]
    name_only: bool,
    /// Show what changes in the text of files that match, as a unified diff,
    /// and nothing else: `/etc`, `*.conf`; may be given several times
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["details", "stat", "name_only"])]
    patch: Vec<OsString>,
    /// With --name-only: end names in NUL and do not escape them
    #[arg(long, short = 'z', requires = "name_only", conflicts_with_all = ["details", "stat", "patch"])]
    null: bool,
    /// Tell directories apart to so many levels [default: 2]
    #[arg(long, value_name = "N", conflicts_with = "name_only")]
    depth: Option<usize>,
    /// Do not run `$IMGTOOL_PAGER`, `$PAGER` or less for text on a terminal
    #[arg(long)]
    no_pager: bool,
}

impl Raw {
    pub(super) fn resolve(self, format: Format) -> Result<View, Misfit> {
        let shape = match (self.details, self.stat, self.name_only) {
            (true, ..) => Shape::Details,
            (_, true, _) => Shape::Stat,
            (_, _, true) => Shape::Names { null: self.null },
            _ if !self.patch.is_empty() => Shape::Patch,
            _ => Shape::Review,
        };
        if format != Format::Text && matches!(shape, Shape::Stat | Shape::Names { .. }) {
            let why = "`--stat` and `--name-only` are forms of text; other formats are complete";
            return Err((ErrorKind::ArgumentConflict, why));
        }
        if format == Format::Itemize && shape == Shape::Patch {
            return Err((ErrorKind::ArgumentConflict, ITEMIZED));
        }
        Ok(View {
            shape,
            depth: self.depth,
            pager: !self.no_pager,
            patch: self.patch,
        })
    }
}
