//! [`Assembly`]: the entries of an mtree file on their way to records.

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::sync::Arc;

use super::keyword::{Keywords, Type};
use super::vis;
use crate::entry::{Entry, Kind, LinkGroup, Metadata, Respect, Respects, Timestamp, Xattrs};
use crate::path::check_component;
use crate::tree::{RecordId, Records};

/// The mode of symlinks on Linux, which nobody sets.
const SYMLINK_MODE: u16 = 0o777;

/// Bytes of all paths and symlink targets together: ten million entries of a
/// hundred each. Names below each other, and targets that are set for many, take
/// a few bytes of a file; but whoever walks the tree has them whole.
const MOST_PATHS: u64 = 1 << 30;

/// Entries that come in any order that names parents before their children.
pub(super) struct Assembly {
    records: Option<Records>,
    /// The directories from the root to the one that names are in, each with the
    /// bytes of its path.
    trail: Vec<(RecordId, usize)>,
    /// The directory of the last whole path, since most paths share theirs.
    last: (Vec<u8>, RecordId),
    /// Bytes of paths and targets so far.
    paths: u64,
    respects: Respects,
    volumes: HashMap<Arc<[u8]>, u64>,
    /// The first name of each inode.
    inodes: HashMap<LinkGroup, RecordId>,
}

impl Default for Assembly {
    fn default() -> Self {
        let attributes = Respects::from(Respect::Acl) | Respect::Xattr.into();
        Self {
            records: None,
            trail: Vec::new(),
            last: (Vec::new(), Records::ROOT),
            paths: 0,
            respects: !attributes,
            volumes: HashMap::new(),
            inodes: HashMap::new(),
        }
    }
}

impl Assembly {
    /// Adds what a line says about the entry of this name or path.
    pub(super) fn add(&mut self, name: &[u8], keywords: Keywords) -> Result<(), &'static str> {
        let name = vis::decode(name).ok_or("the name has a broken escape")?;
        let is_closed = keywords.is_closed;
        let entry = self.entry(keywords)?;
        let is_directory = entry.is_directory();
        if name == b"." || name == b"./" {
            if self.records.is_some() {
                return Err("the root comes twice, or not first");
            }
            if !is_directory {
                return Err("the root is no directory");
            }
            let mut records = Records::new(entry.metadata);
            if is_closed {
                records.close(Records::ROOT);
            }
            self.records = Some(records);
            self.trail.push((Records::ROOT, 0));
            return Ok(());
        }
        let Some(records) = &self.records else {
            return Err("the root `.` does not come first, so its metadata is not known");
        };
        let path = name.strip_prefix(b"./").unwrap_or(&name);
        let is_whole = name.contains(&b'/');
        let (directory, base) = match path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => (&path[..slash], &path[slash + 1..]),
            None => (&[][..], path),
        };
        let (parent, above) = if !is_whole {
            *self
                .trail
                .last()
                .ok_or("it is behind the end of the root")?
        } else if self.last.0 == directory {
            (self.last.1, directory.len())
        } else {
            let found = find(records, directory)?;
            self.last = (directory.to_vec(), found);
            (found, directory.len())
        };
        let length = above + 1 + base.len();
        let target = match &entry.kind {
            Kind::Symlink { target } => target.len(),
            _ => 0,
        };
        self.paths += (length + target) as u64;
        if self.paths > MOST_PATHS {
            return Err("its names are more than fit in memory");
        }
        let id = self.place(parent, base, entry)?;
        if is_directory && !is_whole {
            self.trail.push((id, length));
        }
        if is_directory && is_closed {
            self.records
                .as_mut()
                .expect("the root came first")
                .close(id);
        }
        Ok(())
    }

    /// The directory that names are in ends.
    pub(super) fn leave(&mut self) -> Result<(), &'static str> {
        self.trail.pop().map(|_| ()).ok_or("one `..` too many")
    }

    /// All entries, and what is known of them.
    pub(super) fn finish(self) -> Result<(Records, Respects), &'static str> {
        let records = self.records.ok_or("it lists no entries")?;
        Ok((records, self.respects))
    }

    fn place(
        &mut self,
        parent: RecordId,
        name: &[u8],
        entry: Entry,
    ) -> Result<RecordId, &'static str> {
        let records = self.records.as_mut().expect("the root came first");
        check_component(name).map_err(|_| "the path is not valid")?;
        let link = entry.link;
        let entry = Entry {
            name: name.into(),
            link: None,
            ..entry
        };
        let id = records
            .insert(parent, entry)
            .ok_or("its name comes twice")?;
        if let Some(group) = link {
            match self.inodes.entry(group) {
                Vacant(place) => {
                    place.insert(id);
                }
                Occupied(first) => {
                    records.set_link(*first.get(), link);
                    records.set_link(id, link);
                }
            }
        }
        Ok(id)
    }

    /// The entry without its name. Notes what is not said of it.
    fn entry(&mut self, keywords: Keywords) -> Result<Entry, &'static str> {
        let mut missing = Respects::NONE;
        let mut note = |is_missing, respect: Respect| {
            if is_missing {
                missing = missing | respect.into();
            }
        };
        let is_symlink = keywords.kind == Some(Type::Link);
        note(keywords.mode.is_none() && !is_symlink, Respect::Mode);
        note(keywords.uid.is_none(), Respect::Owner);
        note(keywords.gid.is_none(), Respect::Group);
        note(keywords.time.is_none(), Respect::Time);
        let inode = keywords.inode.zip(keywords.volume.as_ref());
        let is_directory = keywords.kind == Some(Type::Directory);
        note(inode.is_none() && !is_directory, Respect::Links);
        self.respects = self.respects & !missing;

        let link = match inode {
            Some((inode, volume)) if !is_directory => {
                let next = self.volumes.len() as u64;
                let volume = *self.volumes.entry(volume.clone()).or_insert(next);
                Some(LinkGroup(volume, inode))
            }
            _ => None,
        };
        let device = || keywords.device.ok_or("a device without `device`");
        let kind = match keywords.kind.ok_or("an entry without `type`")? {
            Type::Directory => Kind::Directory,
            Type::File => Kind::File {
                size: keywords.size.ok_or("a file without `size`")?,
            },
            Type::Link => Kind::Symlink {
                target: (*keywords.target.ok_or("a symlink without `link`")?).into(),
            },
            Type::Char => Kind::CharDevice(device()?),
            Type::Block => Kind::BlockDevice(device()?),
            Type::Fifo => Kind::Fifo,
            Type::Socket => Kind::Socket,
        };
        let content = match kind {
            Kind::File { .. } => keywords.sha256.map(Into::into),
            _ => None,
        };
        Ok(Entry {
            name: Box::default(),
            metadata: Metadata {
                mode: match kind {
                    Kind::Symlink { .. } => SYMLINK_MODE,
                    _ => keywords.mode.unwrap_or(0),
                },
                uid: keywords.uid.unwrap_or(0),
                gid: keywords.gid.unwrap_or(0),
                mtime: keywords.time.unwrap_or(Timestamp::from_seconds(0)),
                xattrs: Xattrs::NONE,
            },
            kind,
            link,
            content,
        })
    }
}

/// The directory at this path.
fn find(records: &Records, path: &[u8]) -> Result<RecordId, &'static str> {
    let mut at = Records::ROOT;
    if path.is_empty() {
        return Ok(at);
    }
    for name in path.split(|&byte| byte == b'/') {
        at = records
            .child(at, name)
            .filter(|&id| records.is_directory(id))
            .ok_or("its directory does not come before it")?;
    }
    Ok(at)
}
