//! [`Shown`]: a diff in the shape that was asked for.

use std::io::{BufWriter, IsTerminal as _};
use std::path::Path;

use libimage::diff::{Change, Charset, Outcome};
use libimage::error::SysError;
use libimage::open::Opened;
use libimage::output::OutputFile;
use libimage::review::{Options, Read, Review, directories, review};
use libimage::tree::Tree;

use super::patches;
use crate::args::{Format, Shape, View};
use crate::failure::Failure;
use crate::report::{
    AtRisk, Blocked, Changed, Changes, DifferingFiles, Directories, Names, PackageChanges, Page,
    Report, Stat,
};
use crate::session::Session;

/// Up to so many changes are listed one by one unasked: a screen or two.
const FEW: usize = 50;

/// Bytes written to a page at once.
const BUFFER: usize = 128 * 1024;

/// How deep directories are told apart unless it is said.
const DEPTH: usize = 2;

/// A diff and how it is to be shown.
pub(in crate::commands) struct Shown<'a> {
    pub(in crate::commands) source: &'a Opened,
    pub(in crate::commands) target: &'a Opened,
    pub(in crate::commands) outcome: &'a Outcome,
    pub(in crate::commands) changes: &'a Changes<'a>,
    pub(in crate::commands) view: &'a View,
    pub(in crate::commands) checksum: bool,
    /// Where a page is to be written.
    pub(in crate::commands) html: Option<&'a Path>,
}

impl Shown<'_> {
    fn depth(&self) -> usize {
        self.view.depth.unwrap_or(DEPTH)
    }

    /// What the changes mean; nothing where there are none, or nobody asks.
    pub(in crate::commands) fn review(&self, session: &Session) -> Result<Option<Review>, Failure> {
        let is_asked = session.format() != Format::Itemize
            && match self.view.shape {
                Shape::Review | Shape::Details => true,
                Shape::Patch => session.format() == Format::Json,
                Shape::Stat | Shape::Names { .. } => false,
            };
        let is_asked = is_asked && !self.outcome.changes.is_empty();
        if !is_asked && self.html.is_none() {
            return Ok(None);
        }
        let mut options = Options::default();
        // Who has content compared has it read anyway.
        options.read = if self.checksum {
            Read::All
        } else {
            Read::Telling
        };
        options.depth = self.depth();
        options.threads = session.jobs;
        let (source, target) = (readable(self.source), readable(self.target));
        let reviewed = review(source, target, self.outcome, &options, &session.watch)?;
        Ok(Some(reviewed))
    }

    /// Writes the page that is asked for, if one is.
    pub(in crate::commands) fn write_page(&self, review: Option<&Review>) -> Result<(), Failure> {
        let (Some(path), Some(review)) = (self.html, review) else {
            return Ok(());
        };
        let page = Page {
            changes: self.changes,
            outcome: self.outcome,
            review,
        };
        let failed = |error| SysError::new("write", path, error);
        let mut out = BufWriter::with_capacity(BUFFER, OutputFile::create(path)?);
        page.write(&mut out).map_err(failed)?;
        let file = out
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        Ok(file.publish()?)
    }

    /// Writes all but the summary.
    pub(in crate::commands) fn write(
        &self,
        review: Option<&Review>,
        session: &Session,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let changes = &self.outcome.changes;
        // Where there are none, there is nothing to tell of them.
        let review = review.filter(|_| !changes.is_empty());
        match (session.format(), self.view.shape) {
            (Format::Itemize, _) => {
                let charset = charset();
                changes
                    .iter()
                    .try_for_each(|change| itemize(change, charset, report))
            }
            (_, Shape::Names { null }) => report.add(&Names { changes, null }),
            (Format::Text, Shape::Patch) => self.write_patches(session, report),
            (_, Shape::Stat) => report.add(&Stat {
                sums: &directories(changes, self.depth()),
                totals: &self.outcome.totals,
            }),
            (Format::Json, _) => {
                self.write_json(review, report)?;
                self.write_patches(session, report)
            }
            (Format::Text, Shape::Review | Shape::Details) => {
                let all = self.view.shape == Shape::Details || session.verbose();
                self.write_text(review, all, report)
            }
        }
    }

    fn write_patches(&self, session: &Session, report: &mut Report) -> Result<(), Failure> {
        let patterns = &self.view.patch;
        if patterns.is_empty() {
            return Ok(());
        }
        let trees = [self.source.tree(), self.target.tree()];
        patches::write(patterns, trees, &self.outcome.changes, session, report)
    }

    fn write_json(&self, review: Option<&Review>, report: &mut Report) -> Result<(), Failure> {
        self.write_changes(review, report)?;
        report.add(&Blocked {
            paths: &self.outcome.blocked,
            group: None,
        })?;
        let Some(review) = review else {
            return Ok(());
        };
        let changes = &self.outcome.changes;
        let (all, same) = (true, true);
        let sums = &review.directories;
        report.add(&AtRisk { review, all })?;
        report.add(&PackageChanges { review, all, same })?;
        #[rustfmt::skip]
        report.add(&DifferingFiles { review, changes, all })?;
        report.add(&Directories { sums, all })
    }

    /// First what is lost, then the sums, then what changes by package and by
    /// directory, then each change; of what is too much to be read by itself
    /// the largest.
    fn write_text(
        &self,
        review: Option<&Review>,
        all: bool,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let Some(review) = review else {
            return report.add(self.changes);
        };
        let changes = &self.outcome.changes;
        let are_listed = all || changes.len() <= FEW;
        report.add(&AtRisk { review, all })?;
        report.add(self.changes)?;
        // Whose a change is that is listed needs no list of its own.
        let same = all || !are_listed;
        report.add(&PackageChanges { review, all, same })?;
        #[rustfmt::skip]
        report.add(&DifferingFiles { review, changes, all })?;
        if same || self.view.depth.is_some() {
            let sums = &review.directories;
            report.add(&Directories { sums, all })?;
        }
        if !are_listed {
            return report.raw(b"changes: --details lists them, --stat sums them up\n");
        }
        report.raw(b"changes:\n")?;
        self.write_changes(Some(review), report)
    }

    fn write_changes(&self, review: Option<&Review>, report: &mut Report) -> Result<(), Failure> {
        for (number, change) in self.outcome.changes.iter().enumerate() {
            let package = review.and_then(|review| review.package(number));
            let changed = Changed {
                package,
                ..Changed::plain(change)
            };
            report.add(&changed)?;
        }
        Ok(())
    }
}

/// The tree with whatever content there is: of an archive the first bytes of
/// some files.
fn readable(opened: &Opened) -> &dyn Tree {
    opened.heads().unwrap_or(opened.tree())
}

fn itemize(change: &Change, charset: Charset, report: &mut Report) -> Result<(), Failure> {
    let Some(mut line) = change.itemize(charset) else {
        return Ok(());
    };
    line.push(b'\n');
    report.raw(&line)
}

/// What the locale can show, by the variables of locale(7) in their order, and
/// a terminal without harm.
fn charset() -> Charset {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    let locale = locale.to_string_lossy().to_lowercase();
    if !locale.contains("utf-8") && !locale.contains("utf8") {
        Charset::Ascii
    } else if std::io::stdout().is_terminal() {
        Charset::Terminal
    } else {
        Charset::Utf8
    }
}
