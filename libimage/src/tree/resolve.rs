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

/// Longest target of a symlink in bytes, as for symlink(2): `PATH_MAX` with its
/// NUL. One that is longer is in no tree on a disk but may be in a manifest, and
/// would take much memory to follow.
const LONGEST_TARGET: usize = 4095;

/// Follows `path` inside `tree`: absolute symlinks start again at the tree's
/// root, and `..` stops there, exactly as in a chroot. Nothing outside the
/// tree is ever looked at. Answers nothing if a component does not exist.
///
/// # Errors
///
/// [`TreeError::Unresolved`] where symlinks form a circle, are longer than any on
/// a disk, or a component that should be a directory is none; others if the tree
/// cannot be read.
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
                if target.len() > LONGEST_TARGET {
                    return Err(unresolved("the target of a symlink is too long"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::fake::FakeTree;

    #[test]
    fn targets_are_followed_as_far_as_a_path_may_be_long() {
        let dots = "./".repeat(2046);
        let tree = FakeTree::new()
            .file("dir/file", b"")
            .symlink("long", &format!("{dots}dir"))
            .symlink("longer", &format!("{dots}dir/"))
            .symlink("circle", "circle/x");
        for (path, expected) in [
            ("long/file", Ok("dir/file")),
            (
                "longer/file",
                Err("longer/file cannot be followed: the target of a symlink is too long"),
            ),
            (
                "circle",
                Err("circle cannot be followed: too many symlinks"),
            ),
        ] {
            let found = resolve(&tree, path.as_bytes()).map_err(|error| error.to_string());
            let found = found.map(|found| found.expect("it is there").path.to_string());
            let found = found.as_deref().map_err(String::as_str);
            assert_eq!(found, expected, "{path}");
        }
    }
}
