//! [`LiveTree`]: a directory of the running system as a [`Tree`].

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::{Directory, ReadAt, Tree, TreeError};
use crate::digest::{Algorithm, ContentDigest};
use crate::entry::{
    DeviceNumber, Entry, Kind, LinkGroup, Metadata, Timestamp, Xattrs, canonical_cmp,
};
use crate::error::{SysError, show};
use crate::monitor::{self, Monitor, Warning};
use crate::path::ImagePath;
use crate::root::{Dir, Mounts, RegularFile, Root};
use crate::sys::stat::Stat;

/// What of each entry is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Want {
    /// Everything that is recorded.
    #[default]
    All,
    /// No extended attributes, which cost a system call an entry.
    NoXattrs,
}

/// A tree on disk, read through a [`Root`].
pub struct LiveTree {
    root: Root,
    want: Want,
    label: String,
}

/// Directories deeper than this are opened anew from the root for each use
/// instead of being held open, so that no nesting exhausts file handles.
const HELD_DEPTH: usize = 64;

impl LiveTree {
    /// Opens the directory `path`.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if it cannot be opened or is no directory.
    pub fn open(path: &Path, want: Want) -> Result<Self, SysError> {
        let root = Root::open(path, Mounts::Stay)?;
        Ok(Self::new(root, want, show(path).to_string()))
    }

    /// One of its directories by path.
    ///
    /// # Errors
    ///
    /// A [`SysError`] as for [`Root::directory`].
    pub(crate) fn directory(&self, path: &ImagePath) -> Result<Arc<Dir>, SysError> {
        self.root.directory(path)
    }

    /// A tree over a root that is open already.
    pub fn new(root: Root, want: Want, label: String) -> Self {
        Self { root, want, label }
    }
}

impl Tree for LiveTree {
    fn label(&self) -> String {
        self.label.clone()
    }

    fn root(&self) -> Result<(Entry, Arc<dyn Directory>), TreeError> {
        let top = self.root.top().clone();
        let stat = top.stat(b"")?.ok_or_else(|| gone(&top, b""))?;
        let entry = entry(&top, b"", &stat, self.want)?;
        let directory = LiveDirectory {
            path: ImagePath::root(),
            held: Some(top),
            root: self.root.clone(),
            depth: 0,
            want: self.want,
        };
        Ok((entry, Arc::new(directory)))
    }
}

struct LiveDirectory {
    path: ImagePath,
    held: Option<Arc<Dir>>,
    root: Root,
    depth: usize,
    want: Want,
}

impl LiveDirectory {
    fn dir(&self) -> Result<Arc<Dir>, SysError> {
        match &self.held {
            Some(dir) => Ok(dir.clone()),
            None => self.root.directory(&self.path),
        }
    }
}

fn gone(dir: &Dir, name: &[u8]) -> SysError {
    SysError::new("look at", dir.shown(name), Errno::NOENT)
}

/// Puts together all that is recorded of an entry.
pub(crate) fn entry(dir: &Dir, name: &[u8], stat: &Stat, want: Want) -> Result<Entry, SysError> {
    let number = DeviceNumber {
        major: stat.special_major,
        minor: stat.special_minor,
    };
    let is_mount = !name.is_empty() && dir.is_mount(stat)?;
    let kind = match stat.file_type {
        _ if is_mount => Kind::Mount,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Symlink {
            target: dir.read_link(name)?,
        },
        FileType::CharacterDevice => Kind::CharDevice(number),
        FileType::BlockDevice => Kind::BlockDevice(number),
        FileType::Fifo => Kind::Fifo,
        FileType::Socket => Kind::Socket,
        _ => Kind::File { size: stat.size },
    };
    let xattrs = match want {
        Want::All if !is_mount => dir.xattrs(name)?,
        Want::All | Want::NoXattrs => Xattrs::NONE,
    };
    Ok(Entry {
        name: name.into(),
        link: (stat.links > 1 && !matches!(kind, Kind::Directory | Kind::Mount))
            .then_some(LinkGroup(stat.device, stat.inode)),
        kind,
        metadata: Metadata {
            mode: stat.mode,
            uid: stat.uid,
            gid: stat.gid,
            mtime: Timestamp {
                seconds: stat.mtime_seconds,
                nanoseconds: stat.mtime_nanoseconds,
            },
            xattrs,
        },
        content: None,
    })
}

impl ReadAt for RegularFile {
    fn size(&self) -> u64 {
        self.opened().size
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_some_at(into, offset)
            .map_err(|error| error.source)
    }
}

impl Directory for LiveDirectory {
    fn path(&self) -> &ImagePath {
        &self.path
    }

    fn entries(&self, monitor: &dyn Monitor) -> Result<Vec<Entry>, TreeError> {
        let dir = self.dir()?;
        let names = dir.names()?;
        let mut entries = Vec::with_capacity(names.len());
        for name in names {
            monitor::check(monitor)?;
            match self.lookup(&name.name) {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => monitor.warn(Warning {
                    path: self.path.join(&name.name),
                    message: "vanished while its directory was read".to_owned(),
                }),
                // It vanished between two calls about it.
                Err(TreeError::Sys(error)) if error.is(Errno::NOENT) => monitor.warn(Warning {
                    path: self.path.join(&name.name),
                    message: "vanished while it was read".to_owned(),
                }),
                Err(error) => return Err(error),
            }
        }
        entries.sort_unstable_by(|one, two| {
            canonical_cmp(
                (&one.name, one.is_directory()),
                (&two.name, two.is_directory()),
            )
        });
        Ok(entries)
    }

    fn lookup(&self, name: &[u8]) -> Result<Option<Entry>, TreeError> {
        let dir = self.dir()?;
        match dir.stat(name)? {
            Some(stat) => Ok(Some(entry(&dir, name, &stat, self.want)?)),
            None => Ok(None),
        }
    }

    fn directory(&self, name: &[u8]) -> Result<Option<Arc<dyn Directory>>, TreeError> {
        let dir = self.dir()?;
        let opened = match dir.directory(name) {
            Ok(opened) => opened,
            Err(error) if error.is(Errno::XDEV) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let depth = self.depth + 1;
        Ok(Some(Arc::new(Self {
            path: opened.path().clone(),
            held: (depth <= HELD_DEPTH).then(|| Arc::new(opened)),
            root: self.root.clone(),
            depth,
            want: self.want,
        })))
    }

    fn open(&self, name: &[u8]) -> Result<Box<dyn Read + Send>, TreeError> {
        Ok(Box::new(self.dir()?.file(name)?))
    }

    fn open_at(&self, name: &[u8]) -> Result<Box<dyn ReadAt>, TreeError> {
        Ok(Box::new(self.dir()?.file(name)?))
    }

    fn regular(&self, name: &[u8]) -> Result<Option<RegularFile>, TreeError> {
        Ok(Some(self.dir()?.file(name)?))
    }

    fn is_mounted_directory(&self, name: &[u8]) -> Result<bool, TreeError> {
        let stat = self.dir()?.stat(name)?;
        Ok(stat.is_some_and(|stat| stat.file_type == FileType::Directory))
    }

    fn digest(
        &self,
        entry: &Entry,
        algorithm: Algorithm,
        monitor: &dyn Monitor,
    ) -> Result<ContentDigest, TreeError> {
        let dir = self.dir()?;
        super::content::digest(&dir, entry, algorithm, monitor)
    }

    fn changed(&self, entry: &Entry) -> Result<Option<Timestamp>, TreeError> {
        let stat = self.dir()?.stat(&entry.name)?;
        Ok(stat.map(|stat| Timestamp {
            seconds: stat.ctime_seconds,
            nanoseconds: stat.ctime_nanoseconds,
        }))
    }

    fn allocated(&self, entry: &Entry) -> Result<Option<u64>, TreeError> {
        let stat = self.dir()?.stat(&entry.name)?;
        Ok(stat.map(|stat| stat.blocks * 512))
    }
}
