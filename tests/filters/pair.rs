//! Two trees, of which one is sent to the other under many lists of rules.

use std::path::PathBuf;

use fixtures::random::Prng;
use fixtures::tree::{Privilege, TreeSpec};

use crate::list::List;
use crate::names;
use crate::rsync::Desk;
use crate::writer::Sort;

/// How many lists are tried on one pair of trees.
const LISTS: usize = 3;

/// A source and a target, and where they stand.
pub(crate) struct Pair {
    pub(crate) desk: Desk,
    pub(crate) specs: [TreeSpec; 2],
    pub(crate) places: [PathBuf; 2],
}

/// What is deleted from the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deletes {
    Nothing,
    Extra,
    /// What is extra, and what is excluded as well.
    Excluded,
}

impl Deletes {
    /// The options for rsync.
    pub(crate) fn options(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::Extra => &["--delete"],
            Self::Excluded => &["--delete", "--delete-excluded"],
        }
    }
}

impl Pair {
    /// Trees of at most so many entries, with files of rules in them, as
    /// `adapt` leaves them.
    pub(crate) fn random(
        prng: &mut Prng,
        sizes: [usize; 2],
        sort: Sort,
        adapt: impl Fn(&mut Prng, &mut [TreeSpec; 2]),
    ) -> Self {
        let desk = Desk::new();
        let places = ["source", "target"].map(|name| desk.path(name));
        let mut specs = sizes.map(|size| names::tree(prng, size));
        for (spec, place) in specs.iter_mut().zip(&places) {
            let looks_above = *place == places[0];
            List::add_to_tree(prng, spec, place, sort, looks_above);
        }
        adapt(prng, &mut specs);
        specs[0].create(&places[0], Privilege::User);
        Self {
            desk,
            specs,
            places,
        }
    }

    /// Makes the target anew.
    pub(crate) fn reset(&self) {
        std::fs::remove_dir_all(&self.places[1]).ok();
        self.specs[1].create(&self.places[1], Privilege::User);
    }

    /// The first list by which rsync and libimage differ, made as small as it
    /// can be, and in what they do.
    pub(crate) fn disagreement(
        &self,
        prng: &mut Prng,
        sort: Sort,
        deletes: &[Deletes],
        wrong: impl Fn(&List, Deletes) -> Option<String>,
    ) -> Option<String> {
        let places = self.places.each_ref().map(PathBuf::as_path);
        (0..LISTS).find_map(|_| {
            let deletes = *prng.pick(deletes);
            let list = List::random(prng, &self.specs[1], &places, sort);
            wrong(&list, deletes)?;
            let list = list.reduced(|list| wrong(list, deletes).is_some());
            let wrong = wrong(&list, deletes).unwrap_or_default();
            let files = self.specs.each_ref().map(names::shown_files).concat();
            let shown = list.shown();
            Some(format!("  deletes {deletes:?}\n{shown}{wrong}{files}"))
        })
    }
}
