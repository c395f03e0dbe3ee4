//! Makes a backup.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Instant;

use libimage::backup::{self, BackupError, Options};
use libimage::error::{ErrorKind, ImageError};

use crate::args::{Format, Make};
use crate::failure::Failure;
use crate::report::{BackedUp, Summary};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Make, session: &Session) -> Result<Status, Failure> {
    let started = Instant::now();
    let mut options = Options::default();
    options.level = arguments.level;
    options.threads = session.jobs;
    let watch = &session.watch;
    let outcome = if let Some(file) = &arguments.to {
        backup::to_file(&arguments.tree, file, arguments.replace, &options, watch)?
    } else {
        if io::stdout().is_terminal() {
            return Err(ToTerminal.into());
        }
        match backup::backup(&arguments.tree, io::stdout().lock(), &options, watch) {
            Ok((_, outcome)) => outcome,
            Err(BackupError::Write(error)) => return Err(Failure::Output(error.source)),
            Err(error) => return Err(error.into()),
        }
    };
    let item = BackedUp {
        tree: &arguments.tree,
        file: arguments.to.as_deref(),
        outcome: &outcome,
        time: started.elapsed(),
    };
    let status = if outcome.mounts == 0 {
        Status::Done
    } else {
        Status::Findings
    };
    let mut report = session.report();
    if arguments.to.is_none() && session.format() == Format::Text {
        // If standard error is gone, there is nobody left to tell.
        let _ = io::stderr().write_all(item.lines(session.paint).as_bytes());
        return Ok(status);
    }
    report.add(&item)?;
    report.add(&Summary::plain("backup", status))?;
    report.end()?;
    Ok(status)
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
