//! [`Mode`]: the transfers that a category has exclude lists for.

/// A transfer between an image and a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The image to a node whose disks were just made.
    Full,
    /// The image to a node that boots.
    Sync,
    /// The image to a running node: `imageupdate`.
    Update,
    /// A node to an image that exists: `grabimage`.
    Grab,
    /// A node to a new image: `grabimage -i`.
    GrabNew,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Full,
        Self::Sync,
        Self::Update,
        Self::Grab,
        Self::GrabNew,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Sync => "sync",
            Self::Update => "update",
            Self::Grab => "grab",
            Self::GrabNew => "grabnew",
        }
    }

    /// A list for it that protects what nodes usually have of their own; a
    /// site's own list knows better.
    pub fn list(self) -> &'static str {
        match self {
            Self::Full => include_str!("full.list"),
            Self::Sync => include_str!("sync.list"),
            Self::Update => include_str!("update.list"),
            Self::Grab => include_str!("grab.list"),
            Self::GrabNew => include_str!("grabnew.list"),
        }
    }
}
