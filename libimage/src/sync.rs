//! [`apply`]: a plan is carried out on a tree in use.
//!
//! The target is changed in place, but never by halves: what is new is made in
//! a private directory on the same file system, gets all its metadata there, and
//! takes its name by a rename. What stands in the way of another type goes
//! first, then directories are made, files on several threads, hard links;
//! deletions come last, and directories get their final metadata at the end,
//! the deepest first.
//!
//! Before the first change everything that the plan touches is looked at again,
//! and the plan is written down beside the tree as its journal; it goes when all
//! is done and durable. A run that was cut off is thereby known to the next one,
//! which finishes what there is to do.
//!
//! With [`Options::atomic`] the same is done on a clone of the target, which is
//! swapped in by one rename.

mod apart;
mod atomic;
mod check;
mod content;
mod crew;
mod deeds;
mod drift;
mod error;
mod files;
mod journal;
mod keep;
mod limit;
mod ready;
mod room;
mod site;
mod unpack;

pub use apart::check_apart;
pub use drift::{Drift, Side};
pub use error::{SyncError, Unfinished};
pub use limit::kept;
pub use site::Site;
pub use unpack::Unpacked;

use std::iter::repeat_with;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use crate::monitor::{Monitor, Phase};
use crate::plan::{Deed, Plan};
use crate::tree::Tree;
use crate::writer::{Copier, LeftOut, Privilege, Reflink, Ways};
use atomic::Swap;
use check::Scope;
use deeds::Deeds;
use room::Needs;

/// How a plan is carried out.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag a choice of the user"
)]
pub struct Options {
    /// The most names that are deleted; what is beyond stays.
    pub max_delete: Option<u64>,
    /// Where what is replaced or deleted is moved to, if it is kept.
    pub backup_dir: Option<PathBuf>,
    /// Whether the target is cloned, the clone changed, and swapped in by one
    /// rename, rather than the target changed in place.
    pub atomic: bool,
    /// Whether it is an error if something must be left out for want of
    /// privilege.
    pub strict: bool,
    /// Whether a plan is refused for which there is no room.
    pub room_check: bool,
    /// Whether the contents of the source that a plan knows are read before the
    /// first change: wanted of a plan that is not of this moment. While they are
    /// sent they are held against it anyway.
    pub proves: bool,
    /// Threads that write files.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_delete: None,
            backup_dir: None,
            atomic: false,
            strict: false,
            room_check: true,
            proves: false,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Names that were made.
    pub created: u64,
    /// Names whose content was written anew.
    pub updated: u64,
    /// Names of which metadata alone was set.
    pub metadata: u64,
    /// Names that became another name of an inode.
    pub linked: u64,
    /// Names that were removed.
    pub deleted: u64,
    /// Bytes of content that were written.
    pub bytes: u64,
    /// Names that were not deleted because those were too many.
    pub kept: u64,
    /// What was left out for want of privilege.
    pub left_out: LeftOut,
    /// Whether an earlier run was cut off and is finished by this one.
    pub resumed: bool,
    /// How the files that stay were cloned, where the target was.
    pub cloned: Option<Ways>,
}

impl Outcome {
    fn count(&mut self, deed: Deed) {
        match deed {
            Deed::Create => self.created += 1,
            Deed::Update => self.updated += 1,
            Deed::Metadata => self.metadata += 1,
            Deed::Link => self.linked += 1,
            Deed::Delete => self.deleted += 1,
            Deed::Keep => {}
        }
    }
}

/// Carries out a plan on the tree at `site`, with content from `source`.
///
/// # Errors
///
/// A [`SyncError`]. Nothing was changed then, but for
/// [`SyncError::Unfinished`]: each file is old or new, and the same command
/// finishes what is left. With [`Options::atomic`] there is no such error, but
/// [`WriteError::NotFinished`](crate::writer::WriteError::NotFinished) instead.
pub fn apply(
    plan: &Plan,
    source: &dyn Tree,
    site: &Site,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, SyncError> {
    let mut outcome = Outcome {
        resumed: site.is_unfinished(),
        ..Outcome::default()
    };
    check_apart(plan)?;
    if plan.is_empty() {
        site.finish()?;
        return Ok(outcome);
    }
    if options.atomic {
        site.check_swap()?;
    }
    let (limited, kept) = limit::limited(plan, options.max_delete);
    outcome.kept = kept;
    let privilege = Privilege::of_this_process();
    let (ready, left_out) = ready::ready(&limited, privilege, options.strict)?;
    outcome.left_out = left_out;
    let resumes = site.resumes(plan)?;
    monitor.begin(Phase::Check, None);
    let scope = Scope {
        ready: &ready,
        source: Some(source),
        site,
        resumes,
        proves: options.proves,
        threads: options.threads,
    };
    let found = check::check(scope, monitor)?;
    let needs = Needs::of(&ready, source, site)?;
    if options.room_check && !options.atomic {
        needs.check()?;
    }
    let backup = match &options.backup_dir {
        Some(dir) => Some(keep::Backup::open(dir, &ready, site, resumes)?),
        None => None,
    };
    if options.atomic {
        let swap = Swap {
            ready: &ready,
            source,
            site,
            scope,
            found: &found,
            backup: backup.as_ref(),
            needs: &needs,
            resumes,
            options,
            monitor,
        };
        swap.run(&mut outcome)?;
        return Ok(outcome);
    }
    let round = needs.aside()?;
    let copier = Copier::new(Reflink::Auto);
    let placed: Vec<_> = repeat_with(AtomicBool::default)
        .take(limited.steps.len())
        .collect();
    monitor.begin(Phase::Apply, Some(ready.bytes()));
    let aside = site.begin(plan)?;
    let deeds = Deeds {
        ready: &ready,
        source,
        root: site.root(),
        aside: &aside,
        backup: backup.as_ref(),
        found: &found,
        copier: &copier,
        placed: &placed,
        round,
        resumes,
        is_cleared: false,
        threads: options.threads,
        monitor,
    };
    let changed = deeds.run(&mut outcome).and_then(|()| {
        monitor.begin(Phase::Sync, None);
        site.settle()
    });
    match changed {
        Ok(()) => Ok(outcome),
        Err(error) => {
            // What waits aside takes room; if it stays, the next run removes it.
            let _ = site.clear();
            Err(needs.explain(error, &placed))
        }
    }
}
