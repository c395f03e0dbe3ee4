//! [`Tree`]: anything that has directories, entries and file content.
//!
//! A live directory, a manifest and the index of an archive are all trees, so
//! whatever walks, compares or judges takes any of them.

mod content;
mod fetch;
mod live;
mod mounted;
mod ordered;
mod recorded;
mod records;
mod resolve;
mod trail;
mod walk;
mod way;

pub use fetch::Fetch;
pub(crate) use live::entry as live_entry;
pub use live::{LiveTree, Want};
pub use mounted::Mounted;
pub use ordered::{Node, traverse};
pub(crate) use recorded::ByInode;
pub use recorded::{Contents, RecordedTree};
pub(crate) use records::MOST_NAMES;
pub use records::{RecordId, Records};
pub use resolve::{Resolved, resolve};
pub(crate) use trail::Trail;
pub(crate) use walk::{Select, walk_selected, walk_within};
pub use walk::{Walked, walk};
pub(crate) use way::{Way, changed, is_about_another};

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{Entry, Respects, Timestamp};
use crate::error::{ErrorKind, ImageError, SysError};
use crate::monitor::{Cancelled, Monitor};
use crate::path::ImagePath;
use crate::root::{Dir, RegularFile};
use crate::sys::section::Section;

/// A tree of entries that can be read, from several threads at once.
pub trait Tree: Sync {
    /// What the tree is called in messages: the path the user gave.
    fn label(&self) -> String;

    /// What it records of its entries besides their names, kinds and sizes. In
    /// all else what it answers means nothing.
    fn respects(&self) -> Respects {
        Respects::ALL
    }

    /// The root's own entry (its name is empty) and its directory.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if it cannot be read.
    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError>;

    /// How content is brought here that is elsewhere; nothing for trees that
    /// have theirs at hand, or have none.
    fn fetch(&self) -> Option<&dyn Fetch> {
        None
    }
}

/// One directory of a [`Tree`].
pub trait Directory: Send + Sync {
    /// Where it is in its tree.
    fn path(&self) -> &ImagePath;

    /// Its entries in canonical order, each name once.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if the directory or one of its entries cannot be read.
    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError>;

    /// One of its entries by name, without reading the others.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if the entry exists but cannot be read.
    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError>;

    /// The directory behind one of its entries; nothing where something else
    /// is mounted, which is never entered unasked.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if it is not a directory any more or cannot be opened.
    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError>;

    /// Whether it is not known what is in one of its directories; such are found
    /// in listings, where rules leave out what nobody needs.
    fn is_closed(&self, _name: &[u8]) -> bool {
        false
    }

    /// The content of one of its regular files, from the start.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if it is not a regular file any more, cannot be opened,
    /// or if this tree holds no content ([`TreeError::NoContent`]).
    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError>;

    /// The content of one of its regular files, to be read in any order.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] as for [`Directory::open`]; trees that do not stand on a
    /// disk answer [`TreeError::NoContent`].
    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        Err(TreeError::NoContent {
            path: self.path().join(name).to_string(),
        })
    }

    /// One of its regular files itself, where the tree stands on a disk: for
    /// its holes, and for copies that the kernel makes. Nothing for all other
    /// trees, which are read through [`Directory::open`].
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if it is not a regular file any more or cannot be opened.
    fn regular(&self, _name: &[u8]) -> Result<Option<RegularFile>, TreeError> {
        Ok(None)
    }

    /// The directory itself, if files may be moved out of it: its tree was made
    /// for one use and goes after that. Nothing for all other trees.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if it cannot be opened.
    fn yields(&self) -> Result<Option<Arc<Dir>>, TreeError> {
        Ok(None)
    }

    /// Whether what is mounted at one of its names shows itself as a directory.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if the entry cannot be looked at.
    fn is_mounted_directory(&self, _name: &[u8]) -> Result<bool, TreeError> {
        Ok(false)
    }

    /// The digest of the content of one of its regular files.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] as for [`Directory::open`], if the file changed while it
    /// was read, or if it is recorded by another algorithm
    /// ([`TreeError::OtherDigest`]).
    fn digest(
        &self,
        entry: &Entry,
        algorithm: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError>;

    /// When one of its entries was last changed in any way (its ctime), the
    /// directory itself for the entry of a root; nothing for trees that stand on
    /// no disk.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if the entry cannot be looked at.
    fn changed(&self, _entry: &Entry) -> Result<Option<Timestamp>, TreeError> {
        Ok(None)
    }

    /// The bytes that one of its entries takes on the disk; nothing for trees
    /// that stand on none.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if the entry cannot be looked at.
    fn allocated(&self, _entry: &Entry) -> Result<Option<u64>, TreeError> {
        Ok(None)
    }
}

/// A regular file that is read in any order, from several threads at once.
pub trait ReadAt: Send + Sync {
    /// Its length in bytes when it was opened.
    fn size(&self) -> u64;

    /// Reads some bytes at `offset`; 0 at the end.
    ///
    /// # Errors
    ///
    /// As `pread(2)`.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;
}

impl ReadAt for Section {
    fn size(&self) -> u64 {
        self.left()
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.part(offset, into.len() as u64).read(into)
    }
}

/// Why a tree could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum TreeError {
    /// A system call failed.
    Sys(SysError),
    /// A file became longer, shorter or another while it was read.
    Changed {
        /// The file, as the user would write it.
        path: String,
    },
    /// This tree records entries, not the content of files.
    NoContent {
        /// The file, as the user would write it.
        path: String,
    },
    /// The content of a file is elsewhere, and could not be brought here.
    NotFetched {
        /// The file, as the user would write it.
        path: String,
        /// Why, escaped.
        reason: Arc<str>,
    },
    /// This tree records a directory, but not what is in it: it was left out
    /// where the tree was listed.
    NotListed {
        /// The directory, as the user would write it.
        path: String,
    },
    /// This tree records the digests of contents by one algorithm, and another
    /// is asked for.
    OtherDigest {
        /// The file, as the user would write it.
        path: String,
        /// The algorithm that was asked for.
        wanted: Algorithm,
    },
    /// A path inside the tree leads out of it, in a circle, or to nothing.
    Unresolved {
        /// The path that was followed, as the user would write it.
        path: String,
        /// Why it leads nowhere.
        reason: &'static str,
    },
    /// The monitor asked to stop.
    Cancelled,
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sys(error) => error.fmt(f),
            Self::Changed { path } => write!(f, "{path} changed while it was read"),
            Self::NoContent { path } => {
                write!(f, "the content of {path} is not recorded, only its digest")
            }
            Self::NotFetched { path, reason } => {
                write!(f, "the content of {path} could not be fetched: {reason}")
            }
            Self::NotListed { path } => {
                write!(f, "what is in {path} was left out when the tree was listed")
            }
            Self::OtherDigest { path, wanted } => {
                write!(
                    f,
                    "the {wanted} digest of {path} is not recorded, only another"
                )
            }
            Self::Unresolved { path, reason } => write!(f, "{path} cannot be followed: {reason}"),
            Self::Cancelled => Cancelled.fmt(f),
        }
    }
}

impl std::error::Error for TreeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sys(error) => error.source(),
            _ => None,
        }
    }
}

impl ImageError for TreeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Sys(_) | Self::Changed { .. } | Self::NotFetched { .. } => ErrorKind::System,
            Self::NoContent { .. } | Self::NotListed { .. } | Self::OtherDigest { .. } => {
                ErrorKind::Usage
            }
            Self::Unresolved { .. } => ErrorKind::Refused,
            Self::Cancelled => ErrorKind::Interrupted,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Sys(error) => error.help(),
            Self::Changed { .. } => {
                Some("stop what writes to that tree, then run the command again".to_owned())
            }
            Self::NotFetched { .. } => Some(
                "see that its machine and the network are well, then run the command again"
                    .to_owned(),
            ),
            Self::NoContent { .. } | Self::OtherDigest { .. } => {
                Some("give the tree itself, or the archive it came from".to_owned())
            }
            Self::NotListed { .. } => {
                Some("list it again without the rules that leave that out".to_owned())
            }
            Self::Unresolved { .. } | Self::Cancelled => None,
        }
    }
}

impl From<SysError> for TreeError {
    fn from(error: SysError) -> Self {
        Self::Sys(error)
    }
}

impl From<Cancelled> for TreeError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
