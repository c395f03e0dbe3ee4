//! Lists the backups in directories.

use libimage::catalogue::{Generations, Kept, ListOptions, Shelf, State, Store as _, Stored, list};
use libimage::monitor::{Monitor as _, Warning};
use libimage::path::ImagePath;

use crate::args::List;
use crate::failure::{Failure, tell};
use crate::report::{Catalogued, InSum, Summary};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &List, session: &Session) -> Result<Status, Failure> {
    let mut options = ListOptions::default();
    options.trees.clone_from(&arguments.trees);
    options.threads = session.jobs;
    let mut status = Status::Done;
    let mut counts = InSum::default();
    let mut report = session.report();
    for dir in &arguments.dirs {
        let shelf = Shelf::open(dir)?;
        let path = |name: &[u8]| shelf.path(name);
        let catalogue = list(&shelf, &options, &session.watch)?;
        let trees = catalogue.trees.iter();
        status = status.and(tell_damaged(
            trees.flat_map(|tree: &Generations| &tree.backups),
            session,
        ));
        warn_of_unfinished(&catalogue.unfinished, &path, session);
        counts = counts.and(&catalogue);
        session.watch.finish();
        report.add(&Catalogued {
            catalogue: &catalogue,
            path: &path,
        })?;
    }
    report.add(&Summary {
        command: "backup",
        status,
        counts,
    })?;
    report.end()?;
    Ok(status)
}

/// Tells of backups that are none, or damaged.
pub(super) fn tell_damaged<'k>(
    backups: impl Iterator<Item = &'k Kept>,
    session: &Session,
) -> Status {
    let damaged = backups.filter_map(|kept| kept.state.as_ref().err());
    damaged.fold(Status::Done, |status, error| {
        status.and(tell(error, session))
    })
}

/// Tells of backups that are not whole.
pub(super) fn warn_of_unfinished(
    unfinished: &[Stored],
    path: &dyn Fn(&[u8]) -> std::path::PathBuf,
    session: &Session,
) {
    for stored in unfinished {
        let (hidden, what) = match &stored.state {
            State::Abandoned { hidden } => (
                hidden,
                "is what a backup that was cut off has left: `imgtool backup prune -w` removes it",
            ),
            State::Unfinished { hidden } => (hidden, "is a backup that is being written"),
            State::Whole => continue,
        };
        let path = path(hidden);
        session.watch.warn(Warning {
            path: ImagePath::root(),
            message: format!("{} {what}", libimage::error::show(&path)),
        });
    }
}
