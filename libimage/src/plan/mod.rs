//! [`Plan`]: what a sync will do, as data.
//!
//! A plan is made from what a comparison found, without looking at either tree
//! again, and says of each name what is done, what the source has there and what
//! the target had. So it can be shown, kept, read back, and be done later if
//! both sides still are what it was made from.
//!
//! `docs/plan-format.md` is the definition of its form in a file.

mod check;
mod error;
mod groups;
mod inodes;
mod make;
mod read;
pub mod rsync;
mod shown;
mod step;
mod wanted;
mod write;

pub use error::PlanError;
pub(crate) use inodes::Inodes;
pub use read::{is_plan, read};
pub use step::{Deed, Step};

use crate::entry::Respects;
use crate::path::ImagePath;

/// What a sync will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// What the user named as the source, a path as bytes.
    pub source: Box<[u8]>,
    /// What the user named as the target, a path as bytes.
    pub target: Box<[u8]>,
    /// The options by which the two were compared, rules included, as the user
    /// gave them. They decide nothing any more.
    pub arguments: Vec<Box<[u8]>>,
    /// What was not compared.
    pub ignored: Respects,
    /// How many entries are equal.
    pub equal: u64,
    /// How many names only the target has and the rules protect from deletion.
    pub protected: u64,
    /// Names where something is mounted on either side, sorted: nothing is known
    /// of them, and nothing done.
    pub mounts: Vec<ImagePath>,
    /// Directories that hold what is protected and should give way, sorted:
    /// nothing is done about them.
    pub blocked: Vec<ImagePath>,
    /// What is done, sorted by the bytes of the path, each path once; so a
    /// directory comes before what is in it.
    pub steps: Vec<Step>,
}

/// The first line of this version, without its newline.
const FIRST_LINE: &str = "imgtool-plan 1";

/// The first word of the last line.
const LAST_WORD: &str = "end";

impl Plan {
    /// The step about a path, if there is one.
    pub fn step(&self, path: &[u8]) -> Option<&Step> {
        let at = self
            .steps
            .binary_search_by(|step| step.path.as_bytes().cmp(path));
        at.ok().map(|at| &self.steps[at])
    }

    /// The steps beneath a path.
    pub(crate) fn beneath(&self, path: &ImagePath) -> impl DoubleEndedIterator<Item = &Step> {
        // A name that goes on behind the path with a byte before the slash sorts
        // between, so the end is searched for by the byte behind the slash.
        let border = |last: u8| {
            let mut border = path.as_bytes().to_vec();
            if !path.is_root() {
                border.push(last);
            }
            self.steps
                .partition_point(|step| step.path.as_bytes() < &border[..])
        };
        let (start, end) = if path.is_root() {
            (1.min(self.steps.len()), self.steps.len())
        } else {
            (border(b'/'), border(b'/' + 1))
        };
        self.steps[start..end].iter()
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.steps.iter().all(|step| step.deed == Deed::Keep)
    }
}

#[cfg(test)]
mod tests;
