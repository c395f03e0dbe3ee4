//! `imgtool lint`: checks whether trees are fit to be given to nodes.

use std::num::NonZeroUsize;
use std::path::Path;

use libimage::lint::{Options, Outcome, lint, shared_links};
use libimage::rules::{Finding, Policy, SHARED_LINK, rules};
use libimage::tree::{LiveTree, Want};

use crate::args::Lint;
use crate::failure::{Failure, tell};
use crate::node;
use crate::policy;
use crate::report::{Across, Checks, Linted, Rules, Summary};
use crate::roots;
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &Lint, session: &Session) -> Result<Status, Failure> {
    if arguments.list_rules {
        return list(session);
    }
    let policy = policy::read(arguments.policy.as_deref(), &session.interrupt)?;
    let mut status = Status::Done;
    let mut checks = Checks::default();
    let mut linted = Vec::new();
    for path in &roots::trees(&arguments.trees, &arguments.roots, session)? {
        match look(path, arguments, &policy, session) {
            Ok((tree, outcome)) => {
                let mut report = session.report();
                report.add(&Linted {
                    path,
                    outcome: &outcome,
                })?;
                report.end()?;
                checks.add(&outcome);
                status = status.and(status_of(&outcome));
                linted.push((tree, outcome));
            }
            Err(Failure::Library(error)) => {
                checks.trees += 1;
                checks.unread += 1;
                status = status.and(tell(&*error, session));
                if status == Status::Interrupted {
                    break;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    if status != Status::Interrupted && arguments.selection.takes(&SHARED_LINK) {
        let trees: Vec<_> = linted
            .iter()
            .map(|(tree, outcome)| libimage::lint::Linted { tree, outcome })
            .collect();
        let mut findings = shared_links(&trees)?;
        if arguments.fatal_warnings {
            findings = findings
                .into_iter()
                .map(Finding::with_fatal_warnings)
                .collect();
        }
        if !findings.is_empty() {
            checks.severities.add(&findings);
            status = status.and(Status::Findings);
        }
        let mut report = session.report();
        report.add(&Across(&findings))?;
        report.end()?;
    }
    let mut report = session.report();
    report.add(&checks)?;
    report.add(&Summary {
        command: "lint",
        status,
        counts: checks,
    })?;
    report.end()?;
    Ok(status)
}

fn list(session: &Session) -> Result<Status, Failure> {
    let rules: Vec<_> = rules().collect();
    let mut report = session.report();
    report.add(&Rules(&rules))?;
    report.add(&Summary::plain("lint", Status::Done))?;
    report.end()?;
    Ok(Status::Done)
}

fn look(
    path: &Path,
    arguments: &Lint,
    policy: &Policy,
    session: &Session,
) -> Result<(LiveTree, Outcome), Failure> {
    node::refuse(path, "lint")?;
    let tree = LiveTree::open(path, Want::All)?;
    let options = Options {
        kind: arguments.kind,
        series: arguments.series,
        selection: arguments.selection.clone(),
        policy: policy.clone(),
        fatal_warnings: arguments.fatal_warnings,
        threads: NonZeroUsize::new(session.jobs),
    };
    let outcome = lint(&tree, &options, &session.watch)?;
    Ok((tree, outcome))
}

/// A kind that does not hold is a refusal; what could not be checked has not
/// passed.
fn status_of(outcome: &Outcome) -> Status {
    let mut severities = crate::report::Severities::default();
    severities.add(&outcome.findings);
    if outcome.findings.iter().any(Finding::breaks_demand) {
        Status::Refused
    } else if severities.is_clean() && !outcome.checks.iter().any(|one| one.status.is_open()) {
        Status::Done
    } else {
        Status::Findings
    }
}
