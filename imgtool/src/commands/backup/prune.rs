//! Removes old backups, or shows which.

use libimage::catalogue::{PruneOptions, Shelf, Store as _, carry_out, plan};

use super::list::{tell_damaged, warn_of_unfinished};
use crate::args::Prune;
use crate::failure::Failure;
use crate::report::{Pruned, Summary};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Prune, session: &Session) -> Result<Status, Failure> {
    let mut options = PruneOptions::default();
    options.retention = arguments.retention.clone();
    options.trees.clone_from(&arguments.trees);
    options.verify = arguments.verify;
    options.threads = session.jobs;
    let shelf = Shelf::open(&arguments.dir)?;
    let path = |name: &[u8]| shelf.path(name);
    let pruning = plan(&shelf, &options, &session.watch)?;
    let goes = pruning.removed().next().is_some() || pruning.abandoned().next().is_some();
    let mut status = Status::Done;
    if arguments.write {
        carry_out(&shelf, &pruning, &session.watch)?;
    } else {
        if goes {
            status = Status::Findings;
        }
        warn_of_unfinished(&pruning.unfinished, &path, session);
    }
    let trees = pruning.trees.iter();
    let all = trees.flat_map(|judged| judged.backups.iter().map(|(kept, _)| kept));
    status = status.and(tell_damaged(all, session));
    let pruned = Pruned {
        pruning: &pruning,
        path: &path,
        is_done: arguments.write,
    };
    let mut report = session.report();
    report.add(&pruned)?;
    report.add(&Summary {
        command: "backup",
        status,
        counts: pruned.sums(),
    })?;
    report.end()?;
    Ok(status)
}
