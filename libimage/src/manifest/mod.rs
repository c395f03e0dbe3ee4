//! A tree in one file, and the digest that is a tree's identity.
//!
//! A manifest is text: a first line with the version, a line an entry in
//! canonical order, a last line that proves the file whole. The **tree
//! digest** is the BLAKE3 hash of the entry lines, newlines included; so two
//! trees have the same digest exactly if their manifests list the same.
//!
//! In the digest is what a root filesystem means: paths, kinds, sizes, the
//! digest of every content, symlink targets, device numbers, permission bits,
//! numeric owners, mtimes to the nanosecond, extended attributes with ACLs and
//! capabilities, and which names are one inode. Not in it is what depends on
//! where the tree stands or who looked at it: inode and device numbers, link
//! counts, atime, ctime and birth time, sizes of directories, holes and
//! allocation, the order in which the file system lists names.
//!
//! A **listing** is the same for who wants to compare and needs no identity:
//! digests of content may be missing, names where something is mounted are
//! listed, and so are directories of which it is not listed what is in them.
//! It proves itself whole in the same way.
//!
//! `docs/manifest-format.md` is the definition of both formats.

mod assembly;
mod build;
mod line;
mod list;
pub mod mtree;
mod read;
mod seal;
mod write;

pub use build::{BuildError, build};
pub(crate) use line::{LONGEST_LINE, parse_record, put_escaped, put_record, unescape};
pub use list::{LeftOut, list};
pub use read::{Most, ReadError, is_manifest, read, read_within};
pub use write::{ManifestWriter, Summary};

/// What the lines of a tree in a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All of the tree with its content: its digest is the tree's identity.
    Manifest,
    /// What was asked for. Its digest proves it whole and is no identity.
    Listing,
}

impl Form {
    /// The first line of this version, without its newline.
    pub(crate) fn first_line(self) -> &'static str {
        match self {
            Self::Manifest => "imgtool-manifest 1",
            Self::Listing => "imgtool-listing 1",
        }
    }

    /// The form as a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Listing => "listing",
        }
    }
}

/// The first word of the last line.
pub(crate) const LAST_WORD: &str = "end";
