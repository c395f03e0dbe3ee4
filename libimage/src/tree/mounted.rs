//! [`Mounted`]: a tree with another one mounted in it.

use std::io::Read;
use std::sync::Arc;

use super::{Directory, ReadAt, Tree, TreeError, resolve};
use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{Entry, Respects};
use crate::monitor::Monitor;
use crate::path::ImagePath;

/// One tree as a node sees it that has mounted another in it: an image with
/// the shared tree at `cm/shared`.
///
/// Only the mounted tree's own root is taken as such; where the first tree has
/// no directory to mount it on, there is one nevertheless.
pub struct Mounted<'t> {
    base: &'t dyn Tree,
    point: ImagePath,
    tree: &'t dyn Tree,
}

impl<'t> Mounted<'t> {
    /// `tree` mounted at `point` of `base`: where symlinks lead to a directory
    /// on the way, there, as `mount(8)` has it.
    pub fn new(base: &'t dyn Tree, point: ImagePath, tree: &'t dyn Tree) -> Self {
        let point = real(base, point);
        Self { base, point, tree }
    }
}

/// A path without symlinks, as far as it leads to directories that are there.
/// What cannot be read is told by whoever reads it.
fn real(base: &dyn Tree, point: ImagePath) -> ImagePath {
    let names: Vec<&[u8]> = point.components().collect();
    for length in (1..=names.len()).rev() {
        let (first, rest) = names.split_at(length);
        if let Ok(Some(found)) = resolve(base, &first.join(&b'/'))
            && found.entry.is_directory()
        {
            return rest.iter().fold(found.path, |path, name| path.join(name));
        }
    }
    point
}

impl Tree for Mounted<'_> {
    fn label(&self) -> String {
        self.base.label()
    }

    fn respects(&self) -> Respects {
        self.base.respects() & self.tree.respects()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (entry, base) = self.base.root()?;
        let directory = MountedDirectory {
            path: ImagePath::root(),
            inner: Some(base),
            way: self.point.components().map(Into::into).collect(),
            mounted: Arc::new(self.tree.root()?),
        };
        Ok((entry, Arc::new(directory)))
    }
}

struct MountedDirectory {
    path: ImagePath,
    /// Nothing on the way to a mount point that the first tree does not have.
    inner: Option<Arc<dyn Directory>>,
    /// The names from here to the mount point; none elsewhere.
    way: Vec<Box<[u8]>>,
    mounted: Arc<(Entry, Arc<dyn Directory>)>,
}

impl MountedDirectory {
    fn child(&self, name: &[u8], inner: Option<Arc<dyn Directory>>, way: &[Box<[u8]>]) -> Self {
        Self {
            path: self.path.join(name),
            inner,
            way: way.to_vec(),
            mounted: self.mounted.clone(),
        }
    }

    /// The names behind `name` on the way to the mount point.
    fn way_through(&self, name: &[u8]) -> Option<&[Box<[u8]>]> {
        let (first, rest) = self.way.split_first()?;
        (**first == *name).then_some(rest)
    }

    fn inner(&self, name: &[u8]) -> Result<&dyn Directory, TreeError> {
        self.inner.as_deref().ok_or_else(|| TreeError::NoContent {
            path: self.path.join(name).to_string(),
        })
    }
}

impl Directory for MountedDirectory {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        let mut entries = match &self.inner {
            Some(inner) => inner.entries(monitor)?,
            None => Vec::new(),
        };
        if let Some(first) = self.way.first()
            && let Some(entry) = self.lookup(first)?
        {
            entries.retain(|one| one.name != *first);
            entries.push(entry);
            entries.sort_by(Entry::canonical_cmp);
        }
        Ok(entries)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        let inner = match &self.inner {
            Some(inner) => inner.lookup(name)?,
            None => None,
        };
        let mounted = || Entry {
            name: name.into(),
            ..self.mounted.0.clone()
        };
        Ok(match self.way_through(name) {
            None => inner,
            Some([]) => Some(mounted()),
            Some(_) => Some(inner.filter(Entry::is_directory).unwrap_or_else(mounted)),
        })
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let way = match self.way_through(name) {
            Some([]) => {
                let root = self.mounted.1.clone();
                return Ok(Some(Arc::new(self.child(name, Some(root), &[]))));
            }
            way => way.unwrap_or_default(),
        };
        let exists = match &self.inner {
            Some(inner) => inner
                .lookup(name)?
                .is_some_and(|entry| entry.is_directory()),
            None => false,
        };
        if !exists && !way.is_empty() {
            return Ok(Some(Arc::new(self.child(name, None, way))));
        }
        Ok(self.inner(name)?.directory(name)?.map(|inner| {
            let child: Arc<dyn Directory> = Arc::new(self.child(name, Some(inner), way));
            child
        }))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        self.inner(name)?.open(name)
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        self.inner(name)?.open_at(name)
    }

    fn digest(
        &self,
        entry: &Entry,
        algorithm: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        self.inner(&entry.name)?.digest(entry, algorithm, monitor)
    }

    fn allocated(&self, entry: &Entry) -> Result<Option<u64>, TreeError> {
        match &self.inner {
            Some(inner) if self.way_through(&entry.name).is_none() => inner.allocated(entry),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
