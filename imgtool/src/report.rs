//! [`Report`]: results on standard output, as text or as JSON.
//!
//! Each kind of result is an [`Item`] in a file of its own with both of its
//! renderings, so that neither has what the other lacks by oversight.

mod backup;
mod change;
mod clone;
mod counts;
mod directory;
mod explain;
mod facts;
mod finding;
mod fleet;
mod generations;
mod html;
mod import;
mod json;
mod kernel;
mod left_out;
mod lint;
mod manifest;
mod moment;
mod name;
mod package;
mod patch;
mod pruned;
mod remark;
mod remedy;
mod restore;
mod risk;
mod rule;
mod ruling;
mod software;
mod summary;
mod survey;
mod sync;
mod synclog;
mod text;
mod unchanged;
mod verify;

pub(crate) use backup::{BackedUp, Damaged, Shown};
pub(crate) use change::{Blocked, Changed, Changes, Names};
pub(crate) use clone::Cloned;
pub(crate) use directory::{Directories, Stat};
pub(crate) use explain::Explained;
pub(crate) use finding::{Found, Severities};
pub(crate) use fleet::{Grouped, Unreached};
pub(crate) use generations::{Catalogued, InSum};
pub(crate) use html::Page;
pub(crate) use import::Imported;
pub(crate) use json::Json;
pub(crate) use lint::{Across, Checks, Linted};
pub(crate) use manifest::{Listed, Sums};
pub(crate) use package::{DifferingFiles, PackageChanges};
pub(crate) use patch::Patched;
pub(crate) use pruned::Pruned;
pub(crate) use remark::Remarks;
pub(crate) use remedy::Remedies;
pub(crate) use restore::Restored;
pub(crate) use risk::AtRisk;
pub(crate) use rule::Rules;
pub(crate) use ruling::Ruled;
pub(crate) use summary::Summary;
pub(crate) use survey::Surveyed;
pub(crate) use sync::Synced;
pub(crate) use synclog::Logged;
pub(crate) use text::Text;
pub(crate) use unchanged::StillTheSame;
pub(crate) use verify::{Agreement, Verdicts, Verified};

use std::io::{self, BufWriter, ErrorKind, Stdout, Write};

use crate::args::Format;
use crate::color::Paint;
use crate::failure::Failure;
use crate::pager::Pager;

/// One result, in each form that it can be written in.
pub(crate) trait Item {
    /// For people.
    fn text(&self, out: &mut Text<'_>) -> io::Result<()>;

    /// For scripts: one or more objects, a line each.
    fn json(&self, out: &mut Json<'_>) -> io::Result<()>;
}

/// Writes results to standard output.
pub(crate) struct Report {
    out: BufWriter<Destination>,
    format: Format,
    verbose: bool,
    paint: Paint,
    /// Whoever reads the output wants no more of it, as `head` does.
    closed: bool,
}

/// Where a report goes.
enum Destination {
    Stdout(Stdout),
    Pager(Pager),
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            Self::Pager(pager) => pager.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            Self::Pager(pager) => pager.flush(),
        }
    }
}

impl Report {
    pub(crate) fn new(format: Format, verbose: bool, paint: Paint) -> Self {
        Self {
            out: BufWriter::new(Destination::Stdout(io::stdout())),
            format,
            verbose,
            paint,
            closed: false,
        }
    }

    /// Writes to a pager, if there is one.
    pub(crate) fn through(self, pager: Option<Pager>) -> Self {
        match pager {
            None => self,
            Some(pager) => Self {
                out: BufWriter::new(Destination::Pager(pager)),
                ..self
            },
        }
    }

    /// Writes one result; it may wait in a buffer until [`Report::end`].
    pub(crate) fn add(&mut self, item: &impl Item) -> Result<(), Failure> {
        self.write(|report| match report.format {
            Format::Text => item.text(&mut Text {
                out: &mut report.out,
                verbose: report.verbose,
                paint: report.paint,
            }),
            Format::Json => item.json(&mut Json {
                out: &mut report.out,
            }),
            // Those lines are not made of items.
            Format::Itemize => Ok(()),
        })
    }

    /// Writes lines that are the same in no other form.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write(|report| report.out.write_all(bytes))
    }

    /// Sees that what was added so far is there.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        self.write(|report| report.out.flush())
    }

    /// Sees that everything is written, and read where a pager shows it.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        let written = self.write(|report| report.out.flush());
        // What a pager has not taken by now it does not want.
        if let (Destination::Pager(pager), _) = self.out.into_parts() {
            pager.finish();
        }
        written
    }

    fn write(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        match write(self) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            outcome => outcome.map_err(Failure::Output),
        }
    }
}
