//! [`Trail`]: the directories of a tree, one after the other in its order.

use std::sync::Arc;

use crate::path::ImagePath;
use crate::tree::{Directory, Tree, TreeError};

/// Opens directories by path, those above the last one being open already: in
/// the order of a tree each is opened once. So no more handles are held than a
/// path has components.
pub(super) struct Trail<'t> {
    tree: &'t dyn Tree,
    open: Vec<Arc<dyn Directory>>,
}

impl<'t> Trail<'t> {
    pub(super) fn new(tree: &'t dyn Tree) -> Self {
        Self {
            tree,
            open: Vec::new(),
        }
    }

    /// The directory at `path`, which was one when the tree was walked.
    pub(super) fn directory(&mut self, path: &ImagePath) -> Result<&dyn Directory, TreeError> {
        while let Some(last) = self.open.last()
            && !path.starts_with(last.path())
        {
            self.open.pop();
        }
        if self.open.is_empty() {
            self.open.push(self.tree.root()?.1);
        }
        let known = self.open.len() - 1;
        for name in path.components().skip(known) {
            let above = self.open.last().expect("the root is there");
            let next = above.directory(name)?;
            let next = next.ok_or_else(|| TreeError::Changed {
                path: above.path().join(name).to_string(),
            })?;
            self.open.push(next);
        }
        Ok(&**self.open.last().expect("the root is there"))
    }
}
