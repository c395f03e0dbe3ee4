//! [`Step`]: what is done about one name.

use crate::diff::Differences;
use crate::entry::{Entry, Metadata};
use crate::path::ImagePath;

/// What is done about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// It is made, in place of something of another type if that stands there.
    Create,
    /// Content is written anew: of a file, a symlink, a device.
    Update,
    /// Owner, mode, times or attributes are set.
    Metadata,
    /// It becomes another name of an inode that is there by then.
    Link,
    /// It is removed.
    Delete,
    /// It stays as it is: the directory in which something is done, or a name of
    /// an inode whose other names are concerned.
    Keep,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Create,
        Self::Update,
        Self::Metadata,
        Self::Link,
        Self::Delete,
        Self::Keep,
    ];

    /// The deed as the word by which a line begins.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Metadata => "metadata",
            Self::Link => "link",
            Self::Delete => "delete",
            Self::Keep => "keep",
        }
    }
}

/// What is done about one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where.
    pub path: ImagePath,
    /// What is done.
    pub deed: Deed,
    /// In what the two sides differ, as far as it is done for that.
    pub differences: Differences,
    /// What the source has; nothing for a deletion.
    pub source: Option<Entry>,
    /// What the target has before.
    pub target: Option<Entry>,
    /// The metadata that the target gets, where it is not the source's own.
    pub wanted: Option<Metadata>,
    /// The first name of the inode of which this is another name.
    pub leader: Option<ImagePath>,
}

impl Step {
    /// The metadata that the target gets.
    pub fn metadata(&self) -> Option<&Metadata> {
        let source = self.source.as_ref().map(|entry| &entry.metadata);
        self.wanted.as_ref().or(source)
    }

    /// Whether it is about a directory that stands there when all is done.
    pub fn is_directory(&self) -> bool {
        self.source.as_ref().is_some_and(Entry::is_directory)
    }

    /// Whether the target has a directory there before.
    pub fn was_directory(&self) -> bool {
        self.target.as_ref().is_some_and(Entry::is_directory)
    }

    /// Whether a name is made, removed or given to another inode, by which the
    /// directory that holds it changes.
    pub fn alters_names(&self) -> bool {
        match self.deed {
            Deed::Create | Deed::Update | Deed::Link | Deed::Delete => true,
            Deed::Metadata | Deed::Keep => !self.is_directory(),
        }
    }

    /// Whether a directory with what is in it goes for something else.
    pub(crate) fn gives_way(&self) -> bool {
        self.was_directory() && !self.is_directory() && self.deed != Deed::Delete
    }

    /// The bytes of content that are written.
    pub fn bytes(&self) -> u64 {
        match self.deed {
            Deed::Create | Deed::Update => {
                let size = self.source.as_ref().and_then(Entry::file_size);
                size.unwrap_or(0)
            }
            Deed::Metadata | Deed::Link | Deed::Delete | Deed::Keep => 0,
        }
    }
}
