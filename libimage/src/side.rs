//! [`open`]: whatever the user names as a tree, told by what it is.
//!
//! A directory is read live, a manifest and an archive are read into memory
//! first. Content decides, never the name.

use std::fmt;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::archive::{self, ArchiveError, ArchiveReader, IndexError, Limits};
use crate::error::{ErrorKind, ImageError, SysError, show};
use crate::manifest::{self, ReadError};
use crate::monitor::Monitor;
use crate::sys;
use crate::tree::{LiveTree, RecordedTree, Tree, Want};

/// What a path that the user gave turned out to be.
pub enum Side {
    /// A directory.
    Directory(LiveTree),
    /// A manifest.
    Manifest(RecordedTree),
    /// An archive, read to its end.
    Archive(RecordedTree),
}

impl Side {
    /// What it is, as a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Directory(_) => "directory",
            Self::Manifest(_) => "manifest",
            Self::Archive(_) => "archive",
        }
    }

    /// It as a tree.
    pub fn tree(&self) -> &dyn Tree {
        match self {
            Self::Directory(tree) => tree,
            Self::Manifest(tree) | Self::Archive(tree) => tree,
        }
    }
}

/// Why a path could not be taken for a tree.
#[derive(Debug)]
#[non_exhaustive]
pub enum SideError {
    /// It could not be opened or read.
    Sys(SysError),
    /// It begins like a manifest and is none that can be trusted.
    Manifest(ReadError),
    /// It is no directory and no manifest, and no archive that can be trusted.
    Archive(IndexError),
}

impl fmt::Display for SideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sys(error) => error.fmt(f),
            Self::Manifest(error) => error.fmt(f),
            Self::Archive(IndexError::Archive(ArchiveError::NotAnArchive { archive, .. })) => {
                write!(
                    f,
                    "{} is neither a directory nor a manifest nor an archive",
                    show(Path::new(archive))
                )
            }
            Self::Archive(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SideError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sys(error) => error.source(),
            Self::Manifest(error) => error.source(),
            Self::Archive(error) => error.source(),
        }
    }
}

impl ImageError for SideError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Sys(error) => error.kind(),
            Self::Manifest(error) => error.kind(),
            Self::Archive(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Sys(error) => error.help(),
            Self::Manifest(error) => error.help(),
            Self::Archive(error) => error.help(),
        }
    }
}

/// Opens `path` as a tree, whatever it is.
///
/// # Errors
///
/// A [`SideError`] if it cannot be read, or is nothing that holds a tree.
pub fn open(
    path: &Path,
    want: Want,
    limits: &Limits,
    monitor: &dyn Monitor,
) -> Result<Side, SideError> {
    let system = |error| SideError::Sys(SysError::new("open", path, error));
    if sys::host::is_directory(path).map_err(system)? {
        return LiveTree::open(path, want)
            .map(Side::Directory)
            .map_err(SideError::Sys);
    }
    let (mut file, length) = sys::host::open(path).map_err(system)?;
    let head = read_head(&mut file).map_err(system)?;
    let is_manifest = manifest::is_manifest(&head);
    let input = std::io::Cursor::new(head).chain(file);
    if is_manifest {
        let label = show(path).to_string();
        return manifest::read(BufReader::with_capacity(1 << 17, input), &label)
            .map(|(tree, _)| Side::Manifest(tree))
            .map_err(SideError::Manifest);
    }
    let name = path.to_string_lossy().into_owned();
    let refused = |error| SideError::Archive(IndexError::Archive(error));
    let reader =
        ArchiveReader::new(Box::new(input), name.clone(), limits.clone()).map_err(refused)?;
    archive::index(reader, &name, Some(length), monitor)
        .map(|(tree, _)| Side::Archive(tree))
        .map_err(SideError::Archive)
}

/// The beginning of a file, long enough to tell a manifest.
fn read_head(file: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(64).read_to_end(&mut head)?;
    Ok(head)
}
