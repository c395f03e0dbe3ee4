//! [`Sides`]: both sides of a name with all that is recorded, for a plan.

use crate::entry::Entry;
use crate::path::ImagePath;

/// What both trees have at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sides {
    /// What the source has, if that is sent.
    pub source: Option<Entry>,
    /// What the target has, of whatever type.
    pub target: Option<Entry>,
    /// The first name of the inode that the source's entry is another name of.
    pub leader: Option<ImagePath>,
}

/// A name of which nothing is to be changed, but whose neighbours may be: a
/// directory that both trees have, or a name of an inode with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equal {
    /// Where.
    pub path: ImagePath,
    /// What both trees have there.
    pub sides: Sides,
}

impl Sides {
    pub(super) fn both(source: Entry, target: Entry, leader: Option<ImagePath>) -> Box<Self> {
        Box::new(Self {
            source: Some(source),
            target: Some(target),
            leader,
        })
    }

    pub(super) fn of(source: Option<&Entry>, target: Option<&Entry>) -> Box<Self> {
        Box::new(Self {
            source: source.cloned(),
            target: target.cloned(),
            leader: None,
        })
    }

    /// Whether what else happens to the tree may concern such a name.
    pub(super) fn may_matter(source: &Entry, target: &Entry) -> bool {
        source.is_directory() || source.link.is_some() || target.link.is_some()
    }
}
