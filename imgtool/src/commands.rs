//! One file a command: a library call, its report, an exit status.

mod backup;
mod clone;
mod completions;
mod diff;
mod excludes;
mod import;
mod inspect;
mod lint;
mod man;
mod manifest;
mod restore;
mod sync;
mod verify_arch;

use crate::args::Command;
use crate::failure::Failure;
use crate::report::Summary;
use crate::session::Session;
use crate::status::Status;

/// Runs a command; what fails is told, and ends a report in JSON as any other
/// outcome does.
pub(crate) fn run(command: &Command, session: &Session) -> Status {
    let (name, outcome) = match command {
        Command::Import(arguments) => ("import", import::run(arguments, session)),
        Command::Clone(arguments) => ("clone", clone::run(arguments, session)),
        Command::VerifyArch(arguments) => ("verify-arch", verify_arch::run(arguments, session)),
        Command::Inspect(arguments) => ("inspect", inspect::run(arguments, session)),
        Command::Lint(arguments) => ("lint", lint::run(arguments, session)),
        Command::Manifest(arguments) => ("manifest", manifest::run(arguments, session)),
        Command::Backup(arguments) => ("backup", backup::run(arguments, session)),
        Command::Restore(arguments) => ("restore", restore::run(arguments, session)),
        Command::Diff(arguments) => ("diff", diff::run(arguments, session)),
        Command::Sync(arguments) => ("sync", sync::run(arguments, session)),
        Command::Excludes(arguments) => ("excludes", excludes::run(arguments, session)),
        Command::Completions(arguments) => return plain(completions::run(arguments), session),
        Command::Man(arguments) => return plain(man::run(arguments), session),
    };
    let failure = match outcome {
        Ok(status) => return status,
        Err(failure) => failure,
    };
    let status = failure.report(session);
    let mut report = session.report();
    let told = report
        .add(&Summary::plain(name, status))
        .and_then(|()| report.end());
    match told {
        Ok(()) => status,
        Err(failure) => failure.report(session).and(status),
    }
}

/// The end of a command that has no results.
fn plain(outcome: Result<(), Failure>, session: &Session) -> Status {
    match outcome {
        Ok(()) => Status::Done,
        Err(failure) => failure.report(session),
    }
}
