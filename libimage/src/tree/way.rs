//! [`Way`]: the directories from the root of a tree to where work goes on.

use std::sync::Arc;

use rustix::io::Errno;

use super::{Directory, Tree, TreeError};
use crate::path::ImagePath;

/// Opens directories by path, those above the last one being open already: in the
/// order of a tree each is opened once, and no more handles are held than a path
/// has components.
pub(crate) struct Way<'t> {
    tree: &'t dyn Tree,
    open: Vec<Arc<dyn Directory>>,
}

impl<'t> Way<'t> {
    pub(crate) fn new(tree: &'t dyn Tree) -> Self {
        Self {
            tree,
            open: Vec::new(),
        }
    }

    /// Goes to a directory, which was one when the tree was walked.
    ///
    /// # Errors
    ///
    /// A [`TreeError`]: [`TreeError::Changed`] if it is none by now.
    pub(crate) fn to(&mut self, path: &ImagePath) -> Result<Arc<dyn Directory>, TreeError> {
        while let Some(last) = self.open.last()
            && !path.starts_with(last.path())
        {
            self.open.pop();
        }
        let mut at = match self.open.last() {
            Some(last) => last.clone(),
            None => self.tree.root()?.1,
        };
        if self.open.is_empty() {
            self.open.push(at.clone());
        }
        for name in path.components().skip(self.open.len() - 1) {
            let changed = || changed(&at.path().join(name), &self.tree.label());
            at = match at.directory(name) {
                Ok(Some(below)) => below,
                // Something was mounted there since.
                Ok(None) => return Err(changed()),
                Err(error) if is_about_another(&error) => return Err(changed()),
                Err(error) => return Err(error),
            };
            self.open.push(at.clone());
        }
        Ok(at)
    }
}

/// Whether an error says that a name is nothing now, or something else.
pub(crate) fn is_about_another(error: &TreeError) -> bool {
    let answers = [
        Errno::NOENT,
        Errno::NOTDIR,
        Errno::LOOP,
        Errno::INVAL,
        Errno::XDEV,
        Errno::STALE,
    ];
    matches!(error, TreeError::Sys(error) if answers.iter().any(|&errno| error.is(errno)))
}

/// That an entry is not as it was listed.
pub(crate) fn changed(path: &ImagePath, tree: &str) -> TreeError {
    TreeError::Changed {
        path: format!("`{path}` of {tree}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Entry, Kind, Metadata};
    use crate::tree::{RecordedTree, Records};

    #[test]
    fn a_way_leads_up_and_down() {
        let mut records = Records::new(Metadata::default());
        let mut add = |parent, name: &[u8], kind| {
            let entry = Entry {
                name: name.into(),
                kind,
                metadata: Metadata::default(),
                link: None,
                content: None,
            };
            records.insert(parent, entry).expect("a new name")
        };
        let a = add(Records::ROOT, b"a", Kind::Directory);
        add(a, b"b", Kind::Directory);
        add(Records::ROOT, b"a-b", Kind::Directory);
        let tree = RecordedTree::new(records, "`tree`".to_owned());
        let mut way = Way::new(&tree);
        for text in ["a/b", "a", "", "a-b", "a/b"] {
            let path = ImagePath::new(text.as_bytes()).expect("valid");
            let directory = way.to(&path).expect("it is there");
            assert_eq!(*directory.path(), path);
            assert_eq!(way.open.len(), path.depth() + 1, "{text}");
        }
    }
}
