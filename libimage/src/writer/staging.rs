//! [`Staging`]: the private place where a tree is written, and its publishing.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::io::Errno;

use super::destination::{Destination, Lock};
use super::error::WriteError;
use super::remove::remove_tree;
use crate::entry::Metadata;
use crate::error::SysError;
use crate::monitor::{Monitor, Phase, Silent, Warning};
use crate::path::ImagePath;
use crate::root::Dir;

/// A file that is kept beside a tree in the private directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sidecar {
    /// The tree's manifest.
    Manifest,
    /// Where the tree came from.
    Origin,
}

impl Sidecar {
    fn suffix(self) -> &'static str {
        match self {
            Self::Manifest => ".manifest",
            Self::Origin => ".origin.json",
        }
    }

    fn staged_suffix(self) -> String {
        format!("{}.staged", self.suffix())
    }
}

const SIDECARS: [Sidecar; 2] = [Sidecar::Manifest, Sidecar::Origin];
const TREE: &str = ".staged";
const OWNER_WRITES: u16 = 0o200;

/// A tree being written aside. Dropped without being published, it is removed.
pub struct Staging<'a> {
    destination: &'a Destination,
    private: Arc<Dir>,
    name: Vec<u8>,
    top: Arc<Dir>,
    /// The top's own mode, where that is set after publishing only.
    mode: Option<u16>,
    published: bool,
    _lock: Lock,
}

/// What publishing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Whether a former tree was replaced.
    pub replaced: bool,
}

impl<'a> Staging<'a> {
    /// Takes the lock, removes what a dead process left, and begins anew.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if the place is locked or cannot be prepared.
    pub fn begin(destination: &'a Destination, monitor: &dyn Monitor) -> Result<Self, WriteError> {
        let lock = destination.lock()?;
        let private = destination.private()?;
        let name = destination.private_name(TREE);
        remove_tree(&private, &name, monitor)?;
        for sidecar in SIDECARS {
            remove_tree(
                &private,
                &destination.private_name(&sidecar.staged_suffix()),
                monitor,
            )?;
        }
        private.create_directory(&name)?;
        let top = Arc::new(private.rooted(&name)?);
        Ok(Self {
            destination,
            private,
            name,
            top,
            mode: None,
            published: false,
            _lock: lock,
        })
    }

    /// The staged tree's own directory, as the top of a root.
    pub fn top(&self) -> &Arc<Dir> {
        &self.top
    }

    /// The path of the staged tree, to read it back through a root of its own.
    pub fn path(&self) -> PathBuf {
        self.private.shown(&self.name)
    }

    /// The inode number of the staged tree's own directory, which it keeps
    /// when it is published.
    ///
    /// # Errors
    ///
    /// A [`WriteError`] if the system does not tell.
    pub fn inode(&self) -> Result<u64, WriteError> {
        let stat = self.top.stat(b"")?;
        Ok(stat.map_or(0, |stat| stat.inode))
    }

    /// Gives the staged tree's own directory its final metadata.
    pub(super) fn set_metadata(&mut self, metadata: &Metadata) -> Result<(), SysError> {
        let mut metadata = metadata.clone();
        // A directory is moved by changing its `..`, for which it must be
        // writable; who is not root sets such a mode after the rename.
        if metadata.mode & OWNER_WRITES == 0 && !rustix::process::geteuid().is_root() {
            self.mode = Some(metadata.mode);
            metadata.mode |= OWNER_WRITES;
        }
        self.private.set_metadata(&self.name, &metadata, false)
    }

    /// Writes a file that is published with the tree.
    ///
    /// # Errors
    ///
    /// What `write` answered, or a [`WriteError`] if it cannot be written.
    pub fn sidecar<R, E: From<WriteError>>(
        &self,
        sidecar: Sidecar,
        write: impl FnOnce(&mut dyn Write) -> Result<R, E>,
    ) -> Result<R, E> {
        let name = self.destination.private_name(&sidecar.staged_suffix());
        let file = self
            .private
            .create_file(&name)
            .map_err(|error| E::from(error.into()))?;
        let mut buffered = std::io::BufWriter::with_capacity(1 << 17, &file);
        let result = write(&mut buffered)?;
        buffered.flush().map_err(|error| {
            E::from(SysError::new("write", self.private.shown(&name), error).into())
        })?;
        Ok(result)
    }

    /// Makes the tree durable and gives it its name, in one step that either
    /// happened or did not. With `replace` the former tree is swapped out, and
    /// removed once the new one is durable in its place.
    ///
    /// # Errors
    ///
    /// A [`WriteError`]; the destination is as it was then.
    pub fn publish(
        mut self,
        replace: bool,
        monitor: &dyn Monitor,
    ) -> Result<Published, WriteError> {
        self.destination.check(replace)?;
        monitor.begin(Phase::Sync, None);
        self.private.sync_file_system()?;
        crate::monitor::check(monitor)?;
        let parent = &self.destination.parent;
        let target = &self.destination.name;
        let replaced = match self.private.rename_new(&self.name, parent, target) {
            Ok(()) => false,
            Err(error) if error.is(Errno::EXIST) => {
                self.swap()?;
                true
            }
            Err(error) => return Err(error.into()),
        };
        self.published = true;
        // From here on the new tree stands; what fails is told, not undone.
        let tell = |result: Result<(), WriteError>, what: &str| {
            if let Err(error) = result {
                monitor.warn(Warning {
                    path: ImagePath::root(),
                    message: format!("{what}: {error}"),
                });
            }
        };
        tell(
            self.settle().map_err(WriteError::from),
            "the new tree stands, but its records may not",
        );
        if replaced {
            monitor.begin(Phase::Remove, None);
            tell(
                remove_tree(&self.private, &self.name, &Uncancelled(monitor)),
                "the new tree stands, but the former one could not be removed whole",
            );
        }
        Ok(Published { replaced })
    }

    /// Swaps the staged tree with the former one.
    fn swap(&self) -> Result<(), SysError> {
        let parent = &self.destination.parent;
        let target = &self.destination.name;
        let exchange = || self.private.exchange(&self.name, parent, target);
        match exchange() {
            // The former tree's own directory must be writable, too.
            Err(error) if error.is(Errno::ACCESS) => {
                let mode = parent.stat(target)?.map_or(0, |stat| stat.mode);
                parent.set_mode(target, mode | OWNER_WRITES)?;
                exchange().inspect_err(|_| {
                    // As it was; the failure to tell is that of the swap.
                    let _ = parent.set_mode(target, mode);
                })
            }
            answer => answer,
        }
    }

    /// Makes the rename durable and names the files beside the tree.
    fn settle(&self) -> Result<(), SysError> {
        if let Some(mode) = self.mode {
            self.destination
                .parent
                .set_mode(&self.destination.name, mode)?;
        }
        self.destination.parent.sync()?;
        for sidecar in SIDECARS {
            let staged = self.destination.private_name(&sidecar.staged_suffix());
            let last = self.destination.private_name(sidecar.suffix());
            if self.private.stat(&staged)?.is_some() {
                self.private.rename_over(&staged, &self.private, &last)?;
            }
        }
        self.private.sync()
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        if self.published {
            return;
        }
        // Nobody is left to hear of a failure; the next command on this tree
        // removes what stays behind.
        let _ = remove_tree(&self.private, &self.name, &Silent);
        for sidecar in SIDECARS {
            let staged = self.destination.private_name(&sidecar.staged_suffix());
            let _ = remove_tree(&self.private, &staged, &Silent);
        }
    }
}

/// A monitor that is told everything and cannot cancel: the former tree is
/// removed to its end, once the new one stands.
struct Uncancelled<'a>(&'a dyn Monitor);

impl Monitor for Uncancelled<'_> {
    fn begin(&self, phase: Phase, bytes: Option<u64>) {
        self.0.begin(phase, bytes);
    }
    fn advance(&self, entries: u64, bytes: u64) {
        self.0.advance(entries, bytes);
    }
    fn warn(&self, warning: Warning) {
        self.0.warn(warning);
    }
    fn cancelled(&self) -> bool {
        false
    }
}
