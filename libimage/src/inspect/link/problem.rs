//! What is found out about the links of one file.

use crate::inspect::Requirement;
use crate::path::ImagePath;

/// Why a program would not start, or a library not load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkProblem {
    /// The program that is to load it, `PT_INTERP`, is not there, or is for
    /// another architecture.
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
