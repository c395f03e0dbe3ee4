//! [`trees`]: the trees that are named, and those in roots.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use libimage::tree::{LiveTree, Tree as _, Want};

use crate::failure::Failure;
use crate::session::Session;

/// The trees that are named, then those in each root by name: `/cm/images` is
/// one. imgtool's own directory there is no tree, and neither is any other
/// whose name begins with a dot.
pub(crate) fn trees(
    named: &[PathBuf],
    roots: &[PathBuf],
    session: &Session,
) -> Result<Vec<PathBuf>, Failure> {
    let mut trees = named.to_vec();
    for root in roots {
        let (_, directory) = LiveTree::open(root, Want::NoXattrs)?.root()?;
        let entries = directory.entries(&session.watch)?;
        let here = entries
            .iter()
            .filter(|entry| entry.is_directory() && !entry.name.starts_with(b"."))
            .map(|entry| root.join(OsStr::from_bytes(&entry.name)));
        trees.extend(here);
    }
    Ok(trees)
}
