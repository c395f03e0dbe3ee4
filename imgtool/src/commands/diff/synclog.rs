//! `--against-synclog`: what a sync said against what was foreseen.

use std::io::BufReader;
use std::path::Path;

use libimage::diff::Change;
use libimage::error::SysError;
use libimage::synclog::compare;

use crate::failure::Failure;
use crate::input;
use crate::report::{Logged, Summary};
use crate::session::Session;
use crate::status::Status;

/// Compares the log with the changes; `-` is standard input.
pub(super) fn check(log: &Path, changes: &[Change], session: &Session) -> Result<Status, Failure> {
    let input = input::open(log, &session.interrupt);
    let input = input.map_err(|error| SysError::new("open", log, error))?;
    let agreement = compare(changes, BufReader::new(input), &session.watch)?;
    let status = if agreement.is_whole() {
        Status::Done
    } else {
        Status::Findings
    };
    let logged = Logged {
        log,
        changes,
        agreement: &agreement,
    };
    let mut report = session.report();
    report.add(&logged)?;
    report.add(&Summary {
        command: "diff",
        status,
        counts: logged.sums(),
    })?;
    report.end()?;
    Ok(status)
}
