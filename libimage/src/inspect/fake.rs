//! A tree in memory, for the tests of what reads trees.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use super::{Architecture, Census, Class, Endian, Facts, HEAD_BYTES};
use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{Entry, Kind, Metadata, Timestamp, Xattrs};
use crate::error::SysError;
use crate::monitor::{Monitor, Silent};
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, Tree, TreeError};

/// The header of a shared library, and nothing behind it.
pub(crate) fn elf_header(architecture: Architecture) -> Vec<u8> {
    let wide = architecture.class == Class::Elf64;
    let big = architecture.data == Endian::Big;
    let size: u16 = if wide { 64 } else { 52 };
    let mut header = vec![0; size.into()];
    let half = |value: u16| {
        if big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    header[..7].copy_from_slice(&[
        0x7f,
        b'E',
        b'L',
        b'F',
        if wide { 2 } else { 1 },
        if big { 2 } else { 1 },
        1,
    ]);
    header[16..18].copy_from_slice(&half(3));
    header[18..20].copy_from_slice(&half(architecture.machine.0));
    header[if big { 23 } else { 20 }] = 1;
    let ehsize = if wide { 52 } else { 40 };
    header[ehsize..ehsize + 2].copy_from_slice(&half(size));
    header
}

#[derive(Clone)]
enum Node {
    Directory,
    File(Vec<u8>),
    Symlink(Vec<u8>),
    Fifo,
    /// A file that cannot be opened.
    Closed(rustix::io::Errno),
}

/// Directories, files and symlinks by path.
#[derive(Clone, Default)]
pub(crate) struct FakeTree(BTreeMap<ImagePath, Node>);

impl FakeTree {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn with(mut self, path: &str, node: Node) -> Self {
        let path = ImagePath::new(path.as_bytes()).expect("a valid path");
        let mut parent = path.parent();
        while let Some(directory) = parent.filter(|parent| !parent.is_root()) {
            parent = directory.parent();
            self.0.entry(directory).or_insert(Node::Directory);
        }
        self.0.insert(path, node);
        self
    }

    pub(crate) fn file(self, path: &str, bytes: &[u8]) -> Self {
        self.with(path, Node::File(bytes.to_vec()))
    }

    pub(crate) fn elf(self, path: &str, architecture: Architecture) -> Self {
        self.with(path, Node::File(elf_header(architecture)))
    }

    pub(crate) fn directory(self, path: &str) -> Self {
        self.with(path, Node::Directory)
    }

    pub(crate) fn symlink(self, path: &str, target: &str) -> Self {
        self.with(path, Node::Symlink(target.into()))
    }

    pub(crate) fn fifo(self, path: &str) -> Self {
        self.with(path, Node::Fifo)
    }

    /// The facts of this tree, as a walk over it would find them.
    pub(crate) fn facts(&self) -> Facts {
        let mut census = Census::default();
        for (path, node) in &self.0 {
            match node {
                Node::File(bytes) => census.record(path, &bytes[..bytes.len().min(HEAD_BYTES)]),
                Node::Closed(errno) => census.record_unreadable(path, errno.to_string()),
                _ => {}
            }
        }
        Facts::of_tree_metadata(self, census, &Silent).expect("a fake tree is readable")
    }

    pub(crate) fn closed(self, path: &str, errno: rustix::io::Errno) -> Self {
        self.with(path, Node::Closed(errno))
    }
}

struct FakeDirectory {
    nodes: Arc<BTreeMap<ImagePath, Node>>,
    path: ImagePath,
}

fn entry(name: &[u8], node: &Node) -> Entry {
    Entry {
        name: name.into(),
        kind: match node {
            Node::Directory => Kind::Directory,
            Node::File(bytes) => Kind::File {
                size: bytes.len() as u64,
            },
            Node::Symlink(target) => Kind::Symlink {
                target: target.as_slice().into(),
            },
            Node::Fifo => Kind::Fifo,
            Node::Closed(_) => Kind::File { size: 1000 },
        },
        metadata: Metadata {
            mode: 0o644,
            uid: 0,
            gid: 0,
            mtime: Timestamp::default(),
            xattrs: Xattrs::NONE,
        },
        link: None,
        content: None,
    }
}

/// A file in memory.
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).map_or(self.0.len(), |at| at.min(self.0.len()));
        let length = into.len().min(self.0.len() - start);
        into[..length].copy_from_slice(&self.0[start..start + length]);
        Ok(length)
    }
}

impl Tree for FakeTree {
    fn label(&self) -> String {
        "fake".to_owned()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let directory = FakeDirectory {
            nodes: Arc::new(self.0.clone()),
            path: ImagePath::root(),
        };
        Ok((entry(b"", &Node::Directory), Arc::new(directory)))
    }
}

impl Directory for FakeDirectory {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, _: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        let mut entries: Vec<_> = self
            .nodes
            .iter()
            .filter(|(path, _)| path.parent().as_ref() == Some(&self.path))
            .map(|(path, node)| entry(path.file_name().expect("not the root"), node))
            .collect();
        entries.sort_by(Entry::canonical_cmp);
        Ok(entries)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        let node = self.nodes.get(&self.path.join(name));
        Ok(node.map(|node| entry(name, node)))
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let path = self.path.join(name);
        assert!(matches!(self.nodes.get(&path), Some(Node::Directory)));
        let nodes = self.nodes.clone();
        Ok(Some(Arc::new(Self { nodes, path })))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        match self.nodes.get(&self.path.join(name)) {
            Some(Node::File(bytes)) => Ok(Box::new(Cursor::new(bytes.clone()))),
            Some(Node::Closed(errno)) => {
                let error = io::Error::from(*errno);
                Err(SysError::new("open", "/fake/file", error).into())
            }
            _ => panic!("only regular files are opened"),
        }
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        match self.nodes.get(&self.path.join(name)) {
            Some(Node::File(bytes)) => Ok(Box::new(Bytes(bytes.clone()))),
            _ => Err(self.open(name).err().expect("only closed files are left")),
        }
    }

    fn digest(&self, _: &Entry, _: Algorithm, _: &dyn Monitor) -> Result<ContentDigest, TreeError> {
        unreachable!("no inspection needs a digest")
    }
}
