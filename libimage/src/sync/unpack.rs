//! [`Unpacked`]: an archive as a source, unpacked beside the target.
//!
//! A sync takes files in the order of directories and on several threads, and
//! of an archive they come in whatever order it has. So it is imported first, as
//! any archive is, into a private directory, and goes when the sync is done.

use super::site::Site;
use crate::import::{self, ImportError, import};
use crate::monitor::{Monitor, Silent};
use crate::source::Source;
use crate::tree::{LiveTree, TreeError, Want};
use crate::writer::{Destination, WriteError, remove_tree};

/// The name of the tree in its private directory.
const TREE: &str = "tree";

/// An archive that is unpacked; it is removed when this is dropped.
pub struct Unpacked<'s> {
    site: &'s Site,
    tree: Option<LiveTree>,
}

impl Unpacked<'_> {
    /// The tree.
    pub fn tree(&self) -> &LiveTree {
        self.tree.as_ref().expect("there from the beginning")
    }
}

impl Site {
    /// Imports an archive into a private directory beside the tree.
    ///
    /// # Errors
    ///
    /// An [`ImportError`]; nothing is left then.
    pub fn unpack(
        &self,
        source: Source,
        options: &import::Options,
        monitor: &dyn Monitor,
    ) -> Result<Unpacked<'_>, ImportError> {
        let (private, name) = self.unpacked();
        let label = crate::error::show(source.name().as_ref()).to_string();
        private.create_directory(&name).map_err(WriteError::from)?;
        let mut unpacked = Unpacked {
            site: self,
            tree: None,
        };
        let path = private.shown(&name).join(TREE);
        let destination = Destination::new(&path)?;
        import(source, &destination, options, monitor)?;
        let root = crate::root::Root::open(&path, crate::root::Mounts::Stay);
        let root = root.map_err(TreeError::from)?;
        unpacked.tree = Some(LiveTree::new(root, Want::All, label));
        Ok(unpacked)
    }
}

impl Drop for Unpacked<'_> {
    fn drop(&mut self) {
        let (private, name) = self.site.unpacked();
        // What stays behind the next sync of this tree removes.
        let _ = remove_tree(private, &name, &Silent);
    }
}
