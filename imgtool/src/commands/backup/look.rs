//! Looks at backups: proves them, or shows what they are.

use std::path::{Path, PathBuf};

use libimage::backup::{self, VerifyError};
use libimage::seekable::Reader;

use crate::failure::{Failure, tell};
use crate::report::{Damaged, Report, Shown, Summary};
use crate::session::Session;
use crate::status::Status;

/// What is done with one of them; what is wrong with it is told, and the others
/// are looked at all the same.
type Look = fn(&Path, &Session, &mut Report) -> Result<Status, Failure>;

/// Looks at one after the other.
pub(super) fn all(files: &[PathBuf], look: Look, session: &Session) -> Result<Status, Failure> {
    let mut status = Status::Done;
    let mut report = session.report();
    for file in files {
        status = status.and(look(file, session, &mut report)?);
        if status == Status::Interrupted {
            break;
        }
    }
    report.add(&Summary::plain("backup", status))?;
    report.end()?;
    Ok(status)
}

pub(super) fn verify(
    file: &Path,
    session: &Session,
    report: &mut Report,
) -> Result<Status, Failure> {
    match backup::verify(file, session.jobs, &session.watch) {
        Ok(proven) => {
            session.watch.finish();
            add(file, &proven.reader, true, report)
        }
        Err(error) => {
            if let VerifyError::Frames(damaged) = &error {
                report.add(&Damaged {
                    file,
                    frames: &damaged.frames,
                })?;
            }
            Ok(tell(&error, session))
        }
    }
}

pub(super) fn show(file: &Path, session: &Session, report: &mut Report) -> Result<Status, Failure> {
    match Reader::open(file) {
        Ok(reader) => add(file, &reader, false, report),
        Err(error) => Ok(tell(&error, session)),
    }
}

fn add(
    file: &Path,
    reader: &Reader,
    is_proven: bool,
    report: &mut Report,
) -> Result<Status, Failure> {
    report.add(&Shown {
        file: Some(file),
        info: reader.info(),
        index: reader.index(),
        bytes: reader.bytes(),
        seal: reader.digest(),
        is_proven,
    })?;
    Ok(Status::Done)
}
