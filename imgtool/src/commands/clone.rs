//! `imgtool clone`: a tree becomes a second one.

use std::sync::Arc;
use std::time::Instant;

use libimage::clone::{Options, clone};
use libimage::filter::{Builder, Filter};
use libimage::writer::Destination;

use crate::args::Clone;
use crate::failure::Failure;
use crate::input;
use crate::report::{Cloned, Summary};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Clone, session: &Session) -> Result<Status, Failure> {
    let started = Instant::now();
    let destination = Destination::new(&arguments.destination)?;
    let mut options = Options::default();
    options.reflink = arguments.reflink;
    options.verify = arguments.verify;
    options.filter = Arc::new(filter(arguments, &destination, session)?);
    options.replace = arguments.replace;
    options.strict = arguments.strict;
    options.room_check = arguments.room_check;
    options.threads = session.jobs;
    let outcome = clone(&arguments.source, &destination, &options, &session.watch)?;
    let status = if outcome.extent.mounts > 0 {
        Status::Findings
    } else {
        Status::Done
    };
    let mut report = session.report();
    report.add(&Cloned {
        source: &arguments.source,
        outcome: &outcome,
        time: started.elapsed(),
    })?;
    report.add(&Summary::plain("clone", status))?;
    report.end()?;
    Ok(status)
}

/// The rules, of which some may stand in files and in directories.
fn filter(
    arguments: &Clone,
    destination: &Destination,
    session: &Session,
) -> Result<Filter, Failure> {
    let interrupt = &session.interrupt;
    let names = input::cvs_names(interrupt);
    let mut builder = Builder::new().per_directory().cvs(names);
    for argument in &arguments.filter {
        builder.argument(argument, &mut |path| input::read_rules(path, interrupt))?;
    }
    // Rules for absolute paths are for where the trees really are.
    let source = std::path::absolute(&arguments.source);
    let source = source.unwrap_or_else(|_| arguments.source.clone());
    Ok(builder.build().at(&source, destination.path()))
}
