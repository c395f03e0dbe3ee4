//! Following a path through a tree's own symlinks, as a chroot would.

use std::sync::Arc;

use super::{Directory, Tree, TreeError};
use crate::entry::{Entry, Kind};
use crate::path::ImagePath;

/// Where a path led.
pub struct Resolved {
    /// The path without any symlink in it.
    pub path: ImagePath,
    /// The entry there; never a symlink.
    pub entry: Entry,
    /// The directory that holds the entry; the root itself for the root.
    pub parent: Arc<dyn Directory>,
}

/// As many symlinks as Linux follows on one path (`path_resolution(7)`).
const MAX_SYMLINKS: usize = 40;

/// Follows `path` inside `tree`: absolute symlinks start again at the tree's
/// root, and `..` stops there, exactly as in a chroot. Nothing outside the
/// tree is ever looked at. Answers nothing if a component does not exist.
///
/// # Errors
///
/// [`TreeError::Unresolved`] where symlinks form a circle or a component that
/// should be a directory is none; others if the tree cannot be read.
pub fn resolve(tree: &dyn Tree, path: &[u8]) -> Result<Option<Resolved>, TreeError> {
    let unresolved = |reason| TreeError::Unresolved {
        path: ImagePath::new(path).map_or_else(
            |_| crate::escape::Escaped(path).to_string(),
            |path| path.to_string(),
        ),
        reason,
    };
    let (root_entry, root) = tree.root()?;
    let mut trail: Vec<(Arc<dyn Directory>, Entry)> = vec![(root.clone(), root_entry)];
    let mut rest: Vec<Box<[u8]>> = split_reversed(path);
    let mut followed = 0;
    while let Some(name) = rest.pop() {
        match &*name {
            b"" | b"." => continue,
            b".." => {
                if trail.len() > 1 {
                    trail.pop();
                }
                continue;
            }
            _ => {}
        }
        let (directory, _) = trail.last().expect("the root is never popped");
        let Some(entry) = directory.lookup(&name)? else {
            return Ok(None);
        };
        match &entry.kind {
            Kind::Symlink { target } => {
                followed += 1;
                if followed > MAX_SYMLINKS {
                    return Err(unresolved("too many symlinks"));
                }
                if target.first() == Some(&b'/') {
                    trail.truncate(1);
                }
                rest.extend(split_reversed(target));
            }
            Kind::Mount => return Ok(None),
            Kind::Directory => {
                let Some(next) = directory.directory(&name)? else {
                    return Ok(None);
                };
                trail.push((next, entry));
            }
            _ if rest.iter().all(|name| name.is_empty()) => {
                return Ok(Some(Resolved {
                    path: directory.path().join(&name),
                    parent: directory.clone(),
                    entry,
                }));
            }
            _ => return Err(unresolved("a component is not a directory")),
        }
    }
    let (directory, entry) = trail.pop().expect("the root is never popped");
    Ok(Some(Resolved {
        path: directory.path().clone(),
        parent: trail.pop().map_or(root, |(parent, _)| parent),
        entry,
    }))
}

fn split_reversed(path: &[u8]) -> Vec<Box<[u8]>> {
    path.split(|&byte| byte == b'/')
        .rev()
        .map(Into::into)
        .collect()
}
