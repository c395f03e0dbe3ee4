//! `imgtool restore`: a tree comes back from a backup.

use std::sync::Arc;
use std::time::Instant;

use libimage::restore::{Options, restore};
use libimage::seekable::Reader;
use libimage::writer::Destination;

use crate::args::Restore;
use crate::failure::Failure;
use crate::report::{Restored, Summary};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Restore, session: &Session) -> Result<Status, Failure> {
    let started = Instant::now();
    let destination = Destination::new(&arguments.into)?;
    let reader = Arc::new(Reader::open(&arguments.backup)?);
    let mut options = Options::default();
    options.paths.clone_from(&arguments.paths);
    options.replace = arguments.replace;
    options.strict = arguments.strict;
    options.room_check = arguments.room_check;
    options.threads = session.jobs;
    let outcome = restore(&reader, &destination, &options, &session.watch)?;
    let mut report = session.report();
    report.add(&Restored {
        backup: &arguments.backup,
        reader: &reader,
        outcome: &outcome,
        time: started.elapsed(),
    })?;
    report.add(&Summary::plain("restore", Status::Done))?;
    report.end()?;
    Ok(Status::Done)
}
