//! A source and a target that is made anew for each who is to change it, at
//! the same place, since rules may be about absolute paths.

use std::path::{Path, PathBuf};

use fixtures::snapshot::Snapshot;
use fixtures::tree::{Privilege, TreeSpec};
use libimage::diff::{self, DiffError, diff};
use libimage::monitor::Silent;
use libimage::plan::{self, Plan};
use libimage::sync::{self, Site, apply};
use libimage::tree::{LiveTree, Want};

use crate::list::List;
use crate::rsync::Desk;

pub(crate) struct Stage {
    pub(crate) desk: Desk,
    pub(crate) specs: [TreeSpec; 2],
    /// Of the source and of the target.
    pub(crate) places: [PathBuf; 2],
}

impl Stage {
    pub(crate) fn empty() -> Self {
        let desk = Desk::new();
        let places = ["source", "target"].map(|name| desk.path(name));
        let specs = [TreeSpec::new(), TreeSpec::new()];
        Self {
            desk,
            specs,
            places,
        }
    }

    /// With these trees, of which the source is made.
    pub(crate) fn with(self, specs: [TreeSpec; 2]) -> Self {
        specs[0].create(&self.places[0], Privilege::Root);
        Self { specs, ..self }
    }

    pub(crate) fn reset(&self) {
        std::fs::remove_dir_all(&self.places[1]).ok();
        self.specs[1].create(&self.places[1], Privilege::Root);
    }

    /// The target as it is before.
    pub(crate) fn before(&self) -> Snapshot {
        self.reset();
        Snapshot::of(&self.places[1])
    }

    /// What rsync leaves; nothing if it refuses the rules or fails.
    pub(crate) fn rsync(&self, list: &List, options: &[&str]) -> Option<Snapshot> {
        self.reset();
        let [source, target] = &self.places;
        self.desk.tries(list, options, [source, target])?;
        Some(Snapshot::of(target))
    }

    /// What of the source takes part.
    pub(crate) fn sent(&self, list: &List) -> Option<Snapshot> {
        let names = self.desk.sends(list, &self.places[0])?;
        let mut sent = Snapshot::of(&self.places[0]);
        sent.entries
            .retain(|name, _| name.is_empty() || names.contains(name));
        Some(sent)
    }

    /// What libimage leaves, by a plan that was in a file, and whether something
    /// protected was in the way.
    pub(crate) fn ours(&self, options: &diff::Options) -> Result<(Snapshot, bool), DiffError> {
        self.reset();
        let open = |path: &Path| LiveTree::open(path, Want::All).expect("it is there");
        let source = open(&self.places[0]);
        let mut options = options.clone();
        options.sides = true;
        options.threads = 2;
        let site = Site::open(&self.places[1], &Silent).expect("nobody is there");
        let outcome = diff(&source, &site.tree(Want::All), &options, &Silent)?;
        let plan = Plan::new(&outcome, &options);
        let mut text = Vec::new();
        plan.write(&mut text).expect("a Vec takes everything");
        let plan = plan::read(&*text, "plan").unwrap_or_else(|error| {
            panic!("{error}\n{}", String::from_utf8_lossy(&text));
        });
        let mut how = sync::Options::default();
        how.threads = 2;
        apply(&plan, &source, &site, &how, &Silent).unwrap_or_else(|error| {
            let cause = std::error::Error::source(&error);
            panic!("{error} {cause:?}\n{}", String::from_utf8_lossy(&text));
        });
        drop(site);
        let private = self.desk.path(".imgtool");
        assert!(!private.exists(), "something is left");
        Ok((Snapshot::of(&self.places[1]), !outcome.blocked.is_empty()))
    }
}
