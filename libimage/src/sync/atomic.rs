//! A plan is carried out on a clone of the target, which is swapped in.
//!
//! The clone stands where every staged tree stands and is published as they are,
//! by one rename. What the plan replaces or removes is not cloned at all; the rest
//! shares its blocks where the file system can. On the clone the same is done as
//! in place, so the result is the same, and there is no journal: until the rename
//! the target is what it was.

use std::collections::HashSet;
use std::iter::repeat_with;
use std::sync::atomic::AtomicBool;

use super::check::{Found, Scope, check};
use super::deeds::Deeds;
use super::error::SyncError;
use super::keep::Backup;
use super::ready::Ready;
use super::room::Needs;
use super::site::Site;
use super::{Options, Outcome};
use crate::clone::{self, Meanwhile, Partial};
use crate::error::SysError;
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::plan::{Deed, Step};
use crate::root::{Mounts, Root};
use crate::tree::{Tree, Want};
use crate::writer::{Copier, Reflink, Sidecar, Staging, WriteError};

/// What there is to do, once all of it was looked at.
pub(super) struct Swap<'a> {
    pub(super) ready: &'a Ready<'a>,
    pub(super) source: &'a dyn Tree,
    pub(super) site: &'a Site,
    pub(super) scope: Scope<'a>,
    pub(super) found: &'a Found,
    pub(super) backup: Option<&'a Backup>,
    pub(super) needs: &'a Needs<'a>,
    pub(super) resumes: bool,
    pub(super) options: &'a Options,
    pub(super) monitor: &'a dyn Monitor,
}

impl Swap<'_> {
    /// Makes the clone what the target is to become, and swaps it in.
    ///
    /// # Errors
    ///
    /// A [`SyncError`]; the target is as it was then, but for
    /// [`WriteError::NotFinished`](crate::writer::WriteError::NotFinished).
    pub(super) fn run(&self, outcome: &mut Outcome) -> Result<(), SyncError> {
        let Self { site, monitor, .. } = *self;
        let threads = self.options.threads;
        let target = site.tree(Want::All);
        let copier = Copier::new(Reflink::Auto);
        let mut staging = Staging::begin_locked(site.destination(), monitor)?;
        staging.check_rename(true)?;
        let begin = staging.now()?;
        let without = self.replaced();
        let partial = Partial {
            without: Some(&without),
            besides: self.needs.anew(&site.room()?),
        };
        // What only root can copy would be lost of what the plan leaves alone.
        let how = clone::Options {
            strict: true,
            room_check: self.options.room_check,
            threads,
            ..clone::Options::default()
        };
        let staged = clone::stage(&target, &mut staging, &copier, &partial, &how, monitor)?;
        outcome.cloned = Some(staged.extent.ways);
        monitor.begin(Phase::Apply, Some(self.ready.bytes()));
        let steps = self.ready.plan.steps.len();
        let placed: Vec<_> = repeat_with(AtomicBool::default).take(steps).collect();
        self.apply(&mut staging, &placed, &copier, outcome)
            .map_err(|error| self.needs.explain_aside(error, &placed))?;
        let end = staging.now()?;
        let meanwhile = Some(Meanwhile { begin, end });
        staged.check(&target, meanwhile, threads, monitor)?;
        // What was not cloned may have changed as well.
        let scope = Scope {
            source: None,
            ..self.scope
        };
        check(scope, monitor)?;
        site.check_swap()?;
        if let Some(backup) = self.backup {
            backup.keep_all(self.ready, site.root(), self.found)?;
        }
        if let Some(origin) = site.origin_for(staging.identity()?)? {
            staging.sidecar(Sidecar::Origin, |out| {
                let failed = |error| SysError::new("write", "the record of the origin", error);
                let written = out.write_all(&origin);
                written.map_err(|error| WriteError::from(failed(error)))
            })?;
        }
        staging.publish(true, monitor)?;
        site.finish()
    }

    /// The names that are not cloned, since something else comes there, or nothing.
    /// What an earlier run has begun is cloned as it stands.
    fn replaced(&self) -> HashSet<ImagePath> {
        let steps = self.ready.steps().map(|(_, step)| step);
        let goes = |step: &&Step| match step.deed {
            Deed::Create | Deed::Update | Deed::Link | Deed::Delete => step.target.is_some(),
            Deed::Metadata | Deed::Keep => false,
        };
        let replaced = steps.filter(|step| !self.resumes && goes(step));
        replaced.map(|step| step.path.clone()).collect()
    }

    /// Carries out the plan on the clone.
    fn apply(
        &self,
        staging: &mut Staging<'_>,
        placed: &[AtomicBool],
        copier: &Copier,
        outcome: &mut Outcome,
    ) -> Result<(), SyncError> {
        let root = Root::open(&staging.path(), Mounts::Stay)?;
        let deeds = Deeds {
            ready: self.ready,
            source: self.source,
            root: &root,
            aside: &staging.aside()?,
            // It is kept of the target itself, which has all of it.
            backup: None,
            found: self.found,
            copier,
            placed,
            round: self.needs.aside()?,
            resumes: self.resumes,
            is_cleared: !self.resumes,
            threads: self.options.threads,
            monitor: self.monitor,
        };
        deeds.run(outcome)?;
        if let Some(root) = self.ready.plan.step(b"").and_then(Step::metadata) {
            staging.make_movable(root.mode)?;
        }
        Ok(())
    }
}
