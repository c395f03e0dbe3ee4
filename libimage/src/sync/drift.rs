//! [`Drift`]: something that is not as a plan says.

use std::fmt;

use crate::entry::{Entry, Kind};
use crate::path::ImagePath;

/// Of which tree something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that is sent.
    Source,
    /// The one that is changed.
    Target,
}

/// Something that is not as a plan says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drift {
    /// Where.
    pub path: ImagePath,
    /// In which tree.
    pub side: Side,
    /// In what it differs, in words.
    pub what: String,
}

impl Side {
    /// The side as a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`: {}", self.side.word(), self.path, self.what)
    }
}

/// In what an entry is not as expected; nothing if it is. Which names are one
/// inode is another matter, and so is content.
pub(super) fn difference(expected: Option<&Entry>, found: Option<&Entry>) -> Option<String> {
    let (expected, found) = match (expected, found) {
        (None, None) => return None,
        (Some(_), None) => return Some("it is gone".to_owned()),
        (None, Some(found)) => {
            return Some(format!("a {} has come there", found.kind.word()));
        }
        (Some(expected), Some(found)) => (expected, found),
    };
    let mut differences = Vec::new();
    match (&expected.kind, &found.kind) {
        (one, two) if one == two => {}
        (Kind::File { .. }, Kind::File { .. }) => differences.push("size"),
        (Kind::Symlink { .. }, Kind::Symlink { .. }) => differences.push("target"),
        (one, two) if one.word() == two.word() => differences.push("number"),
        (_, two) => return Some(format!("it is a {} now", two.word())),
    }
    let (one, two) = (&expected.metadata, &found.metadata);
    let checks = [
        (one.mtime != two.mtime, "mtime"),
        (one.mode != two.mode, "mode"),
        (one.uid != two.uid, "owner"),
        (one.gid != two.gid, "group"),
        (one.xattrs != two.xattrs, "attributes"),
    ];
    differences.extend(
        checks
            .iter()
            .filter(|(differs, _)| *differs)
            .map(|(_, word)| *word),
    );
    (!differences.is_empty()).then(|| format!("another {}", differences.join(", ")))
}
