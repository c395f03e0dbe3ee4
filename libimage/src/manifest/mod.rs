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
//! `docs/manifest-format.md` is the format's definition.

mod build;
mod line;
pub mod mtree;
mod read;
mod write;

pub use build::{BuildError, build};
pub use read::{ReadError, is_manifest, read};
pub use write::{ManifestWriter, Summary};

/// The first line of every manifest of this version, without its newline.
pub(crate) const FIRST_LINE: &str = "imgtool-manifest 1";

/// The first word of the last line.
pub(crate) const LAST_WORD: &str = "end";
