//! A tree of the fixtures as a [`Tree`] in memory: with any owner, with mount
//! points and with what may not be read, whoever runs the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::sync::Arc;

use fixtures::tree::{Kind as NodeKind, Node, TreeSpec};
use rustix::io::Errno;

use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{DeviceNumber, Entry, Kind, Metadata, Timestamp, Xattrs};
use crate::error::SysError;
use crate::inspect::fake::Bytes;
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, Tree, TreeError};

#[derive(Clone, Default)]
pub(super) struct SpecTree(Arc<Nodes>);

#[derive(Clone, Default)]
struct Nodes {
    by_path: BTreeMap<Vec<u8>, Node>,
    mounted: BTreeSet<Vec<u8>>,
    closed: BTreeSet<Vec<u8>>,
}

impl SpecTree {
    pub(super) fn new(spec: &TreeSpec) -> Self {
        let mut tree = Nodes::default();
        for node in &spec.nodes {
            let mut leader = spec.leader(node).clone();
            leader.path.clone_from(&node.path);
            let mut above = fixtures::tree::parent(&node.path);
            while !above.is_empty() {
                let directory = || Node::dir(above);
                tree.by_path.entry(above.to_vec()).or_insert_with(directory);
                above = fixtures::tree::parent(above);
            }
            tree.by_path.insert(node.path.clone(), leader);
        }
        tree.by_path.entry(Vec::new()).or_insert(Node::dir(""));
        Self(Arc::new(tree))
    }

    /// With something mounted there.
    pub(super) fn mounted(mut self, path: &str) -> Self {
        Arc::make_mut(&mut self.0).mounted.insert(path.into());
        self
    }

    /// With a directory or a file that may not be read.
    pub(super) fn closed(mut self, path: &str) -> Self {
        Arc::make_mut(&mut self.0).closed.insert(path.into());
        self
    }
}

impl Nodes {
    fn entry(&self, node: &Node) -> Entry {
        let name = node.path.rsplit(|byte| *byte == b'/').next();
        let number = |major, minor| DeviceNumber { major, minor };
        let kind = match &node.kind {
            _ if self.mounted.contains(&node.path) => Kind::Mount,
            NodeKind::File { .. } => Kind::File {
                size: content(node).len() as u64,
            },
            NodeKind::Dir => Kind::Directory,
            NodeKind::Symlink(target) => Kind::Symlink {
                target: target.as_slice().into(),
            },
            NodeKind::Fifo => Kind::Fifo,
            NodeKind::Socket => Kind::Socket,
            NodeKind::CharDevice(major, minor) => Kind::CharDevice(number(*major, *minor)),
            NodeKind::BlockDevice(major, minor) => Kind::BlockDevice(number(*major, *minor)),
            NodeKind::HardLink(_) => unreachable!("they were replaced by what they name"),
        };
        let xattrs = node.xattrs.iter();
        let pair = |(name, value): &(Vec<u8>, Vec<u8>)| (name[..].into(), value[..].into());
        Entry {
            name: name.unwrap_or_default().into(),
            kind,
            metadata: Metadata {
                mode: u16::try_from(node.mode).expect("permission bits"),
                uid: node.uid,
                gid: node.gid,
                mtime: Timestamp::default(),
                xattrs: Xattrs::new(xattrs.map(pair).collect()),
            },
            link: None,
            content: None,
        }
    }
}

/// The content of a file with its holes as zeros.
fn content(node: &Node) -> Vec<u8> {
    match &node.kind {
        NodeKind::File { content, holes } => match holes {
            Some(holes) => holes.expand(content),
            None => content.clone(),
        },
        _ => Vec::new(),
    }
}

impl Tree for SpecTree {
    fn label(&self) -> String {
        "`spec`".to_owned()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let directory = SpecDirectory {
            tree: self.0.clone(),
            path: ImagePath::root(),
        };
        let root = self.0.entry(&self.0.by_path[&b""[..]]);
        Ok((root, Arc::new(directory)))
    }
}

struct SpecDirectory {
    tree: Arc<Nodes>,
    path: ImagePath,
}

impl SpecDirectory {
    fn node(&self, name: &[u8]) -> Option<&Node> {
        self.tree.by_path.get(self.path.join(name).as_bytes())
    }

    fn check(&self, path: &ImagePath) -> Result<(), TreeError> {
        if self.tree.closed.contains(path.as_bytes()) {
            let error = SysError::new("open", path.to_string(), Errno::ACCESS);
            return Err(error.into());
        }
        Ok(())
    }

    fn bytes(&self, name: &[u8]) -> Result<Vec<u8>, TreeError> {
        self.check(&self.path.join(name))?;
        Ok(content(self.node(name).expect("it was listed")))
    }
}

impl Directory for SpecDirectory {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, _: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        self.check(&self.path)?;
        let mut entries: Vec<_> = self
            .tree
            .by_path
            .values()
            .filter(|node| !node.path.is_empty())
            .filter(|node| fixtures::tree::parent(&node.path) == self.path.as_bytes())
            .map(|node| self.tree.entry(node))
            .collect();
        entries.sort_by(Entry::canonical_cmp);
        Ok(entries)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        Ok(self.node(name).map(|node| self.tree.entry(node)))
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let path = self.path.join(name);
        self.check(&path)?;
        let tree = self.tree.clone();
        Ok(Some(Arc::new(Self { tree, path })))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        Ok(Box::new(Cursor::new(self.bytes(name)?)))
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        Ok(Box::new(Bytes(self.bytes(name)?)))
    }

    fn digest(&self, _: &Entry, _: Algorithm, _: &dyn Monitor) -> Result<ContentDigest, TreeError> {
        unreachable!("no check needs a digest")
    }

    fn allocated(&self, entry: &Entry) -> Result<Option<u64>, TreeError> {
        let node = self.node(&entry.name).expect("it was listed");
        Ok(match &node.kind {
            NodeKind::File { content, .. } => Some(content.len() as u64),
            _ => Some(0),
        })
    }
}
