//! `imgtool verify-arch`: proves what architecture trees are for.

use std::path::Path;

use libimage::rules::{Finding, Verdict, agreement};
use libimage::tree::{LiveTree, Want};
use libimage::verify::{Options, Outcome, verify};

use crate::args::VerifyArch;
use crate::failure::{Failure, tell};
use crate::report::{Agreement, Summary, Verdicts, Verified};
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &VerifyArch, session: &Session) -> Result<Status, Failure> {
    let mut status = Status::Done;
    let mut verdicts = Verdicts::default();
    let mut judged = Vec::new();
    for path in &arguments.trees {
        match judge(path, arguments, session) {
            Ok(outcome) => {
                let mut report = session.report();
                report.add(&Verified {
                    path,
                    outcome: &outcome,
                })?;
                report.end()?;
                verdicts.add(&outcome);
                status = status.and(status_of(&outcome));
                judged.push((libimage::error::show(path).to_string(), outcome.facts));
            }
            Err(Failure::Library(error)) => {
                verdicts.trees += 1;
                verdicts.failed += 1;
                status = status.and(tell(&*error, session));
                if status == Status::Interrupted {
                    break;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    let mut report = session.report();
    if judged.len() > 1 {
        let trees: Vec<_> = judged
            .iter()
            .map(|(label, facts)| (&**label, facts))
            .collect();
        let findings = agreement(&trees);
        if !findings.is_empty() {
            verdicts.severities.add(&findings);
            status = status.and(Status::Findings);
        }
        report.add(&Agreement(&findings))?;
    }
    report.add(&verdicts)?;
    report.add(&Summary {
        command: "verify-arch",
        status,
        counts: verdicts,
    })?;
    report.end()?;
    Ok(status)
}

fn judge(path: &Path, arguments: &VerifyArch, session: &Session) -> Result<Outcome, Failure> {
    let tree = LiveTree::open(path, Want::NoXattrs)?;
    let options = Options {
        demand: arguments.demand.clone(),
        threads: session.jobs,
    };
    Ok(verify(&tree, &options, &session.watch)?)
}

/// A demand that does not hold is a refusal, anything else a finding.
fn status_of(outcome: &Outcome) -> Status {
    let mut severities = crate::report::Severities::default();
    severities.add(&outcome.findings);
    if outcome.findings.iter().any(Finding::breaks_demand) {
        Status::Refused
    } else if severities.is_clean() && outcome.verdict == Verdict::Match {
        Status::Done
    } else {
        Status::Findings
    }
}
