//! [`Links`]: what the files of a tree lack to be run, counted.

use std::collections::{BTreeMap, HashSet};

use super::LinkProblem;
use crate::inspect::{Architecture, Dynamic, Marks, Place, Tally};
use crate::path::ImagePath;

/// How many different lacks are kept apart; a hostile tree could make every
/// file another. Whatever comes then is counted together.
const MOST_LACKS: usize = 4096;

/// How many names of libraries are remembered.
const MOST_NAMES: usize = 1 << 18;

/// Libraries whose versions tell how new a system must be.
const FAMILIES: [&str; 2] = ["GLIBC", "GLIBCXX"];

/// What some files lack, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lacking {
    /// What is not there.
    pub problem: LinkProblem,
    /// Where the files stand.
    pub place: Place,
    /// What they are for; nothing for scripts.
    pub architecture: Option<Architecture>,
    /// Who lacks it.
    pub role: Role,
    /// Which patterns their paths match.
    pub marks: Marks,
}

/// What a file is to others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A program, or a script.
    Program,
    /// A library by the name that others need it by, or a plugin.
    Library(Option<Box<[u8]>>),
}

/// The newest version of a family that any file needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// The version, as the files name it: `GLIBC_2.38`.
    pub version: String,
    number: Vec<u32>,
    /// One that needs it, the first by path.
    pub path: ImagePath,
}

impl Newest {
    /// Whether it is newer than a version of its family.
    pub fn is_newer_than(&self, version: &[u32]) -> bool {
        self.number.as_slice() > version
    }

    /// Whether it is a version of glibc.
    pub fn is_glibc(&self) -> bool {
        self.version.starts_with("GLIBC_")
    }
}

/// What was found out about the links of a tree, in memory that does not grow
/// with the number of its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    lacking: BTreeMap<Lacking, Tally>,
    beyond: Tally,
    names: HashSet<Box<[u8]>>,
    needed: HashSet<Box<[u8]>>,
    newest: BTreeMap<(Architecture, &'static str), Newest>,
    unreadable: Tally<String>,
    /// What the system's own libraries define.
    offered: BTreeMap<&'static str, String>,
    /// What they were looked for in; nothing where a shared tree was looked at
    /// without the image that mounts it.
    pub searched: Option<String>,
    /// Whether that has a C library for the tree's architecture.
    pub has_libc: bool,
}

impl Links {
    /// The same without what any file lacks.
    #[must_use]
    pub fn without_lacks(&self) -> Self {
        Self {
            lacking: BTreeMap::new(),
            beyond: Tally::default(),
            unreadable: Tally::default(),
            ..self.clone()
        }
    }

    /// Counts a file that lacks something.
    pub fn record(&mut self, path: &ImagePath, lacking: Lacking) {
        if self.lacking.len() < MOST_LACKS || self.lacking.contains_key(&lacking) {
            self.lacking.entry(lacking).or_default().add(path, ());
        } else {
            self.beyond.add(path, ());
        }
    }

    /// Notes what a file needs, whether that is there or not.
    pub fn note_needs(&mut self, path: &ImagePath, of: Architecture, dynamic: &Dynamic) {
        for name in &dynamic.needed {
            if self.needed.len() < MOST_NAMES && !self.needed.contains(name) {
                self.needed.insert(name.clone());
            }
        }
        for requirement in &dynamic.requires {
            let Some((family, number)) = version_number(&requirement.version) else {
                continue;
            };
            // Of equal ones the first by path, in whatever order they come.
            let newer = self.newest.get(&(of, family)).is_none_or(|known| {
                number > known.number || (number == known.number && *path < known.path)
            });
            if newer {
                let version = String::from_utf8_lossy(&requirement.version).into_owned();
                let path = path.clone();
                self.newest.insert(
                    (of, family),
                    Newest {
                        version,
                        number,
                        path,
                    },
                );
            }
        }
    }

    /// Notes that there is a library of this name somewhere.
    pub fn note_name(&mut self, name: &[u8]) {
        let is_library = name.windows(3).any(|part| part == b".so");
        if is_library && self.names.len() < MOST_NAMES && !self.names.contains(name) {
            self.names.insert(name.into());
        }
    }

    /// Notes a file whose links could not be read, and why.
    pub fn record_unreadable(&mut self, path: &ImagePath, reason: String) {
        self.unreadable.add(path, reason);
    }

    /// Notes the newest version of each family that the system's libraries
    /// define.
    pub fn note_offered<'a>(&mut self, versions: impl Iterator<Item = &'a [u8]>) {
        let mut newest: BTreeMap<&'static str, (Vec<u32>, String)> = BTreeMap::new();
        for version in versions {
            let Some((family, number)) = version_number(version) else {
                continue;
            };
            let known = newest.entry(family).or_default();
            if number > known.0 {
                *known = (number, String::from_utf8_lossy(version).into_owned());
            }
        }
        let offered = newest
            .into_iter()
            .map(|(family, (_, version))| (family, version));
        self.offered.extend(offered);
    }

    /// All that files lack, with how many they are.
    pub fn lacking(&self) -> impl Iterator<Item = (&Lacking, &Tally)> {
        self.lacking.iter()
    }

    /// Files that lack still other things than are kept apart.
    pub fn beyond(&self) -> &Tally {
        &self.beyond
    }

    /// Files whose links could not be read.
    pub fn unreadable(&self) -> &Tally<String> {
        &self.unreadable
    }

    /// Whether a library of this name stands anywhere in the tree.
    pub fn has_name(&self, name: &[u8]) -> bool {
        self.names.contains(name)
    }

    /// Whether any file needs a library of this name.
    pub fn is_needed(&self, name: &[u8]) -> bool {
        self.needed.contains(name)
    }

    /// The newest versions that files of an architecture need.
    pub fn newest(&self, of: Architecture) -> impl Iterator<Item = &Newest> {
        self.newest
            .iter()
            .filter(move |((one, _), _)| *one == of)
            .map(|(_, newest)| newest)
    }

    /// The newest versions that the system's own libraries define: `GLIBC_2.36`.
    pub fn offered(&self) -> impl Iterator<Item = &str> {
        self.offered.values().map(String::as_str)
    }
}

/// The family of a version and its numbers: `GLIBC_2.34`.
fn version_number(version: &[u8]) -> Option<(&'static str, Vec<u32>)> {
    let version = std::str::from_utf8(version).ok()?;
    let (name, number) = version.split_once('_')?;
    let family = FAMILIES.into_iter().find(|family| *family == name)?;
    let numbers: Result<_, _> = number.split('.').map(str::parse).collect();
    Some((family, numbers.ok()?))
}

/// The highest of the versions that belong to the same family as `like`.
pub(super) fn highest_like<'a>(
    like: &[u8],
    versions: impl Iterator<Item = &'a [u8]>,
) -> Option<&'a [u8]> {
    let family = |version: &[u8]| {
        let end = version.iter().rposition(|&byte| byte == b'_')?;
        Some(version[..end].to_vec())
    };
    let number = |version: &[u8]| -> Option<Vec<u32>> {
        let text = std::str::from_utf8(version).ok()?;
        text.rsplit('_')
            .next()?
            .split('.')
            .map(|part| part.parse().ok())
            .collect()
    };
    let wanted = family(like)?;
    versions
        .filter(|version| family(version).as_ref() == Some(&wanted))
        .filter_map(|version| Some((number(version)?, version)))
        .max()
        .map(|(_, version)| version)
}
