//! `imgtool inspect`: shows what trees are and how large.

use std::path::Path;

use libimage::digest::Digest;
use libimage::node::Told;
use libimage::open::{Opened, open_or_list, recorded};
use libimage::survey::{Options, Outcome, survey};
use libimage::tree::Want;
use serde::Serialize;

use crate::args::Inspect;
use crate::failure::{Failure, tell};
use crate::node;
use crate::report::{Summary, Surveyed};
use crate::roots;
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
    for path in &roots::trees(&arguments.trees, &arguments.roots, session)? {
        counts.trees += 1;
        match look(path, arguments, session) {
            Ok(Looked {
                form,
                outcome,
                recorded,
            }) => {
                // What is mounted is no part of the tree, but may hide some.
                if outcome.counts.mounts > 0 {
                    status = status.and(Status::Findings);
                }
                let mut report = session.report();
                report.add(&Surveyed {
                    path,
                    form,
                    outcome: &outcome,
                    recorded,
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

/// What a tree is, what holds it, and whether its digest was read from the
/// manifest beside it.
struct Looked {
    form: &'static str,
    outcome: Outcome,
    recorded: Option<Digest>,
}

fn look(path: &Path, arguments: &Inspect, session: &Session) -> Result<Looked, Failure> {
    let opened = open_or_list(
        path,
        Want::All,
        &arguments.choice,
        &arguments.limits,
        &node::options(arguments.rsh.as_deref())?,
        &session.watch,
    )?;
    let recorded = match &opened {
        Opened::Live(tree) if !arguments.checksum => {
            recorded(path, tree, session.jobs, &session.watch)?.map(|summary| summary.digest)
        }
        _ => None,
    };
    let options = Options {
        digest: arguments.digest && recorded.is_none() && opened.has_identity(),
        facts: opened.heads().is_some(),
        threads: session.jobs,
    };
    let tree = opened.heads().unwrap_or(opened.tree());
    let told = Told::new(&session.watch, opened.node());
    let outcome = survey(tree, &options, &told)?;
    Ok(Looked {
        form: opened.word(),
        outcome,
        recorded,
    })
}
