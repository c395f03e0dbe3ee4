//! A tree of a few files in memory, which can be read in any order.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use libimage::digest::{Algorithm, ContentDigest};
use libimage::entry::{Entry, Kind, Metadata, Timestamp, Xattrs};
use libimage::monitor::Monitor;
use libimage::path::ImagePath;
use libimage::tree::{Directory, ReadAt, Tree, TreeError};

/// Files by path.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Arc<Vec<(ImagePath, Vec<u8>)>>);

impl Shelf {
    /// A tree with these files.
    pub fn new(files: &[(&str, &[u8])]) -> Self {
        let file = |(path, bytes): &(&str, &[u8])| {
            let path = ImagePath::new(path.as_bytes()).expect("a valid path");
            (path, bytes.to_vec())
        };
        Self(Arc::new(files.iter().map(file).collect()))
    }

    fn content(&self, path: &ImagePath) -> Option<&Vec<u8>> {
        let found = self.0.iter().find(|(known, _)| known == path);
        found.map(|(_, bytes)| bytes)
    }
}

fn entry(name: &[u8], kind: Kind) -> Entry {
    Entry {
        name: name.into(),
        kind,
        metadata: Metadata {
            mode: 0o755,
            uid: 0,
            gid: 0,
            mtime: Timestamp::default(),
            xattrs: Xattrs::NONE,
        },
        link: None,
        content: None,
    }
}

struct Level {
    shelf: Shelf,
    path: ImagePath,
}

struct Bytes(Vec<u8>);

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        let start = usize::try_from(offset).map_or(self.0.len(), |at| at.min(self.0.len()));
        (&self.0[start..]).read(into)
    }
}

impl Tree for Shelf {
    fn label(&self) -> String {
        "shelf".to_owned()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let level = Level {
            shelf: self.clone(),
            path: ImagePath::root(),
        };
        Ok((entry(b"", Kind::Directory), Arc::new(level)))
    }
}

impl Directory for Level {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, _: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        let mut names: Vec<_> = self
            .shelf
            .0
            .iter()
            .filter(|(path, _)| path.starts_with(&self.path))
            .filter_map(|(path, _)| path.components().nth(self.path.depth()))
            .collect();
        names.sort_unstable();
        names.dedup();
        let found = names.iter().map(|name| self.lookup(name));
        found.filter_map(Result::transpose).collect()
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        let path = self.path.join(name);
        if let Some(bytes) = self.shelf.content(&path) {
            let size = bytes.len() as u64;
            return Ok(Some(entry(name, Kind::File { size })));
        }
        let above = self
            .shelf
            .0
            .iter()
            .any(|(known, _)| known.starts_with(&path));
        Ok(above.then(|| entry(name, Kind::Directory)))
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        Ok(Some(Arc::new(Self {
            shelf: self.shelf.clone(),
            path: self.path.join(name),
        })))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        let bytes = self.shelf.content(&self.path.join(name));
        Ok(Box::new(Cursor::new(
            bytes.expect("it was looked up").clone(),
        )))
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        let bytes = self.shelf.content(&self.path.join(name));
        Ok(Box::new(Bytes(bytes.expect("it was looked up").clone())))
    }

    fn digest(&self, _: &Entry, _: Algorithm, _: &dyn Monitor) -> Result<ContentDigest, TreeError> {
        unreachable!("no inspection needs a digest")
    }
}
