//! [`Finder`]: the directories of one path after another.

use std::sync::Arc;

use crate::entry::Kind;
use crate::path::ImagePath;
use crate::tree::{Directory, Tree, TreeError};

/// A directory by its name in the one above.
type Open = (Box<[u8]>, Arc<dyn Directory>);

/// Opens the directories of paths; those that a path shares with the one
/// before stay open.
pub(super) struct Finder<'t> {
    tree: &'t dyn Tree,
    root: Option<Arc<dyn Directory>>,
    trail: Vec<Open>,
}

impl<'t> Finder<'t> {
    pub(super) fn new(tree: &'t dyn Tree) -> Self {
        Self {
            tree,
            root: None,
            trail: Vec::new(),
        }
    }

    /// The directory that holds a path, through no symlink; nothing for the
    /// root and beneath a mount.
    pub(super) fn parent(
        &mut self,
        path: &ImagePath,
    ) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        if path.is_root() {
            return Ok(None);
        }
        let root = match &self.root {
            Some(root) => root,
            None => self.root.insert(self.tree.root()?.1),
        };
        let names: Vec<_> = path.components().collect();
        let names = &names[..names.len() - 1];
        let shared = self.trail.iter().zip(names);
        let shared = shared
            .take_while(|((open, _), name)| **open == ***name)
            .count();
        self.trail.truncate(shared);
        for name in &names[shared..] {
            let above = self.trail.last().map_or(root, |(_, directory)| directory);
            let Some(directory) = above.directory(name)? else {
                return Ok(None);
            };
            self.trail.push(((*name).into(), directory));
        }
        Ok(Some(
            self.trail.last().map_or(root, |(_, last)| last).clone(),
        ))
    }

    /// What is at a path, if anything is.
    pub(super) fn kind(&mut self, path: &ImagePath) -> Result<Option<Kind>, TreeError> {
        let Some(parent) = self.parent(path)? else {
            return Ok(None);
        };
        let entry = parent.lookup(path.file_name().unwrap_or_default())?;
        Ok(entry.map(|entry| entry.kind))
    }
}
