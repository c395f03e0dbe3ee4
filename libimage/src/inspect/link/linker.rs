//! [`Linker`]: finds in a tree what a file is linked against.

use std::collections::HashSet;
use std::sync::Arc;

use super::links::highest_like;
use super::once::Once;
use super::search::{built_in, configured, expanded};
use crate::entry::Kind;
use crate::inspect::{Architecture, Dynamic, ElfIdentity, HEAD_BYTES, Requirement};
use crate::monitor::{Monitor, Silent};
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, Tree, TreeError, resolve};

/// Why a program would not start, or a library not load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkProblem {
    /// The program that is to load it, `PT_INTERP`, is not there.
    Loader(Box<[u8]>),
    /// A library is in none of the directories where it is looked for.
    Library(Box<[u8]>),
    /// The library that is there does not define a version.
    Version {
        /// What the file needs.
        requirement: Requirement,
        /// The newest version of the same family that the library has.
        offered: Option<Box<[u8]>>,
    },
    /// The program that a script names behind `#!` is not there.
    Interpreter(Box<[u8]>),
}

/// A library that a file needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// As the file names it.
    pub name: Box<[u8]>,
    /// Where the linker finds it in the tree, without any symlink.
    pub place: Option<ImagePath>,
    /// Whether it is there, or a matter of the loader or the working directory.
    pub is_known: bool,
}

/// A library that was found.
#[derive(Debug)]
struct Library {
    /// Where it is, without any symlink.
    path: ImagePath,
    /// The versions that it defines.
    defines: HashSet<Box<[u8]>>,
}

/// A directory in which libraries are looked for, and those in it for certain
/// processors alone (`ld.so(8)`, "glibc-hwcaps").
struct SearchDirectory {
    own: Arc<dyn Directory>,
    hwcaps: Vec<Arc<dyn Directory>>,
}

/// A library by directory (the system's all for none), architecture and name.
type Wanted = (Option<Box<[u8]>>, Architecture, Box<[u8]>);

type Directories = Arc<[Arc<SearchDirectory>]>;

/// Looks for libraries in a tree as the dynamic linker of a node would that
/// has booted it (`ld.so(8)`): along `DT_RPATH` and `DT_RUNPATH`, then in the
/// directories of `ld.so.conf` and in its own. Symlinks are followed inside the
/// tree alone, absolute ones as in a chroot.
pub struct Linker<'t> {
    tree: &'t dyn Tree,
    configured: Vec<Box<[u8]>>,
    system: Once<Architecture, Directories>,
    directories: Once<Box<[u8]>, Option<Arc<SearchDirectory>>>,
    libraries: Once<Wanted, Option<Arc<Library>>>,
    files: Once<Box<[u8]>, bool>,
}

impl<'t> Linker<'t> {
    /// Of a node with this tree as its root.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if `ld.so.conf` or what it includes cannot be read.
    pub fn new(tree: &'t dyn Tree, monitor: &dyn Monitor) -> Result<Self, TreeError> {
        Ok(Self {
            tree,
            configured: configured(tree, monitor)?,
            system: Once::default(),
            directories: Once::default(),
            libraries: Once::default(),
            files: Once::default(),
        })
    }

    /// What the file at `path` lacks.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory or a library cannot be read.
    pub fn problems(
        &self,
        path: &ImagePath,
        architecture: Architecture,
        dynamic: &Dynamic,
    ) -> Result<Vec<LinkProblem>, TreeError> {
        let mut problems = Vec::new();
        if let Some(loader) = &dynamic.interpreter
            && !self.is_file(loader)?
        {
            problems.push(LinkProblem::Loader(loader.clone()));
        }
        let search = self.search(path, architecture, dynamic)?;
        let mut found: Vec<(&[u8], Arc<Library>)> = Vec::new();
        for name in &dynamic.needed {
            match search.find(name)? {
                Found::Library(library) => found.push((name, library)),
                Found::Nothing => problems.push(LinkProblem::Library(name.clone())),
                Found::Elsewhere => {}
            }
        }
        for requirement in &dynamic.requires {
            let library = found
                .iter()
                .find(|(name, _)| *name == &*requirement.library);
            if let Some((_, library)) = library
                // Of a library without any versions the linker only warns.
                && !library.defines.is_empty()
                && !library.defines.contains(&requirement.version)
            {
                let defined = library.defines.iter().map(|version| &**version);
                let offered = highest_like(&requirement.version, defined);
                problems.push(LinkProblem::Version {
                    requirement: requirement.clone(),
                    offered: offered.map(Into::into),
                });
            }
        }
        Ok(problems)
    }

    /// Where each library is that the file at `path` needs, as far as the
    /// linker finds it.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory or a library cannot be read.
    pub fn locate(
        &self,
        path: &ImagePath,
        architecture: Architecture,
        dynamic: &Dynamic,
    ) -> Result<Vec<Needed>, TreeError> {
        let search = self.search(path, architecture, dynamic)?;
        let mut needed = Vec::with_capacity(dynamic.needed.len());
        for name in &dynamic.needed {
            let (place, is_known) = match search.find(name)? {
                Found::Library(library) => (Some(library.path.clone()), true),
                Found::Elsewhere => (None, true),
                Found::Nothing => (None, false),
            };
            needed.push(Needed {
                name: name.clone(),
                place,
                is_known,
            });
        }
        Ok(needed)
    }

    fn search(
        &self,
        path: &ImagePath,
        architecture: Architecture,
        dynamic: &Dynamic,
    ) -> Result<Search<'_, 't>, TreeError> {
        let loader = dynamic.interpreter.as_ref();
        Ok(Search {
            linker: self,
            architecture,
            own: self.own_directories(path, dynamic)?,
            is_musl: loader.is_some_and(|loader| is_musl(loader)),
        })
    }

    /// Whether a path leads to a regular file.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory on the way cannot be read.
    pub fn is_file(&self, path: &[u8]) -> Result<bool, TreeError> {
        self.files
            .get(path.into(), |path| match resolve(self.tree, path) {
                Ok(found) => {
                    Ok(found.is_some_and(|one| matches!(one.entry.kind, Kind::File { .. })))
                }
                Err(TreeError::Unresolved { .. }) => Ok(false),
                Err(error) => Err(error),
            })
    }

    /// The versions that the system's library of this name defines; nothing
    /// where there is none for that architecture.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory or the library cannot be read.
    pub fn defined_by(
        &self,
        library: &[u8],
        architecture: Architecture,
    ) -> Result<Option<HashSet<Box<[u8]>>>, TreeError> {
        let found = self.in_system(architecture, library)?;
        Ok(found.map(|library| library.defines.clone()))
    }

    /// The directories that the file itself names.
    fn own_directories(
        &self,
        path: &ImagePath,
        dynamic: &Dynamic,
    ) -> Result<Vec<Box<[u8]>>, TreeError> {
        let Some(named) = dynamic.runpath.as_ref().or(dynamic.rpath.as_ref()) else {
            return Ok(Vec::new());
        };
        let origin = path.parent().unwrap_or_else(ImagePath::root);
        let mut directories = expanded(named, origin.as_bytes());
        // Most of these name a directory that others name too.
        let mut known = Vec::with_capacity(directories.len());
        for directory in directories.drain(..) {
            if self.directory(&directory)?.is_some() {
                known.push(directory);
            }
        }
        Ok(known)
    }

    fn directory(&self, path: &[u8]) -> Result<Option<Arc<SearchDirectory>>, TreeError> {
        self.directories.get(path.into(), |path| {
            let Some(own) = open(self.tree, path)? else {
                return Ok(None);
            };
            let mut hwcaps = Vec::new();
            if own
                .lookup(b"glibc-hwcaps")?
                .is_some_and(|entry| entry.is_directory())
                && let Some(all) = own.directory(b"glibc-hwcaps")?
            {
                for entry in all.entries(&Silent)? {
                    if entry.is_directory() {
                        hwcaps.extend(all.directory(&entry.name)?);
                    }
                }
            }
            Ok(Some(Arc::new(SearchDirectory { own, hwcaps })))
        })
    }

    fn system(&self, architecture: Architecture) -> Result<Directories, TreeError> {
        self.system.get(architecture, |architecture| {
            let mut paths = self.configured.clone();
            paths.extend(built_in(*architecture));
            let mut found: Vec<Arc<SearchDirectory>> = Vec::new();
            for path in paths {
                let known = |one: &Arc<SearchDirectory>, new: &SearchDirectory| {
                    one.own.path() == new.own.path()
                };
                if let Some(new) = self.directory(&path)?
                    && !found.iter().any(|one| known(one, &new))
                {
                    found.push(new);
                }
            }
            Ok(found.into())
        })
    }

    fn in_system(
        &self,
        architecture: Architecture,
        name: &[u8],
    ) -> Result<Option<Arc<Library>>, TreeError> {
        self.libraries.get((None, architecture, name.into()), |_| {
            for directory in self.system(architecture)?.iter() {
                if let Some(library) = self.library(directory, architecture, name)? {
                    return Ok(Some(library));
                }
            }
            Ok(None)
        })
    }

    fn in_directory(
        &self,
        path: &[u8],
        architecture: Architecture,
        name: &[u8],
    ) -> Result<Option<Arc<Library>>, TreeError> {
        self.libraries.get(
            (Some(path.into()), architecture, name.into()),
            |_| match self.directory(path)? {
                Some(directory) => self.library(&directory, architecture, name),
                None => Ok(None),
            },
        )
    }

    /// A library in a directory, if it is there and for that architecture.
    fn library(
        &self,
        directory: &SearchDirectory,
        architecture: Architecture,
        name: &[u8],
    ) -> Result<Option<Arc<Library>>, TreeError> {
        for place in std::iter::once(&directory.own).chain(&directory.hwcaps) {
            let (path, file) = match place.lookup(name)?.map(|entry| entry.kind) {
                Some(Kind::File { .. }) => (place.path().join(name), place.open_at(name)?),
                Some(Kind::Symlink { .. }) => {
                    match resolve(self.tree, place.path().join(name).as_bytes()) {
                        Ok(Some(found)) if matches!(found.entry.kind, Kind::File { .. }) => {
                            let file = found.parent.open_at(&found.entry.name)?;
                            (found.path, file)
                        }
                        Ok(_) | Err(TreeError::Unresolved { .. }) => continue,
                        Err(error) => return Err(error),
                    }
                }
                _ => continue,
            };
            if let Some(defines) = read(&*file, architecture) {
                return Ok(Some(Arc::new(Library { path, defines })));
            }
        }
        Ok(None)
    }
}

/// Where one file looks for its libraries.
struct Search<'s, 't> {
    linker: &'s Linker<'t>,
    architecture: Architecture,
    own: Vec<Box<[u8]>>,
    is_musl: bool,
}

enum Found {
    Library(Arc<Library>),
    /// By a rule of its own, which says nothing about versions.
    Elsewhere,
    Nothing,
}

impl Search<'_, '_> {
    fn find(&self, name: &[u8]) -> Result<Found, TreeError> {
        // musl's loader is its libc, whatever that is called (ldso/dynlink.c).
        if self.is_musl && name.starts_with(b"libc.") {
            return Ok(Found::Elsewhere);
        }
        if name.contains(&b'/') {
            // A relative one depends on the working directory.
            let known = !name.starts_with(b"/") || self.linker.is_file(name)?;
            return Ok(if known {
                Found::Elsewhere
            } else {
                Found::Nothing
            });
        }
        for directory in &self.own {
            if let Some(library) = self
                .linker
                .in_directory(directory, self.architecture, name)?
            {
                return Ok(Found::Library(library));
            }
        }
        let found = self.linker.in_system(self.architecture, name)?;
        Ok(found.map_or(Found::Nothing, Found::Library))
    }
}

fn is_musl(loader: &[u8]) -> bool {
    let name = loader.rsplit(|&byte| byte == b'/').next();
    name.is_some_and(|name| name.starts_with(b"ld-musl-"))
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

/// What a file offers, if it is a library for that architecture. One that is
/// damaged defines no versions; that it is damaged is told elsewhere.
fn read(file: &dyn ReadAt, architecture: Architecture) -> Option<HashSet<Box<[u8]>>> {
    let mut head = [0; HEAD_BYTES];
    let length = file.read_at(&mut head, 0).ok()?;
    let identity = ElfIdentity::parse(&head[..length]).ok()??;
    if identity.architecture() != architecture {
        return None;
    }
    let dynamic = Dynamic::read(file, &identity).ok().flatten();
    let defines = dynamic.map(|dynamic| dynamic.defines).unwrap_or_default();
    Some(defines.into_iter().collect())
}
