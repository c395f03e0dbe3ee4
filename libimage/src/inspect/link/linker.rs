//! [`Linker`]: finds in a tree what a file is linked against.

use std::collections::HashSet;
use std::sync::Arc;

use super::configured::configured;
use super::library::{Library, Met, SearchDirectory, follow};
use super::links::highest_like;
use super::once::Once;
use super::problem::{LinkProblem, Needed};
use super::search::{alternatives, built_in, expanded};
use crate::entry::Kind;
use crate::inspect::{Architecture, Dynamic};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError, resolve};

/// One of the directories in which all programs look.
struct SystemDirectory {
    place: Arc<SearchDirectory>,
    /// Whether the loader knows it by the cache alone.
    is_cached: bool,
    /// Whether it is, or lies in, one of the loader's own.
    is_default: bool,
}

/// Where a library is wanted.
#[derive(PartialEq, Eq, Hash)]
enum Within {
    Directory(Box<[u8]>),
    /// All of the system's, but for the loader's own where a file passes over
    /// those.
    System {
        no_default: bool,
    },
}

/// A library by place, architecture and name.
type Wanted = (Within, Architecture, Box<[u8]>);

type Directories = Arc<[SystemDirectory]>;

/// Looks for libraries in a tree as the dynamic linker of a node would that
/// has booted it (`ld.so(8)`): along `DT_RPATH` and `DT_RUNPATH`, then in the
/// directories of `ld.so.conf` and in its own. Symlinks are followed inside the
/// tree alone, absolute ones as in a chroot.
pub struct Linker<'t> {
    tree: &'t dyn Tree,
    configured: Vec<Box<[u8]>>,
    system: Once<Architecture, Directories>,
    directories: Once<Box<[u8]>, Option<Arc<SearchDirectory>>>,
    libraries: Once<Wanted, Met>,
    files: Once<Box<[u8]>, bool>,
    loaders: Once<(Architecture, Box<[u8]>), bool>,
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
            loaders: Once::default(),
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
            && !self.is_loader(loader, architecture)?
        {
            problems.push(LinkProblem::Loader(loader.clone()));
        }
        let mut found: Vec<(&[u8], Arc<Library>)> = Vec::new();
        for (name, one) in self.find_all(path, architecture, dynamic)? {
            match one {
                Found::Library(library) => found.push((name, library)),
                Found::Nothing => problems.push(LinkProblem::Library(name.into())),
                Found::Elsewhere => {}
            }
        }
        for requirement in &dynamic.requires {
            let library = found.iter().find(|(name, library)| {
                let of = &*requirement.library;
                *name == of || library.soname.as_deref() == Some(of)
            });
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
        let found = self.find_all(path, architecture, dynamic)?;
        let needed = found.into_iter().map(|(name, found)| {
            let (place, is_known) = match found {
                Found::Library(library) => (Some(library.path.clone()), true),
                Found::Elsewhere => (None, true),
                Found::Nothing => (None, false),
            };
            Needed {
                name: name.into(),
                place,
                is_known,
            }
        });
        Ok(needed.collect())
    }

    /// What the loader finds for each library that a file needs.
    fn find_all<'d>(
        &self,
        path: &ImagePath,
        architecture: Architecture,
        dynamic: &'d Dynamic,
    ) -> Result<Vec<(&'d [u8], Found)>, TreeError> {
        let origin = path.parent().unwrap_or_else(ImagePath::root);
        let search = Search {
            linker: self,
            architecture,
            own: self.own_directories(&origin, architecture, dynamic)?,
            origin,
            dynamic,
        };
        let mut all: Vec<(&[u8], Found)> = Vec::with_capacity(dynamic.needed.len());
        for name in &dynamic.needed {
            // What is loaded by then is taken by the name it has itself.
            let loaded = all.iter().find_map(|(_, found)| match found {
                Found::Library(library) => {
                    (library.soname.as_ref() == Some(name)).then(|| library.clone())
                }
                _ => None,
            });
            let found = match loaded {
                Some(library) => Found::Library(library),
                None => search.find(name)?,
            };
            all.push((name, found));
        }
        Ok(all)
    }

    /// Whether a path leads to what can load programs of that architecture.
    fn is_loader(&self, path: &[u8], architecture: Architecture) -> Result<bool, TreeError> {
        // A relative one depends on the working directory.
        if !path.starts_with(b"/") {
            return Ok(true);
        }
        self.loaders.get((architecture, path.into()), |_| {
            let met = follow(self.tree, path, architecture)?;
            Ok(matches!(met, Met::Library(_)))
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
        Ok(match self.in_system(architecture, library, false)? {
            Met::Library(library) => Some(library.defines.clone()),
            _ => None,
        })
    }

    /// The directories that the file itself names.
    fn own_directories(
        &self,
        origin: &ImagePath,
        architecture: Architecture,
        dynamic: &Dynamic,
    ) -> Result<Vec<Box<[u8]>>, TreeError> {
        let Some(named) = dynamic.runpath.as_ref().or(dynamic.rpath.as_ref()) else {
            return Ok(Vec::new());
        };
        // Most of these name a directory that others name too.
        let mut known = Vec::new();
        for directory in expanded(named, origin.as_bytes(), architecture) {
            if self.directory(&directory)?.is_some() {
                known.push(directory);
            }
        }
        Ok(known)
    }

    fn directory(&self, path: &[u8]) -> Result<Option<Arc<SearchDirectory>>, TreeError> {
        self.directories.get(path.into(), |path| {
            Ok(SearchDirectory::open(self.tree, path)?.map(Arc::new))
        })
    }

    fn system(&self, architecture: Architecture) -> Result<Directories, TreeError> {
        self.system.get(architecture, |architecture| {
            let built_in = built_in(*architecture);
            let mut own = Vec::new();
            for path in &built_in {
                if let Some(place) = self.directory(path)? {
                    own.push(place.own.path().clone());
                }
            }
            let mut found: Vec<SystemDirectory> = Vec::new();
            for path in self.configured.iter().chain(&built_in) {
                let Some(place) = self.directory(path)? else {
                    continue;
                };
                let real = place.own.path();
                if found.iter().any(|one| one.place.own.path() == real) {
                    continue;
                }
                found.push(SystemDirectory {
                    is_cached: !own.contains(real),
                    is_default: built_in.iter().any(|one| lies_in(path, one)),
                    place,
                });
            }
            Ok(found.into())
        })
    }

    /// A library in the system's directories, where anything else is passed
    /// over: it does not come into the cache of the loader.
    fn in_system(
        &self,
        architecture: Architecture,
        name: &[u8],
        no_default: bool,
    ) -> Result<Met, TreeError> {
        let wanted = (Within::System { no_default }, architecture, name.into());
        self.libraries.get(wanted, |_| {
            for directory in self.system(architecture)?.iter() {
                if no_default && directory.is_default {
                    continue;
                }
                if let Met::Library(library) =
                    directory.place.meet(self.tree, name, architecture)?
                    && (!directory.is_cached || is_cached_as(&library, name))
                {
                    return Ok(Met::Library(library));
                }
            }
            Ok(Met::Nothing)
        })
    }

    fn in_directory(
        &self,
        path: &[u8],
        architecture: Architecture,
        name: &[u8],
    ) -> Result<Met, TreeError> {
        let wanted = (Within::Directory(path.into()), architecture, name.into());
        self.libraries.get(wanted, |_| match self.directory(path)? {
            Some(directory) => directory.meet(self.tree, name, architecture),
            None => Ok(Met::Nothing),
        })
    }
}

/// Where one file looks for its libraries.
struct Search<'s, 't> {
    linker: &'s Linker<'t>,
    architecture: Architecture,
    own: Vec<Box<[u8]>>,
    origin: ImagePath,
    dynamic: &'s Dynamic,
}

enum Found {
    Library(Arc<Library>),
    /// By a rule of its own, which says nothing about versions.
    Elsewhere,
    Nothing,
}

impl Search<'_, '_> {
    fn find(&self, name: &[u8]) -> Result<Found, TreeError> {
        let loader = self.dynamic.interpreter.as_deref().map(last_component);
        // musl's loader is its libc, whatever that is called (ldso/dynlink.c).
        if name.starts_with(b"libc.") && loader.is_some_and(|one| one.starts_with(b"ld-musl-")) {
            return Ok(Found::Elsewhere);
        }
        if name.contains(&b'/') {
            return self.find_path(name);
        }
        for directory in &self.own {
            match self
                .linker
                .in_directory(directory, self.architecture, name)?
            {
                Met::Library(library) => return Ok(Found::Library(library)),
                Met::Nothing => {}
                Met::End => break,
                Met::NoLibrary => return Ok(Found::Nothing),
            }
        }
        let no_default = self.dynamic.no_default_directories;
        Ok(
            match self.linker.in_system(self.architecture, name, no_default)? {
                Met::Library(library) => Found::Library(library),
                // It is loaded already, wherever it stands.
                _ if loader == Some(name) => Found::Elsewhere,
                _ => Found::Nothing,
            },
        )
    }

    /// A library by its path.
    fn find_path(&self, name: &[u8]) -> Result<Found, TreeError> {
        for path in alternatives(name, self.origin.as_bytes(), self.architecture) {
            if !path.starts_with(b"/") {
                // It depends on the working directory.
                return Ok(Found::Elsewhere);
            }
            if let Met::Library(library) = follow(self.linker.tree, &path, self.architecture)? {
                return Ok(Found::Library(library));
            }
        }
        Ok(Found::Nothing)
    }
}

fn last_component(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

/// Whether a configured directory is a built-in one or lies in it.
fn lies_in(path: &[u8], built_in: &[u8]) -> bool {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    let rest = path.strip_prefix(built_in);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// Whether `ldconfig` makes a library known by a name: it takes files that are
/// called like libraries, by the names they have themselves (`ldconfig(8)`).
fn is_cached_as(library: &Library, name: &[u8]) -> bool {
    let is_called = name.starts_with(b"lib") || name.starts_with(b"ld-");
    let is_library = is_called && name.windows(3).any(|part| part == b".so");
    is_library && library.soname.as_deref().is_none_or(|own| own == name)
}
