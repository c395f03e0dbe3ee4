//! [`HeadTree`]: an archive's tree in which the first bytes of files can be
//! read, though nothing is unpacked.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use crate::archive::Heads;
use crate::digest::Digest;
use crate::entry::{Entry, LinkGroup};
use crate::inspect::{HEAD_BYTES, MAGIC};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Directory, RecordId, RecordedTree, Records, Tree, TreeError};

/// First bytes of files, as far as they may tell what a tree is for.
#[derive(Default)]
pub(super) struct Keeper {
    kept: HashMap<RecordId, Box<[u8]>>,
    /// Whether the file asked about last may be kept for more than its header.
    long: bool,
    /// Bytes of those that were.
    spent: usize,
}

/// What is kept of kernels and of files that may name the distribution: as
/// much as inspecting them reads.
const LONG: usize = 64 * 1024;

/// Bytes of longer heads altogether. A tree has few such files; of one that
/// has thousands the rest is kept like any other file.
const MOST: usize = 16 << 20;

impl Heads for Keeper {
    fn wanted(&mut self, path: &ImagePath) -> usize {
        let name = path.file_name().unwrap_or_default();
        let may_be_long = path.as_bytes().starts_with(b"boot/")
            || name.starts_with(b"vmlinu")
            || name.windows(7).any(|part| part == b"release");
        self.long = may_be_long && self.spent < MOST;
        if self.long { LONG } else { HEAD_BYTES }
    }

    fn take(&mut self, id: RecordId, head: Vec<u8>) {
        if self.long {
            self.spent += head.len();
        }
        if self.long || head.starts_with(MAGIC) {
            self.kept.insert(id, head.into());
        }
    }
}

/// A recorded tree whose files end after their first bytes.
///
/// It is for inspecting alone: of a file that is neither ELF, nor a kernel,
/// nor names a distribution, nothing can be read, as if it were empty.
pub struct HeadTree {
    tree: RecordedTree,
    heads: Arc<ByInode>,
}

struct ByInode {
    kept: HashMap<RecordId, Box<[u8]>>,
    /// The name under which an inode of several names was kept.
    leaders: HashMap<LinkGroup, RecordId>,
}

impl HeadTree {
    pub(super) fn new(tree: RecordedTree, heads: Keeper) -> Self {
        let records = tree.records();
        let leader = |&id: &RecordId| Some((records.link(id)?, id));
        let leaders = heads.kept.keys().filter_map(leader).collect();
        let kept = heads.kept;
        Self {
            heads: Arc::new(ByInode { kept, leaders }),
            tree,
        }
    }

    /// The tree as it is recorded, without any content.
    pub fn recorded(&self) -> &RecordedTree {
        &self.tree
    }
}

impl Tree for HeadTree {
    fn label(&self) -> String {
        self.tree.label()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (entry, directory) = self.tree.root()?;
        let directory = HeadDirectory {
            tree: self.tree.clone(),
            heads: self.heads.clone(),
            directory,
            id: Records::ROOT,
        };
        Ok((entry, Arc::new(directory)))
    }
}

struct HeadDirectory {
    tree: RecordedTree,
    heads: Arc<ByInode>,
    directory: Arc<dyn Directory>,
    id: RecordId,
}

impl HeadDirectory {
    fn head(&self, name: &[u8]) -> Option<&[u8]> {
        let records = self.tree.records();
        let id = records.child(self.id, name)?;
        let leader = || self.heads.leaders.get(&records.link(id)?);
        let kept = &self.heads.kept;
        kept.get(&id)
            .or_else(|| kept.get(leader()?))
            .map(|head| &**head)
    }
}

impl Directory for HeadDirectory {
    fn path(&self) -> &ImagePath {
        self.directory.path()
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        self.directory.entries(monitor)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        self.directory.lookup(name)
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let opened = self.directory.directory(name)?;
        let id = self.tree.records().child(self.id, name);
        Ok(opened.zip(id).map(|(directory, id)| {
            Arc::new(Self {
                tree: self.tree.clone(),
                heads: self.heads.clone(),
                directory,
                id,
            }) as Arc<dyn Directory>
        }))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        let head = self.head(name).unwrap_or_default();
        Ok(Box::new(Cursor::new(head.to_vec())))
    }

    fn digest(&self, entry: &Entry, monitor: &dyn Monitor) -> Result<Digest, TreeError> {
        self.directory.digest(entry, monitor)
    }
}

#[cfg(test)]
mod tests {
    use fixtures::archive::{Options, write};
    use fixtures::image::{Arch, Distro, software_image};
    use fixtures::tree::Node;

    use super::super::{Opened, open};
    use super::*;
    use crate::archive::Limits;
    use crate::inspect::{Architecture, Facts};
    use crate::monitor::Silent;
    use crate::tree::{LiveTree, Want};
    use crate::verify;

    #[test]
    fn an_archive_shows_what_its_tree_would_show() {
        let spec = software_image(Arch::Aarch64, Distro::Debian12)
            .with(Node::hard_link("usr/bin/again", "usr/bin/bash"));
        let dir = tempfile::tempdir().expect("makes");
        let (archive, live) = (dir.path().join("a.tar"), dir.path().join("tree"));
        let mut out = crate::output::OutputFile::create(&archive).expect("creates");
        std::io::Write::write_all(&mut out, &write(&spec, Options::gnu_tar())).expect("writes");
        out.publish().expect("publishes");
        spec.create(&live, fixtures::tree::Privilege::current());

        let opened = open(&archive, Want::All, &Limits::default(), &Silent).expect("readable");
        assert!(matches!(opened, Opened::Archive(_)));
        let live = LiveTree::open(&live, Want::All).expect("opens");
        let facts = |tree: &dyn Tree| {
            let census = verify::census(tree, 1, &Silent).expect("readable");
            Facts::of_tree_metadata(tree, census, &Silent).expect("readable")
        };
        let seen = facts(opened.heads().expect("an archive has content"));
        assert_eq!(seen, facts(&live));
        assert_eq!(seen.arch, Some(Architecture::AARCH64));
        assert!(seen.distro.is_some() && seen.kernels[0].boot.is_some());
    }
}
