//! What a tree would become if another were sent to it.
//!
//! [`diff`] compares two [`Tree`]s of any sort and answers
//! with the changes that `rsync -a -H -A -X -S --numeric-ids --force --delete
//! SOURCE/ TARGET/` would make, as data: the same rules decide what counts as
//! equal, and [`Change::itemize`] gives the same line. Beyond that it tells
//! what such a sync would *miss*: content that differs although size and
//! mtime agree.

mod acl;
mod change;
mod compare;
mod error;
mod explain;
mod found;
mod itemize;
mod joint;
mod judge;
mod links;
mod pair;
mod part;
mod sides;
mod xattr;

pub use change::{Action, Change, Detail, Totals};
pub(crate) use compare::same_type;
pub use compare::{Difference, Differences};
pub use error::DiffError;
pub use explain::{Explanation, Ruling, explain};
pub use itemize::Charset;
pub(crate) use part::read as read_rules;
pub use sides::{Equal, Sides};

use std::sync::Arc;

use crate::entry::Respects;
use crate::filter::Filter;
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::tree::Tree;

/// How entries are compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// What takes part: rsync's `--filter` and its kin.
    pub filter: Arc<Filter>,
    /// What is sent if the target has nothing of that name, though the filter
    /// leaves it out: as a pass before with these rules and
    /// `--ignore-existing`. With nothing here, what the filter leaves out is
    /// left alone.
    pub new_files: Option<Arc<Filter>>,
    /// Whether the content of files of equal size is compared, instead of
    /// their mtimes: rsync's `--checksum`.
    pub checksum: bool,
    /// Whether what only the target has is deleted: rsync's `--delete`.
    pub delete: bool,
    /// By how much two mtimes may differ and still be equal.
    pub window: ModifyWindow,
    /// What is not compared. Without times, files of equal size count as equal
    /// unless their content is compared.
    pub ignore: Respects,
    /// Whether the whole entries of both sides come with the changes, as a plan
    /// needs them. Nothing is missed then: what is found is sent.
    pub sides: bool,
    /// Threads to read both trees with.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            filter: Arc::default(),
            new_files: None,
            checksum: false,
            delete: true,
            window: ModifyWindow::default(),
            ignore: Respects::NONE,
            sides: false,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// By how much two mtimes may differ and still be equal: rsync's
/// `--modify-window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModifyWindow {
    /// By so many whole seconds; fractions do not count.
    Seconds(u32),
    /// By nothing at all, to the nanosecond: `--modify-window=-1`.
    Exact,
}

impl Default for ModifyWindow {
    fn default() -> Self {
        Self::Seconds(0)
    }
}

/// All differences between two trees.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The changes in canonical order: a directory before what is in it.
    pub changes: Vec<Change>,
    /// The changes in sum.
    pub totals: Totals,
    /// Directories of the target that something else should take the place of,
    /// and that hold what is protected: rsync fails there.
    pub blocked: Vec<ImagePath>,
    /// Names where something is mounted on either side: nothing is known of them.
    pub mounts: Vec<ImagePath>,
    /// What could not be compared, for one of the trees does not record it.
    pub unrecorded: Respects,
    /// Names that are equal and may matter for a plan, with [`Options::sides`].
    pub equal: Vec<Equal>,
}

impl Outcome {
    /// Changes that were found earlier.
    pub(crate) fn of(mut changes: Vec<Change>, unrecorded: Respects) -> Self {
        changes.sort_by(|one, two| one.path.cmp(&two.path));
        Self {
            totals: Totals::of(&changes, 0, 0),
            changes,
            blocked: Vec::new(),
            mounts: Vec::new(),
            unrecorded,
            equal: Vec::new(),
        }
    }
}

/// Compares two trees: what `target` would become if `source` were sent to it.
///
/// # Errors
///
/// A [`DiffError`] if one of them cannot be read; an unreadable entry never
/// counts as missing.
pub fn diff(
    source: &dyn Tree,
    target: &dyn Tree,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<Outcome, DiffError> {
    monitor.begin(Phase::Compare, None);
    let unrecorded = !(source.respects() & target.respects());
    let options = &Options {
        ignore: options.ignore | unrecorded,
        ..options.clone()
    };
    let mut found = joint::compare(source, target, options, monitor)?;
    let mounts = std::mem::take(&mut found.mounts);
    let protected = found.protected;
    let remain = found.remain();
    let links::Settled {
        mut changes,
        unchanged,
        equal,
    } = links::settle(found, options);
    if options.sides {
        // Whoever makes a plan has what would be missed sent.
        let missed = changes.iter_mut();
        missed
            .filter(|change| change.action == Action::Miss)
            .for_each(|change| change.action = Action::Update);
    }
    let mut blocked = Vec::new();
    if !remain.is_empty() {
        changes.retain(|change| {
            let remains = remain.contains(&change.path);
            let is_blocked = remains && change.replaces;
            if is_blocked {
                blocked.push(change.path.clone());
            }
            !(is_blocked || remains && change.action == Action::Delete)
        });
    }
    let mut totals = Totals::of(&changes, unchanged, mounts.len() as u64);
    totals.protected = protected;
    Ok(Outcome {
        changes,
        totals,
        blocked,
        mounts,
        unrecorded,
        equal,
    })
}

#[cfg(test)]
mod tests;
