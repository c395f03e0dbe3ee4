//! [`open`]: what the user named, whatever it is, as a [`Tree`].

mod heads;

pub use heads::HeadTree;

use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use crate::archive::{ArchiveReader, IndexError, Limits, index_with};
use crate::error::{SysError, show, transparent};
use crate::manifest::{self, ReadError, Summary};
use crate::monitor::Monitor;
use crate::sys;
use crate::tree::{LiveTree, RecordedTree, Tree, Want};
use heads::Keeper;

/// A tree by what holds it.
pub enum Opened {
    /// A directory.
    Live(LiveTree),
    /// A manifest, proven whole.
    Manifest(RecordedTree, Summary),
    /// An archive, read to its end.
    Archive(HeadTree),
}

impl Opened {
    /// The tree itself.
    pub fn tree(&self) -> &dyn Tree {
        match self {
            Self::Live(tree) => tree,
            Self::Manifest(tree, _) => tree,
            Self::Archive(heads) => heads.recorded(),
        }
    }

    /// The tree with at least the first bytes of its files, by which to tell
    /// what they are; nothing for a manifest, which has none.
    pub fn heads(&self) -> Option<&dyn Tree> {
        match self {
            Self::Live(tree) => Some(tree),
            Self::Manifest(..) => None,
            Self::Archive(heads) => Some(heads),
        }
    }

    /// What holds it, as a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Live(_) => "directory",
            Self::Manifest(..) => "manifest",
            Self::Archive(_) => "archive",
        }
    }
}

/// Why what the user named is no tree that can be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be opened or read.
    Sys(SysError),
    /// It is a manifest that cannot be trusted.
    Manifest(ReadError),
    /// It is an archive that cannot be read or trusted, or nothing known.
    Archive(IndexError),
}

transparent!(OpenError {
    Sys(SysError),
    Manifest(ReadError),
    Archive(IndexError),
});

/// Bytes by which a manifest is told from an archive.
const HEAD: u64 = 64;

/// Opens a directory, a manifest or an archive.
///
/// Of a directory `want` is read; manifests record everything, and archives
/// what whoever made them put in. An archive is read to its end and nothing is
/// written; `limits` hold for it as for an import.
///
/// # Errors
///
/// An [`OpenError`].
pub fn open(
    path: &Path,
    want: Want,
    limits: &Limits,
    monitor: &dyn Monitor,
) -> Result<Opened, OpenError> {
    let failed = |error: io::Error| SysError::new("open", path, error);
    if sys::host::is_directory(path).map_err(failed)? {
        return Ok(Opened::Live(LiveTree::open(path, want)?));
    }
    let (mut file, length) = sys::host::open(path).map_err(failed)?;
    let mut head = Vec::new();
    file.by_ref()
        .take(HEAD)
        .read_to_end(&mut head)
        .map_err(|error| SysError::new("read", path, error))?;
    let is_manifest = manifest::is_manifest(&head);
    let input = Cursor::new(head).chain(file);
    let label = show(path).to_string();
    if is_manifest {
        let (tree, summary) =
            manifest::read(BufReader::new(input), &label).map_err(OpenError::Manifest)?;
        return Ok(Opened::Manifest(tree, summary));
    }
    let name = path.to_string_lossy().into_owned();
    let reader = ArchiveReader::new(Box::new(input), name, limits.clone())
        .map_err(|error| OpenError::Archive(error.into()))?;
    let length = (length > 0).then_some(length);
    let mut heads = Keeper::default();
    let (tree, _) =
        index_with(reader, &label, length, &mut heads, monitor).map_err(OpenError::Archive)?;
    Ok(Opened::Archive(HeadTree::new(tree, heads)))
}
