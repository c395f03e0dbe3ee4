//! Which package owns what changes, on either side.

use std::collections::HashMap;

use super::is_on_target;
use super::locator::Locator;
use super::present::Present;
use crate::diff::{Action, Change};
use crate::entry::Kind;
use crate::inspect::{Diversions, Packages, Unread, UnreadReason};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

/// What is known of one tree's packages.
#[derive(Debug)]
pub struct Side {
    /// Its package database; nothing where it has none.
    pub packages: Option<Packages>,
    /// What could not be read of the database: as far as that goes it is not
    /// known which packages there are and which files they own.
    pub unread: Vec<Unread>,
}

/// Names of packages, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    list: Vec<Box<str>>,
    places: HashMap<Box<str>, u32>,
}

/// What a path belongs to, as far as packages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Nobody,
    /// One package, by its place in [`Names`].
    One(u32),
    /// Several: directories alone.
    Several,
}

impl Owner {
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::Nobody { other } else { self }
    }
}

impl Names {
    pub(super) fn get(&self, owner: Owner) -> Option<&str> {
        match owner {
            Owner::One(place) => Some(&self.list[place as usize]),
            Owner::Nobody | Owner::Several => None,
        }
    }

    fn place(&mut self, name: &str) -> u32 {
        if let Some(&place) = self.places.get(name) {
            return place;
        }
        let place = u32::try_from(self.list.len()).expect("fewer than there are changes");
        self.list.push(name.into());
        self.places.insert(name.into(), place);
        place
    }
}

pub(super) fn of_source(
    tree: &dyn Tree,
    changes: &[Change],
    names: &mut Names,
    monitor: &dyn Monitor,
) -> Result<(Side, Vec<Owner>), TreeError> {
    let is_here = |change: &Change| change.action != Action::Delete;
    let kind = |change: usize| Some(&changes[change].kind);
    find(tree, (changes, &kind), is_here, names, monitor)
}

pub(super) fn of_target(
    tree: &dyn Tree,
    changes: &[Change],
    present: &Present<'_>,
    names: &mut Names,
    monitor: &dyn Monitor,
) -> Result<(Side, Vec<Owner>), TreeError> {
    let kind = |change| present.kind(change);
    find(tree, (changes, &kind), is_on_target, names, monitor)
}

/// The diversions of a tree; that they cannot be read is noted.
pub(super) fn diversions(
    tree: &dyn Tree,
    unread: &mut Vec<Unread>,
    monitor: &dyn Monitor,
) -> Result<Diversions, TreeError> {
    let reason = match Diversions::find(tree, monitor) {
        Ok(diversions) => return Ok(diversions),
        Err(TreeError::Cancelled) => return Err(TreeError::Cancelled),
        Err(TreeError::NoContent { .. }) => UnreadReason::NotUnpacked,
        Err(TreeError::NotFetched { reason, .. }) => UnreadReason::Because(reason.to_string()),
        Err(error) => UnreadReason::Because(error.to_string()),
    };
    unread.push(Unread {
        path: ImagePath::new(*b"var/lib/dpkg/diversions").expect("a valid path"),
        reason,
    });
    Ok(Diversions::default())
}

/// What a tree has at the path of a change.
type KindOf<'a> = &'a dyn Fn(usize) -> Option<&'a Kind>;

fn find(
    tree: &dyn Tree,
    (changes, kind): (&[Change], KindOf<'_>),
    is_here: impl Fn(&Change) -> bool,
    names: &mut Names,
    monitor: &dyn Monitor,
) -> Result<(Side, Vec<Owner>), TreeError> {
    let mut owners = vec![Owner::Nobody; changes.len()];
    if let Some(elsewhere) = tree.fetch() {
        elsewhere.fetch(&Packages::files(tree, monitor)?, monitor)?;
    }
    let mut side = Side {
        packages: Packages::find(tree, monitor)?,
        unread: Vec::new(),
    };
    let Some(packages) = &side.packages else {
        return Ok((side, owners));
    };
    side.unread.clone_from(&packages.unread);
    let diversions = diversions(tree, &mut side.unread, monitor)?;
    let mut locator = Locator::new(tree, diversions, changes, is_here);
    if locator.is_empty() {
        return Ok((side, owners));
    }
    let mut failed = None;
    let mut visit = |path: &[u8], package: &str| {
        if failed.is_some() {
            return;
        }
        match locator.find(path, package) {
            Ok(None) => {}
            Ok(Some(change)) => {
                let is_directory = matches!(kind(change), Some(Kind::Directory));
                let place = Owner::One(names.place(package));
                owners[change] = match owners[change] {
                    Owner::Nobody => place,
                    known if known != place && is_directory => Owner::Several,
                    known => known,
                };
            }
            Err(error) => failed = Some(error),
        }
    };
    let unread = packages.visit_files(tree, &mut visit, monitor)?;
    if let Some(error) = failed {
        return Err(error);
    }
    side.unread.extend(unread);
    Ok((side, owners))
}
