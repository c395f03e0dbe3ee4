//! `imgtool verify-arch`: proves what architecture trees are for.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use libimage::inspect::ImageKind;
use libimage::rules::{Finding, Judged, Policy, Verdict, agreement, remedies};
use libimage::tree::{LiveTree, Tree, Want};
use libimage::verify::{Depth, Options, Outcome, explain, kind_of, verify};

use crate::args::VerifyArch;
use crate::failure::{Failure, tell};
use crate::node;
use crate::policy;
use crate::report::{Agreement, Explained, Remedies, Summary, Verdicts, Verified};
use crate::roots;
use crate::session::Session;
use crate::status::Status;

pub(super) fn run(arguments: &VerifyArch, session: &Session) -> Result<Status, Failure> {
    let mut status = Status::Done;
    let mut verdicts = Verdicts::default();
    let mut judged = Vec::new();
    let trees = roots::trees(&arguments.trees, &arguments.roots, session)?;
    let cluster = Cluster::of(&trees);
    let policy = policy::read(arguments.policy.as_deref(), &session.interrupt)?;
    for path in &trees {
        match judge(path, &cluster, &policy, arguments, session) {
            Ok((outcome, explained)) => {
                let mut report = session.report();
                report.add(&Verified {
                    path,
                    outcome: &outcome,
                })?;
                for explained in &explained {
                    report.add(explained)?;
                }
                report.end()?;
                verdicts.add(&outcome);
                status = status.and(status_of(&outcome));
                judged.push((libimage::error::show(path).to_string(), outcome));
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
    // Trees of one root are there for clusters of all kinds.
    if judged.len() > 1 && arguments.roots.is_empty() {
        let trees: Vec<_> = judged
            .iter()
            .map(|(label, outcome)| (&**label, &outcome.facts))
            .collect();
        let findings = agreement(&trees);
        if !findings.is_empty() {
            verdicts.severities.add(&findings);
            status = status.and(Status::Findings);
        }
        report.add(&Agreement(&findings))?;
    }
    let trees: Vec<_> = judged
        .iter()
        .map(|(label, outcome)| Judged {
            label,
            facts: &outcome.facts,
            findings: &outcome.findings,
        })
        .collect();
    report.add(&Remedies(&remedies(&trees, &arguments.demand)))?;
    report.add(&verdicts)?;
    report.add(&Summary {
        command: "verify-arch",
        status,
        counts: verdicts,
    })?;
    report.end()?;
    Ok(status)
}

/// The trees that others are used with: programs of a shared tree are linked
/// against an image, and an image may link to its shared tree.
#[derive(Default)]
struct Cluster {
    image: Option<LiveTree>,
    shared: Option<LiveTree>,
}

impl Cluster {
    /// The first of each kind. What is wrong with a tree is told in its turn.
    fn of(paths: &[PathBuf]) -> Self {
        let mut cluster = Self::default();
        if paths.len() < 2 {
            return cluster;
        }
        for path in paths {
            let Ok(tree) = LiveTree::open(path, Want::NoXattrs) else {
                continue;
            };
            let place = match kind_of(&tree) {
                Ok(Some(ImageKind::SoftwareImage)) => &mut cluster.image,
                Ok(Some(ImageKind::CmShared)) => &mut cluster.shared,
                _ => continue,
            };
            place.get_or_insert(tree);
        }
        cluster
    }

    fn depth(&self) -> Depth<'_> {
        fn tree(tree: &LiveTree) -> &dyn Tree {
            tree
        }
        Depth::Links {
            image: self.image.as_ref().map(tree),
            shared: self.shared.as_ref().map(tree),
        }
    }
}

fn judge(
    path: &Path,
    cluster: &Cluster,
    policy: &Policy,
    arguments: &VerifyArch,
    session: &Session,
) -> Result<(Outcome, Vec<Explained>), Failure> {
    node::refuse(path, "verify-arch")?;
    let tree = LiveTree::open(path, Want::NoXattrs)?;
    let options = Options {
        demand: arguments.demand.clone(),
        policy: policy.clone(),
        threads: session.jobs,
        depth: if arguments.headers_only {
            Depth::Headers
        } else {
            cluster.depth()
        },
    };
    let outcome = verify(&tree, &options, &session.watch)?;
    let mut explained = Vec::new();
    for path in &arguments.explain {
        let bytes = path.as_os_str().as_bytes();
        let explanation = explain(&tree, bytes, &outcome.facts, &options, &session.watch)?;
        explained.push(Explained {
            path: path.clone(),
            arch: outcome.facts.arch,
            explanation,
        });
    }
    Ok((outcome, explained))
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
