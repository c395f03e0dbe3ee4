//! `imgtool backup`: a tree becomes one file; such files are proven, shown, listed
//! and pruned.

mod list;
mod look;
mod make;
mod prune;

use crate::args::Backup;
use crate::failure::Failure;
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Backup, session: &Session) -> Result<Status, Failure> {
    match arguments {
        Backup::Make(arguments) => make::run(arguments, session),
        Backup::Verify { files } => look::all(files, look::verify, session),
        Backup::Show { files } => look::all(files, look::show, session),
        Backup::List(arguments) => list::run(arguments, session),
        Backup::Prune(arguments) => prune::run(arguments, session),
    }
}
