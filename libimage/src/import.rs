//! [`import`]: an archive becomes a published tree, whole and proven.
//!
//! One pass over the archive: while one thread reads and another unpacks,
//! members are placed and files are written on several threads, each file's
//! bytes being hashed and its ELF header taken on the way. The tree is written
//! aside; the rules judge it there; it takes its name only if they hold.

mod admission;
mod content;
mod disk;
mod error;
mod origin;
mod room;

pub use crate::source::Source;
pub use admission::RefusedMember;
pub use error::{ImportError, NotAsDemanded};
pub use origin::Origin;

use std::io;
use std::path::PathBuf;

use crate::archive::{Gated, Indexer, Layout, Limits};
use crate::filter::Filter;
use crate::inspect::{Census, Facts};
use crate::manifest::{self, Summary};
use crate::monitor::{Monitor, Phase};
use crate::open::{HeadTree, Keeper};
use crate::root::{Mounts, Root};
use crate::rules::{Demand, Finding, Policy, Severity, judge};
use crate::source::{self, Choice, Layers, Platform, Received};
use crate::tree::{LiveTree, RecordedTree, Tree, TreeError, Want};
use crate::verify;
use crate::writer::{Destination, LeftOut, Privilege, Sidecar, Staging, write_tree};
pub(crate) use admission::Admission;
pub(crate) use disk::{Disk, Taker};

/// What an import shall do, besides from where and to where.
#[derive(Debug)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag a choice of the user"
)]
pub struct Options {
    /// What must hold, or nothing is published.
    pub demand: Demand,
    /// Whether a tree that stands at the destination is swapped out.
    pub replace: bool,
    /// How large an archive may be, in every respect.
    pub limits: Limits,
    /// Which image is meant, where the source holds several.
    pub choice: Choice,
    /// What of the archive takes part.
    pub filter: Filter,
    /// Whether it is an error if something must be left out for want of
    /// privilege.
    pub strict: bool,
    /// Whether everything is read, checked and judged, and nothing written.
    pub dry_run: bool,
    /// Whether a tree is refused for which there is no room.
    pub room_check: bool,
    /// Threads that write files, besides those that read and unpack.
    pub threads: usize,
    /// Whether all that can be made takes part, whether or not it belongs into an
    /// image.
    pub(crate) is_exact: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            demand: Demand::default(),
            replace: false,
            limits: Limits::default(),
            choice: Choice::default(),
            filter: Filter::default(),
            strict: false,
            dry_run: false,
            room_check: true,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            is_exact: false,
        }
    }
}

/// What an import did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Where the tree stands.
    pub path: PathBuf,
    /// What was read: its form, digest, length, how many members.
    pub received: Received,
    /// The tree: its digest, entries and bytes.
    pub tree: Summary,
    /// What the tree is.
    pub facts: Facts,
    /// What the rules found, none of it an error.
    pub findings: Vec<Finding>,
    /// What was left out for want of privilege.
    pub left_out: LeftOut,
    /// Members that the filter left out.
    pub filtered: u64,
    /// Whether the tree was published, or only would have been.
    pub published: bool,
    /// Whether a former tree was replaced, or would have been.
    pub replaced: bool,
    /// Where the former tree still is, if it could not be removed whole.
    pub left_behind: Option<PathBuf>,
}

/// Imports `source` as the tree at `destination`.
///
/// # Errors
///
/// An [`ImportError`]; the destination is as it was then, and nothing is left
/// beside it, but for [`WriteError::NotFinished`](crate::writer::WriteError::NotFinished),
/// which says so.
pub fn import(
    source: Source,
    destination: &Destination,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, ImportError> {
    destination.check(options.replace)?;
    let name = source.name().to_owned();
    let elsewhere = std::env::temp_dir();
    let found = source::Options {
        choice: &options.choice,
        limits: &options.limits,
        // A rehearsal leaves the destination's file system alone.
        spool: if options.dry_run {
            &elsewhere
        } else {
            destination.parent()
        },
    };
    let layers = source.layers(&found, monitor)?;
    if options.room_check {
        room::check(&layers, destination, &options.limits, monitor)?;
    }
    let import = Import {
        claim: match options.demand.arch {
            Some(_) => None,
            None => layers.platform().cloned(),
        },
        name,
        layers,
        destination,
        options,
        privilege: Privilege::of_this_process(),
        monitor,
    };
    if options.dry_run {
        import.rehearse()
    } else {
        import.publish()
    }
}

/// An import about to begin.
struct Import<'a> {
    name: String,
    layers: Layers,
    destination: &'a Destination,
    options: &'a Options,
    /// What a container image says it is for, where the user says nothing.
    claim: Option<Platform>,
    privilege: Privilege,
    monitor: &'a dyn Monitor,
}

impl Import<'_> {
    fn layout(&self) -> Layout {
        Layout::new(
            self.name.clone(),
            self.privilege.default_owner(),
            self.options.limits.clone(),
        )
    }

    /// Writes the tree aside, proves it, and gives it its name.
    fn publish(self) -> Result<Outcome, ImportError> {
        let (options, monitor) = (self.options, self.monitor);
        let mut staging = Staging::begin(self.destination, monitor)?;
        staging.check_rename(options.replace)?;
        let mut layout = self.layout();
        let census = Taker::default();
        let layered = self.layers.is_layered();
        monitor.begin(Phase::Import, self.layers.length());
        let (unpacked, received, made, passed) =
            write_tree(&mut staging, options.threads, &census, |writer| {
                let disk = Disk::new(writer);
                let mut sink = Gated {
                    gate: Admission::new(&self.name, layered, options, self.privilege),
                    sink: disk,
                };
                let (unpacked, received) =
                    self.layers
                        .unpack(&mut layout, &mut sink, &options.limits, monitor)?;
                let passed = sink.gate.passed();
                let Disk { writer, made } = sink.sink;
                writer.amend(layout.records_mut(), &unpacked.amended)?;
                let kept = writer.finish(layout.records_mut(), monitor)?;
                kept.record(layout.records_mut());
                Ok::<_, ImportError>((unpacked, received, made, passed))
            })?;
        passed.warn(unpacked.absolute, monitor);

        let staged = Root::open(&staging.path(), Mounts::Stay).map_err(TreeError::from)?;
        let staged = LiveTree::new(staged, Want::NoXattrs, self.name.clone());
        let census = census.complete(&made, &staged, layout.records(), options.threads, monitor)?;
        let (facts, findings) = prove(
            &staged,
            census,
            &options.demand,
            self.claim.as_ref(),
            monitor,
        )?;
        let records = RecordedTree::new(layout.into_records(), self.name.clone());
        let tree =
            staging.manifest::<ImportError>(|out| manifest::build(&records, out, 1, monitor))?;
        let origin = Origin::new(&self.name, &received, passed.filtered, &tree, &staging)?;
        staging.sidecar(Sidecar::Origin, |out| origin.write(out))?;
        let published = staging.publish(options.replace, monitor)?;
        Ok(Outcome {
            path: self.destination.path().to_owned(),
            received,
            tree,
            facts,
            findings,
            left_out: passed.left_out,
            filtered: passed.filtered,
            published: true,
            replaced: published.replaced,
            left_behind: published.left_behind,
        })
    }

    /// Does all of it but for writing.
    fn rehearse(self) -> Result<Outcome, ImportError> {
        let (options, monitor) = (self.options, self.monitor);
        let mut layout = self.layout();
        let mut heads = Keeper::default();
        let layered = self.layers.is_layered();
        monitor.begin(Phase::Read, self.layers.length());
        let indexer = Indexer::<ImportError>::new(&mut heads);
        let mut sink = Gated {
            gate: Admission::new(&self.name, layered, options, self.privilege),
            sink: indexer,
        };
        let (unpacked, received) =
            self.layers
                .unpack(&mut layout, &mut sink, &options.limits, monitor)?;
        let passed = sink.gate.passed();
        passed.warn(unpacked.absolute, monitor);

        let recorded = RecordedTree::new(layout.into_records(), self.name.clone());
        let tree = HeadTree::new(recorded, heads);
        let census = verify::census(tree.heads(), options.threads, monitor)?;
        let (facts, findings) = prove(
            tree.heads(),
            census,
            &options.demand,
            self.claim.as_ref(),
            monitor,
        )?;
        let summary = manifest::build(tree.recorded(), io::sink(), 1, monitor)?;
        Ok(Outcome {
            path: self.destination.path().to_owned(),
            received,
            tree: summary,
            facts,
            findings,
            left_out: passed.left_out,
            filtered: passed.filtered,
            published: false,
            replaced: options.replace && self.destination.check(true)?.is_some(),
            left_behind: None,
        })
    }
}

/// Puts the facts of the tree together and has the rules judge them: all that
/// is demanded must be proven, and what an image claims must not be disproven.
fn prove(
    tree: &dyn Tree,
    census: Census,
    demand: &Demand,
    claim: Option<&Platform>,
    monitor: &dyn Monitor,
) -> Result<(Facts, Vec<Finding>), ImportError> {
    let facts = Facts::of_tree_metadata(tree, census, monitor)?;
    let (_, findings) = judge(&facts, demand, &Policy::default());
    let refuse = |findings, claim: Option<&Platform>| {
        Err(ImportError::from(NotAsDemanded {
            archive: tree.label(),
            claim: claim.cloned(),
            findings,
        }))
    };
    if *demand != Demand::default() && has_errors(&findings) {
        return refuse(findings, None);
    }
    if let Some(arch) = claim.and_then(Platform::claimed)
        && facts.arch.is_some_and(|found| found != arch)
    {
        let claimed = Demand {
            arch: Some(arch),
            ..demand.clone()
        };
        return refuse(judge(&facts, &claimed, &Policy::default()).1, claim);
    }
    Ok((facts, findings))
}

fn has_errors(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity() == Severity::Error)
}
