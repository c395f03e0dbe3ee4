//! [`Mounted`]: an image with its shared tree at `/cm/shared`, as nodes have it.

use std::io::Read;
use std::sync::Arc;

use crate::digest::Digest;
use crate::entry::{Entry, Kind};
use crate::monitor::Monitor;
use crate::path::ImagePath;
use crate::tree::{Directory, ReadAt, Tree, TreeError};

/// Two trees as one. The mount point is there even if the image lacks it.
pub(super) struct Mounted<'a> {
    pub(super) image: &'a dyn Tree,
    pub(super) shared: &'a dyn Tree,
}

/// The directories above the mount point.
const ABOVE: [&[u8]; 2] = [b"", b"cm"];

impl Tree for Mounted<'_> {
    fn label(&self) -> String {
        self.image.label()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (entry, directory) = self.image.root()?;
        let (mut mounted, shared) = self.shared.root()?;
        mounted.name = b"shared"[..].into();
        let root = Above {
            path: ImagePath::root(),
            image: Some(directory),
            mounted,
            shared,
        };
        Ok((entry, Arc::new(root)))
    }
}

/// The root, or `cm`.
struct Above {
    path: ImagePath,
    /// Nothing where the image has no such directory.
    image: Option<Arc<dyn Directory>>,
    mounted: Entry,
    shared: Arc<dyn Directory>,
}

impl Above {
    fn is_mount_point(&self, name: &[u8]) -> bool {
        self.path.as_bytes() == ABOVE[1] && name == b"shared"
    }

    fn is_above(&self, name: &[u8]) -> bool {
        self.path.is_root() && name == ABOVE[1]
    }

    fn image(&self) -> Result<&dyn Directory, TreeError> {
        self.image.as_deref().ok_or_else(|| TreeError::Unresolved {
            path: self.path.to_string(),
            reason: "the image has no such directory",
        })
    }
}

impl Directory for Above {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        self.image()?.entries(monitor)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        if self.is_mount_point(name) {
            return Ok(Some(self.mounted.clone()));
        }
        let found = match &self.image {
            Some(image) => image.lookup(name)?,
            None => None,
        };
        if found.is_none() && self.is_above(name) {
            return Ok(Some(Entry {
                name: name.into(),
                kind: Kind::Directory,
                ..self.mounted.clone()
            }));
        }
        Ok(found)
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        if self.is_mount_point(name) {
            return Ok(Some(self.shared.clone()));
        }
        if !self.is_above(name) {
            return self.image()?.directory(name);
        }
        let image = self.image()?;
        Ok(Some(Arc::new(Self {
            path: self.path.join(name),
            image: match image.lookup(name)? {
                Some(_) => image.directory(name)?,
                None => None,
            },
            mounted: self.mounted.clone(),
            shared: self.shared.clone(),
        })))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        self.image()?.open(name)
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        self.image()?.open_at(name)
    }

    fn digest(&self, entry: &Entry, monitor: &dyn Monitor) -> Result<Digest, TreeError> {
        self.image()?.digest(entry, monitor)
    }
}
