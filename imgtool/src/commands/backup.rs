//! `imgtool backup`: a tree becomes one file; such files are proven and shown.

mod look;
mod make;

use crate::args::Backup;
use crate::failure::Failure;
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Backup, session: &Session) -> Result<Status, Failure> {
    match arguments {
        Backup::Make(arguments) => make::run(arguments, session),
        Backup::Verify { files } => look::all(files, look::verify, session),
        Backup::Show { files } => look::all(files, look::show, session),
    }
}
