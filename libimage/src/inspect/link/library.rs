//! Libraries in one directory.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use crate::entry::Kind;
use crate::error::SysError;
use crate::inspect::{Architecture, Dynamic, DynamicError, ElfIdentity, ElfType, HEAD_BYTES};
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, Tree, TreeError, resolve};

/// The subdirectories of `glibc-hwcaps` in which glibc looks, for processors
/// of some generation (`ld.so(8)`, "Hardware capabilities"). Which generation
/// the nodes have is nothing that a tree tells.
const GENERATIONS: [&[u8]; 9] = [
    b"x86-64-v4",
    b"x86-64-v3",
    b"x86-64-v2",
    b"power10",
    b"power9",
    b"z16",
    b"z15",
    b"z14",
    b"z13",
];

/// A library that was found.
#[derive(Debug)]
pub(super) struct Library {
    /// Where it is, without any symlink.
    pub(super) path: ImagePath,
    /// What it calls itself.
    pub(super) soname: Option<Box<[u8]>>,
    /// The versions that it defines.
    pub(super) defines: HashSet<Box<[u8]>>,
}

/// What the loader meets under a name.
#[derive(Clone)]
pub(super) enum Met {
    /// A library for the right architecture.
    Library(Arc<Library>),
    /// Nothing, or a library for another architecture: it looks on.
    Nothing,
    /// A name that leads nowhere else than by an error: it looks no further
    /// along the same search path (`open_path` in glibc's elf/dl-load.c goes on
    /// after `ENOENT` and `EACCES` alone).
    End,
    /// Something that is no library at all: it gives up.
    NoLibrary,
}

/// A directory in which libraries are looked for, and those in it for certain
/// processors alone.
pub(super) struct SearchDirectory {
    pub(super) own: Arc<dyn Directory>,
    generations: Vec<Arc<dyn Directory>>,
}

impl SearchDirectory {
    /// The directory that a path leads to, if there is one.
    pub(super) fn open(tree: &dyn Tree, path: &[u8]) -> Result<Option<Self>, TreeError> {
        let Some(own) = open(tree, path)? else {
            return Ok(None);
        };
        let mut generations = Vec::new();
        if own.lookup(b"glibc-hwcaps")?.is_some() {
            for name in GENERATIONS {
                generations.extend(open(tree, &[path, b"/glibc-hwcaps/", name].concat())?);
            }
        }
        Ok(Some(Self { own, generations }))
    }

    /// What the loader meets in it under a name: a library, if only for some
    /// processors, before anything else.
    pub(super) fn meet(
        &self,
        tree: &dyn Tree,
        name: &[u8],
        architecture: Architecture,
    ) -> Result<Met, TreeError> {
        let mut other = Met::Nothing;
        for place in std::iter::once(&self.own).chain(&self.generations) {
            let met = match place.lookup(name)?.map(|entry| entry.kind) {
                None | Some(Kind::Mount) => Met::Nothing,
                Some(Kind::File { .. }) => {
                    let file = place.open_at(name)?;
                    read(&*file, place.path().join(name), architecture)?
                }
                Some(Kind::Symlink { .. }) => {
                    follow(tree, place.path().join(name).as_bytes(), architecture)?
                }
                Some(_) => Met::NoLibrary,
            };
            match met {
                Met::Library(_) => return Ok(met),
                _ if matches!(other, Met::Nothing) => other = met,
                _ => {}
            }
        }
        Ok(other)
    }
}

/// What the loader meets at a path.
pub(super) fn follow(
    tree: &dyn Tree,
    path: &[u8],
    architecture: Architecture,
) -> Result<Met, TreeError> {
    match resolve(tree, path) {
        Ok(None) => Ok(Met::Nothing),
        Ok(Some(found)) if matches!(found.entry.kind, Kind::File { .. }) => {
            let file = found.parent.open_at(&found.entry.name)?;
            read(&*file, found.path, architecture)
        }
        Ok(Some(_)) => Ok(Met::NoLibrary),
        Err(TreeError::Unresolved { .. }) => Ok(Met::End),
        Err(error) => Err(error),
    }
}

/// What a file is to the loader. One that is damaged defines no versions; that
/// it is damaged is told elsewhere.
fn read(file: &dyn ReadAt, path: ImagePath, architecture: Architecture) -> Result<Met, TreeError> {
    let failed = |error| {
        let path = Path::new(OsStr::from_bytes(path.as_bytes()));
        TreeError::Sys(SysError::new("read", path, error))
    };
    let mut head = [0; HEAD_BYTES];
    let length = file.read_at(&mut head, 0).map_err(failed)?;
    let Ok(Some(identity)) = ElfIdentity::parse(&head[..length]) else {
        return Ok(Met::NoLibrary);
    };
    if identity.architecture() != architecture {
        return Ok(Met::Nothing);
    }
    if !matches!(identity.file_type, ElfType::Shared | ElfType::Executable) {
        return Ok(Met::NoLibrary);
    }
    let dynamic = match Dynamic::read(file, &identity) {
        Ok(dynamic) => dynamic.unwrap_or_default(),
        Err(DynamicError::Malformed(_)) => Dynamic::default(),
        Err(DynamicError::Io(error)) => return Err(failed(error)),
    };
    Ok(Met::Library(Arc::new(Library {
        path,
        soname: dynamic.soname,
        defines: dynamic.defines.into_iter().collect(),
    })))
}

fn open(tree: &dyn Tree, path: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
    let found = match resolve(tree, path) {
        Ok(Some(found)) if found.entry.is_directory() => found,
        Ok(_) | Err(TreeError::Unresolved { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    match found.path.file_name() {
        None => Ok(Some(found.parent)),
        Some(name) => found.parent.directory(name),
    }
}
