//! `imgtool import`: an archive becomes a published tree.

use std::time::Instant;

use libimage::filter::{Argument, Builder, Filter};
use libimage::import::{ImportError, Options, Source, import};
use libimage::writer::Destination;

use crate::args::Import;
use crate::failure::Failure;
use crate::input::{self, Interruptible};
use crate::report::{Found, Imported, Severities, Summary};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Import, session: &Session) -> Result<Status, Failure> {
    let started = Instant::now();
    let destination = Destination::new(&arguments.into)?;
    let source = source(arguments, session)?;
    let archive = source.name().to_owned();
    let mut options = Options::default();
    options.demand = arguments.demand.clone();
    options.replace = arguments.replace;
    options.choice = arguments.choice.clone();
    options.filter = filter(&arguments.filter, session)?;
    options.strict = arguments.strict;
    options.dry_run = arguments.dry_run;
    options.room_check = arguments.room_check;
    options.limits = arguments.limits.clone();
    options.threads = session.jobs;
    let outcome = match import(source, &destination, &options, &session.watch) {
        Ok(outcome) => outcome,
        Err(error) => {
            if let ImportError::NotAsDemanded(refusal) = &error {
                // In text the error itself names them.
                session.json_only(&Found(&refusal.findings))?;
            }
            return Err(error.into());
        }
    };
    let mut severities = Severities::default();
    severities.add(&outcome.findings);
    let status = if severities.is_clean() {
        Status::Done
    } else {
        Status::Findings
    };
    let mut report = session.report();
    report.add(&Imported {
        archive: &archive,
        outcome: &outcome,
        time: started.elapsed(),
    })?;
    report.add(&Found(&outcome.findings))?;
    report.add(&Summary {
        command: "import",
        status,
        counts: severities,
    })?;
    report.end()?;
    Ok(status)
}

/// The archive, whose reads a signal can end.
fn source(arguments: &Import, session: &Session) -> Result<Source, Failure> {
    let interrupt = session.interrupt.clone();
    let Some(path) = &arguments.archive else {
        let input = Interruptible::new(std::io::stdin(), interrupt);
        return Ok(Source::stream("-", Box::new(input), None));
    };
    Ok(Source::open_with(path, |fd| {
        Box::new(Interruptible::new(fd, interrupt))
    })?)
}

/// The rules, of which some may stand in files.
fn filter(arguments: &[Argument], session: &Session) -> Result<Filter, Failure> {
    let interrupt = &session.interrupt;
    let mut builder = Builder::new().cvs(input::cvs_names(interrupt));
    for argument in arguments {
        builder.argument(argument, &mut |path| input::read_rules(path, interrupt))?;
    }
    Ok(builder.build())
}
