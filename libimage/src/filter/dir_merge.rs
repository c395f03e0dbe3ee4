//! [`DirMerge`]: a rule that names a file which each directory may have.

use super::builder::Reading;
use super::parse::{Match, Merge};
use super::pattern::Pattern;
use super::rule::{Action, Origin, Sides};
use super::within::Within;

/// A rule that names a file of rules which each directory may have (`:`).
#[derive(Clone, Debug)]
pub(super) struct DirMerge {
    /// The last component of what the rule names.
    pub(super) name: Box<[u8]>,
    /// From which directory on it is looked for when it is first looked for, as
    /// an absolute path, if that may be above the directory in which that is.
    pub(super) start: Option<Vec<Box<[u8]>>>,
    pub(super) origin: Origin,
    pub(super) reading: Reading,
    /// Whether the rules hold in subdirectories, too.
    pub(super) is_inherited: bool,
    /// The only side that takes note of the rule.
    pub(super) side: Option<Sides>,
    /// `p`: no rule in the files holds in a directory that is being deleted.
    pub(super) perishable: bool,
}

impl DirMerge {
    /// What a rule says that stands in the file of a directory, or in none;
    /// nothing if no file can be called so.
    pub(super) fn new(
        merge: &Merge<'_>,
        origin: &Origin,
        reading: Reading,
        within: Option<&Within>,
    ) -> Option<Self> {
        let name = last_component(merge.file);
        let is_name = !matches!(name, b"" | b"." | b"..") && name.len() <= LONGEST_NAME;
        is_name.then(|| Self {
            name: name.into(),
            start: within.and_then(|within| within.start(merge.file)),
            origin: origin.clone(),
            reading,
            is_inherited: !merge.no_inheritance,
            side: merge.inherited.sides,
            perishable: merge.inherited.perishable,
        })
    }
}

/// `NAME_MAX` of Linux.
const LONGEST_NAME: usize = 255;

fn last_component(file: &[u8]) -> &[u8] {
    let mut components = file.rsplit(|&byte| byte == b'/');
    components.next().unwrap_or_default()
}

/// `e`: the rule that excludes a merged file, wherever a file has its name;
/// nothing if it names none.
pub(super) fn own_exclusion(merge: &Merge<'_>) -> Option<Match> {
    let pattern = Pattern::new(last_component(merge.file), super::Modifiers::default()).ok()?;
    Some(Match {
        action: Action::Exclude,
        sides: None,
        perishable: false,
        xattr: false,
        pattern,
    })
}
