//! [`Unpacked`]: an archive as a source, unpacked beside the target.
//!
//! A sync takes files in the order of directories and on several threads, and
//! of an archive they come in whatever order it has. So it is imported first, as
//! any archive is, into a private directory, and goes when the sync is done. Its
//! files are moved rather than copied.
//!
//! What stands on the disk need not be what the archive says: owners may be
//! missing, for one, where an ordinary user unpacks. So the archive's own entries
//! count, and of what was unpacked the contents alone.

use std::io::Read;
use std::sync::Arc;

use super::site::Site;
use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{Entry, Kind, Respects, Timestamp};
use crate::import::{self, ImportError, import};
use crate::monitor::{Monitor, Phase, Silent, Warning};
use crate::path::ImagePath;
use crate::root::{Dir, Mounts, RegularFile, Root};
use crate::source::Source;
use crate::tree::{Directory, Tree, TreeError};
use crate::writer::{Destination, WriteError, remove_tree};

/// The name of the tree in its private directory.
const TREE: &str = "tree";

/// An archive that is unpacked; it is removed when this is dropped.
pub struct Unpacked<'s> {
    site: &'s Site,
    listed: &'s dyn Tree,
    root: Option<Root>,
}

impl Site {
    /// Imports an archive into a private directory beside the tree. `listed` is
    /// that archive as a tree, of which nothing but the content is missing.
    ///
    /// # Errors
    ///
    /// An [`ImportError`]; nothing is left then.
    pub fn unpack<'s>(
        &'s self,
        source: Source,
        listed: &'s dyn Tree,
        options: import::Options,
        monitor: &dyn Monitor,
    ) -> Result<Unpacked<'s>, ImportError> {
        let (private, name) = self.unpacked();
        private.create_directory(&name).map_err(WriteError::from)?;
        let mut unpacked = Unpacked {
            site: self,
            listed,
            root: None,
        };
        let path = private.shown(&name).join(TREE);
        let destination = Destination::new(&path)?;
        // What takes part the plan says.
        let options = import::Options {
            is_exact: true,
            strict: false,
            ..options
        };
        import(source, &destination, &options, &Unwarned(monitor))?;
        let root = Root::open(&path, Mounts::Stay).map_err(TreeError::from)?;
        unpacked.root = Some(root);
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

/// Warns of nothing: of what is in the archive whoever listed it was told, and of
/// what cannot be written the sync tells.
struct Unwarned<'m>(&'m dyn Monitor);

impl Monitor for Unwarned<'_> {
    fn begin(&self, phase: Phase, total: Option<u64>) {
        self.0.begin(phase, total);
    }
    fn advance(&self, entries: u64, bytes: u64) {
        self.0.advance(entries, bytes);
    }
    fn warn(&self, _: Warning) {}
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

impl Tree for Unpacked<'_> {
    fn label(&self) -> String {
        self.listed.label()
    }

    fn respects(&self) -> Respects {
        self.listed.respects()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let (entry, listed) = self.listed.root()?;
        let root = self.root.clone().expect("there once it is unpacked");
        Ok((entry, Arc::new(UnpackedDirectory { listed, root })))
    }
}

struct UnpackedDirectory {
    listed: Arc<dyn Directory>,
    root: Root,
}

impl UnpackedDirectory {
    fn dir(&self) -> Result<Arc<Dir>, TreeError> {
        Ok(self.root.directory(self.listed.path())?)
    }
}

impl Directory for UnpackedDirectory {
    fn path(&self) -> &ImagePath {
        self.listed.path()
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        self.listed.entries(monitor)
    }

    /// The archive may be another by now than when it was listed.
    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        let Some(mut entry) = self.listed.lookup(name)? else {
            return Ok(None);
        };
        if let Kind::File { size } = &mut entry.kind {
            let Some(stat) = self.dir()?.stat(name)? else {
                return Ok(None);
            };
            *size = stat.size;
            entry.metadata.mtime = Timestamp {
                seconds: stat.mtime_seconds,
                nanoseconds: stat.mtime_nanoseconds,
            };
        }
        Ok(Some(entry))
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let Some(listed) = self.listed.directory(name)? else {
            return Ok(None);
        };
        let root = self.root.clone();
        Ok(Some(Arc::new(Self { listed, root })))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        Ok(Box::new(self.dir()?.file(name)?))
    }

    fn regular(&self, name: &[u8]) -> Result<Option<RegularFile>, TreeError> {
        Ok(Some(self.dir()?.file(name)?))
    }

    fn digest(
        &self,
        entry: &Entry,
        algorithm: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        self.listed.digest(entry, algorithm, monitor)
    }

    fn yields(&self) -> Result<Option<Arc<Dir>>, TreeError> {
        Ok(Some(self.dir()?))
    }
}
