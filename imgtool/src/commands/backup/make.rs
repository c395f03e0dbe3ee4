//! Makes a backup.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use libimage::backup::{self, BackupError, Change, Comparison, Options, Outcome, Unchanged};
use libimage::catalogue::{Answer, Shelf, Store as _, back_up};
use libimage::error::{ErrorKind, ImageError};
use libimage::monitor::{Monitor as _, Warning};
use libimage::path::ImagePath;
use libimage::seekable::{FormatError, Info, Reader};

use crate::args::{Format, Make};
use crate::failure::{Failure, OutputError};
use crate::report::{BackedUp, Report, StillTheSame, Summary};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Make, session: &Session) -> Result<Status, Failure> {
    let started = Instant::now();
    let mut options = Options::default();
    options.level = arguments.level;
    options.threads = session.jobs;
    let (file, done) = match &arguments.to {
        None => (None, to_stdout(arguments, &options, session)?),
        Some(to) => match Shelf::named(to, &arguments.tree)? {
            Some(shelf) => to_shelf(shelf, to, arguments, &options, session)?,
            None => (Some(to.clone()), to_file(to, arguments, &options, session)?),
        },
    };
    let (outcome, since) = match &done {
        Done::New(outcome, since) => (outcome, since),
        Done::Unchanged(info, unchanged) => {
            let mut report = session.report();
            report.add(&StillTheSame {
                tree: &arguments.tree,
                file: file.as_deref().unwrap_or(Path::new("-")),
                info,
                unchanged: *unchanged,
                time: started.elapsed(),
            })?;
            return end(report, status(unchanged.mounts));
        }
    };
    let item = BackedUp {
        tree: &arguments.tree,
        file: file.as_deref(),
        outcome,
        since: since.as_ref().map(|(info, change)| (info, change)),
        time: started.elapsed(),
    };
    let status = status(outcome.mounts);
    let mut report = session.report();
    if arguments.to.is_none() && session.format() == Format::Text {
        // If standard error is gone, there is nobody left to tell.
        let _ = io::stderr().write_all(item.lines(session.paint).as_bytes());
        return Ok(status);
    }
    report.add(&item)?;
    end(report, status)
}

/// What became of the tree.
enum Done {
    /// There is a new backup; the last one, and what changed since, if that was
    /// looked at.
    New(Box<Outcome>, Option<(Info, Change)>),
    /// This one still says all.
    Unchanged(Info, Unchanged),
}

fn status(mounts: u64) -> Status {
    if mounts == 0 {
        Status::Done
    } else {
        Status::Findings
    }
}

fn end(mut report: Report, status: Status) -> Result<Status, Failure> {
    report.add(&Summary::plain("backup", status))?;
    report.end()?;
    Ok(status)
}

fn to_stdout(arguments: &Make, options: &Options, session: &Session) -> Result<Done, Failure> {
    if io::stdout().is_terminal() {
        return Err(ToTerminal.into());
    }
    let stdout = io::stdout().lock();
    match backup::backup(&arguments.tree, stdout, options, &session.watch) {
        Ok((_, outcome)) => Ok(Done::New(Box::new(outcome), None)),
        // Of a backup nobody wants the first half.
        Err(BackupError::Write(error)) => Err(OutputError(error.source).into()),
        Err(error) => Err(error.into()),
    }
}

/// Adds a backup to a directory; its path comes back.
fn to_shelf(
    shelf: Shelf,
    dir: &Path,
    arguments: &Make,
    options: &Options,
    session: &Session,
) -> Result<(Option<PathBuf>, Done), Failure> {
    if arguments.replace {
        shelf.undo();
        return Err(NothingToReplace { path: dir.into() }.into());
    }
    let watch = &session.watch;
    let made = match back_up(
        &arguments.tree,
        &shelf,
        options,
        arguments.if_changed,
        watch,
    ) {
        Ok(made) => made,
        Err(error) => {
            shelf.undo();
            return Err(error.into());
        }
    };
    for (_, error) in &made.passed_over {
        warn_of(error, session);
    }
    let file = shelf.path(&made.generation.name());
    let done = match made.what {
        Answer::New { outcome, since } => Done::New(outcome, since),
        Answer::Unchanged {
            info, unchanged, ..
        } => Done::Unchanged(info, unchanged),
    };
    Ok((Some(file), done))
}

fn to_file(
    file: &Path,
    arguments: &Make,
    options: &Options,
    session: &Session,
) -> Result<Done, Failure> {
    let (tree, watch) = (&arguments.tree, &session.watch);
    let since = match compared(file, arguments, options, session)? {
        Some((info, Comparison::Unchanged(unchanged))) => {
            return Ok(Done::Unchanged(info, unchanged));
        }
        Some((info, Comparison::Changed(change))) => Some((info, change)),
        None => None,
    };
    let outcome = backup::to_file(tree, file, arguments.replace, options, watch)?;
    Ok(Done::New(Box::new(outcome), since))
}

/// Compares with the file that may be there, if that is asked for.
fn compared(
    file: &Path,
    arguments: &Make,
    options: &Options,
    session: &Session,
) -> Result<Option<(Info, Comparison)>, Failure> {
    if !arguments.if_changed {
        return Ok(None);
    }
    let read = Reader::open(file).and_then(|reader| Ok((reader.tree()?.0, reader)));
    let (records, reader) = match read {
        Ok(read) => read,
        Err(FormatError::Sys(error)) if error.source.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => {
            warn_of(&error, session);
            return Ok(None);
        }
    };
    let info = reader.info().clone();
    let (tree, watch) = (&arguments.tree, &session.watch);
    let comparison = backup::compare(tree, records.records(), &info, options, watch)?;
    Ok(Some((info, comparison)))
}

/// Tells of a backup that cannot be compared with.
fn warn_of(error: &dyn ImageError, session: &Session) {
    session.watch.warn(Warning {
        path: ImagePath::root(),
        message: format!("not compared with, for {}", libimage::error::chain(error)),
    });
}

/// Something in a directory of generations was to be replaced.
#[derive(Debug)]
struct NothingToReplace {
    path: PathBuf,
}

impl fmt::Display for NothingToReplace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = libimage::error::show(&self.path);
        write!(f, "{path} is a directory, in which nothing is replaced")
    }
}

impl std::error::Error for NothingToReplace {}

impl ImageError for NothingToReplace {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("name a file, or leave --replace out and remove old ones by `backup prune`".to_owned())
    }
}

/// A backup was to go to the terminal.
#[derive(Debug)]
struct ToTerminal;

impl fmt::Display for ToTerminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a backup is not written to a terminal")
    }
}

impl std::error::Error for ToTerminal {}

impl ImageError for ToTerminal {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    fn help(&self) -> Option<String> {
        Some("name a file, or pipe standard output into a program".to_owned())
    }
}
