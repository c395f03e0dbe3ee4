//! `imgtool inspect`: shows what trees are and how large.

use std::path::Path;

use libimage::open::open;
use libimage::survey::{Options, Outcome, survey};
use libimage::tree::Want;
use serde::Serialize;

use crate::args::Inspect;
use crate::failure::{Failure, tell};
use crate::report::{Summary, Surveyed};
use crate::session::Session;
use crate::status::Status;

/// How many trees were looked at.
#[derive(Default, Serialize)]
struct Trees {
    trees: u64,
    failed: u64,
}

pub(super) fn run(arguments: &Inspect, session: &Session) -> Result<Status, Failure> {
    let mut status = Status::Done;
    let mut counts = Trees::default();
    for path in &arguments.trees {
        counts.trees += 1;
        match look(path, arguments, session) {
            Ok((form, outcome)) => {
                // What is mounted is no part of the tree, but may hide some.
                if outcome.counts.mounts > 0 {
                    status = status.and(Status::Findings);
                }
                let mut report = session.report();
                report.add(&Surveyed {
                    path,
                    form,
                    outcome: &outcome,
                })?;
                report.end()?;
            }
            Err(Failure::Library(error)) => {
                counts.failed += 1;
                status = status.and(tell(&*error, session));
                if status == Status::Interrupted {
                    break;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    let mut report = session.report();
    report.add(&Summary {
        command: "inspect",
        status,
        counts,
    })?;
    report.end()?;
    Ok(status)
}

fn look(
    path: &Path,
    arguments: &Inspect,
    session: &Session,
) -> Result<(&'static str, Outcome), Failure> {
    let want = if arguments.digest {
        Want::All
    } else {
        Want::NoXattrs
    };
    let opened = open(
        path,
        want,
        &arguments.choice,
        &arguments.limits,
        &session.watch,
    )?;
    let options = Options {
        digest: arguments.digest,
        facts: opened.heads().is_some(),
        threads: session.jobs,
    };
    let tree = opened.heads().unwrap_or(opened.tree());
    let outcome = survey(tree, &options, &session.watch)?;
    Ok((opened.word(), outcome))
}
