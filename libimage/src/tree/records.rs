//! [`Records`]: a whole tree in memory, without the content of its files.
//!
//! Some 100 bytes an entry: names stand back to back in one buffer; owner, mode
//! and extended attributes once however many entries share them; digests for
//! files alone.

mod directories;

use std::collections::{HashMap, HashSet};

use self::directories::Names;
use super::TreeError;
use crate::digest::ContentDigest;
use crate::entry::{Counts, DeviceNumber, Entry, Kind, LinkGroup, Metadata, Timestamp, Xattrs};
use crate::error::SysError;
use crate::path::ImagePath;

/// One entry of some [`Records`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(u32);

impl RecordId {
    /// The entry that was recorded as the one of this number.
    pub(crate) fn of(number: u32) -> Self {
        Self(number)
    }

    /// Its place in the order in which entries were recorded.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// A tree that is put together entry by entry, in any order that names
/// parents before their children.
#[derive(Debug)]
pub struct Records {
    entries: Vec<Record>,
    /// Names and symlink targets, back to back.
    bytes: Vec<u8>,
    directories: Vec<Names>,
    traits: Vec<Traits>,
    known_traits: HashMap<Traits, u32>,
    attribute_bytes: u64,
    links: HashMap<RecordId, LinkGroup>,
    digests: Vec<ContentDigest>,
    /// Directories of which it is not known what is in them.
    closed: HashSet<RecordId>,
}

/// Bytes of all names and symlink targets that can be recorded.
pub(crate) const MOST_NAMES: u64 = u32::MAX as u64;

/// Names or targets in the buffer of all.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    length: u32,
}

/// What many entries have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Traits {
    mode: u16,
    uid: u32,
    gid: u32,
    xattrs: Xattrs,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Directory(u32),
    File(u64),
    Symlink(Span),
    CharDevice(DeviceNumber),
    BlockDevice(DeviceNumber),
    Fifo,
    Socket,
    Mount,
}

#[derive(Debug)]
struct Record {
    name: Span,
    parent: RecordId,
    shape: Shape,
    mtime: Timestamp,
    traits: u32,
    /// The place of its content's digest, counted from one; zero for none.
    content: u32,
    /// It was taken out of its directory.
    is_removed: bool,
}

impl Records {
    /// The record of the root.
    pub const ROOT: RecordId = RecordId(0);

    /// A tree of nothing but a root with this metadata.
    pub fn new(root: Metadata) -> Self {
        let mut records = Self {
            entries: Vec::new(),
            bytes: Vec::new(),
            directories: Vec::new(),
            traits: Vec::new(),
            known_traits: HashMap::new(),
            attribute_bytes: 0,
            links: HashMap::new(),
            digests: Vec::new(),
            closed: HashSet::new(),
        };
        records.push(
            Self::ROOT,
            Entry {
                name: Box::default(),
                kind: Kind::Directory,
                metadata: root,
                link: None,
                content: None,
            },
        );
        records
    }

    fn span(&mut self, bytes: &[u8]) -> Span {
        let number = |length| u32::try_from(length).expect("fewer than MOST_NAMES bytes");
        let span = Span {
            start: number(self.bytes.len()),
            length: number(bytes.len()),
        };
        self.bytes.extend_from_slice(bytes);
        span
    }

    fn text(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        &self.bytes[start..start + span.length as usize]
    }

    fn record(&self, id: RecordId) -> &Record {
        &self.entries[id.0 as usize]
    }

    fn record_mut(&mut self, id: RecordId) -> &mut Record {
        &mut self.entries[id.0 as usize]
    }

    fn push(&mut self, parent: RecordId, entry: Entry) -> RecordId {
        let id = RecordId(u32::try_from(self.entries.len()).expect("fewer than 2^32 entries"));
        let name = self.span(&entry.name);
        let shape = self.shape(entry.kind);
        let mtime = entry.metadata.mtime;
        let traits = self.intern(entry.metadata);
        self.entries.push(Record {
            name,
            parent,
            shape,
            mtime,
            traits,
            content: 0,
            is_removed: false,
        });
        self.set_link(id, entry.link);
        if let Some(content) = entry.content {
            self.set_content(id, content);
        }
        id
    }

    fn shape(&mut self, kind: Kind) -> Shape {
        match kind {
            Kind::Directory => {
                self.directories.push(Names::default());
                let index = self.directories.len() - 1;
                Shape::Directory(u32::try_from(index).expect("fewer than 2^32 entries"))
            }
            Kind::File { size } => Shape::File(size),
            Kind::Symlink { target } => Shape::Symlink(self.span(&target)),
            Kind::CharDevice(number) => Shape::CharDevice(number),
            Kind::BlockDevice(number) => Shape::BlockDevice(number),
            Kind::Fifo => Shape::Fifo,
            Kind::Socket => Shape::Socket,
            Kind::Mount => Shape::Mount,
        }
    }

    fn intern(&mut self, metadata: Metadata) -> u32 {
        let Metadata {
            mode,
            uid,
            gid,
            mtime: _,
            xattrs,
        } = metadata;
        let traits = Traits {
            mode,
            uid,
            gid,
            xattrs,
        };
        if let Some(&known) = self.known_traits.get(&traits) {
            return known;
        }
        let index = u32::try_from(self.traits.len()).expect("fewer than 2^32 entries");
        let attributes = traits.xattrs.iter();
        let weights = attributes.map(|(name, value)| Xattrs::weight(name, value));
        self.attribute_bytes += weights.sum::<u64>();
        self.traits.push(traits.clone());
        self.known_traits.insert(traits, index);
        index
    }

    /// An entry's name, empty for the root.
    pub fn name(&self, id: RecordId) -> &[u8] {
        self.text(self.record(id).name)
    }

    /// The directory that holds an entry; the root's is itself.
    pub fn parent(&self, id: RecordId) -> RecordId {
        self.record(id).parent
    }

    /// Whether an entry is a directory.
    pub fn is_directory(&self, id: RecordId) -> bool {
        matches!(self.record(id).shape, Shape::Directory(_))
    }

    /// The length, if an entry is a regular file.
    pub fn file_size(&self, id: RecordId) -> Option<u64> {
        match self.record(id).shape {
            Shape::File(size) => Some(size),
            _ => None,
        }
    }

    /// The target, if an entry is a symlink.
    pub fn symlink_target(&self, id: RecordId) -> Option<&[u8]> {
        match self.record(id).shape {
            Shape::Symlink(span) => Some(self.text(span)),
            _ => None,
        }
    }

    /// Everything that is recorded about an entry.
    pub fn entry(&self, id: RecordId) -> Entry {
        let record = self.record(id);
        Entry {
            name: self.name(id).into(),
            kind: match record.shape {
                Shape::Directory(_) => Kind::Directory,
                Shape::File(size) => Kind::File { size },
                Shape::Symlink(span) => Kind::Symlink {
                    target: self.text(span).into(),
                },
                Shape::CharDevice(number) => Kind::CharDevice(number),
                Shape::BlockDevice(number) => Kind::BlockDevice(number),
                Shape::Fifo => Kind::Fifo,
                Shape::Socket => Kind::Socket,
                Shape::Mount => Kind::Mount,
            },
            metadata: self.metadata(id),
            link: self.link(id),
            content: self.content(id),
        }
    }

    /// The metadata that is recorded about an entry.
    pub fn metadata(&self, id: RecordId) -> Metadata {
        let record = self.record(id);
        let traits = &self.traits[record.traits as usize];
        Metadata {
            mode: traits.mode,
            uid: traits.uid,
            gid: traits.gid,
            mtime: record.mtime,
            xattrs: traits.xattrs.clone(),
        }
    }

    /// Replaces the metadata of an entry.
    pub fn set_metadata(&mut self, id: RecordId, metadata: Metadata) {
        let mtime = metadata.mtime;
        let traits = self.intern(metadata);
        let record = self.record_mut(id);
        record.mtime = mtime;
        record.traits = traits;
    }

    /// The group of names that an entry's inode has.
    pub fn link(&self, id: RecordId) -> Option<LinkGroup> {
        self.links.get(&id).copied()
    }

    /// Puts an entry into a group of names of one inode.
    pub fn set_link(&mut self, id: RecordId, link: Option<LinkGroup>) {
        match link {
            Some(group) => self.links.insert(id, group),
            None => self.links.remove(&id),
        };
    }

    /// Records the digest of a file's content.
    pub fn set_content(&mut self, id: RecordId, content: ContentDigest) {
        let known = self.record(id).content;
        if let Some(place) = known.checked_sub(1) {
            self.digests[place as usize] = content;
            return;
        }
        self.digests.push(content);
        let place = u32::try_from(self.digests.len()).expect("fewer than 2^32 entries");
        self.record_mut(id).content = place;
    }

    /// The digest of a file's content, where it is known.
    pub fn content(&self, id: RecordId) -> Option<ContentDigest> {
        let place = self.record(id).content.checked_sub(1)?;
        Some(self.digests[place as usize])
    }

    /// All entries in the order in which they were recorded, those that were
    /// taken out again included.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = RecordId> + use<> {
        let count = u32::try_from(self.entries.len()).expect("fewer than 2^32 entries");
        (0..count).map(RecordId)
    }

    /// How many entries of each kind are where they were recorded.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        let mut seen = HashSet::new();
        for id in self.ids().filter(|&id| self.is_attached(id)) {
            counts.add(&self.entry(id).kind);
            if self.link(id).is_some_and(|group| !seen.insert(group)) {
                counts.hard_links += 1;
            }
        }
        counts
    }

    /// Notes of a directory that it is not known what is in it.
    pub(crate) fn close(&mut self, id: RecordId) {
        self.closed.insert(id);
    }

    /// Whether it is not known what is in a directory.
    pub fn is_closed(&self, id: RecordId) -> bool {
        self.closed.contains(&id)
    }

    /// Bytes of all names and symlink targets that were ever recorded.
    pub fn name_bytes(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The same with one entry more, of which [`MOST_NAMES`] are the most.
    pub(crate) fn name_bytes_with(&self, entry: &Entry) -> u64 {
        let target = match &entry.kind {
            Kind::Symlink { target } => target.len(),
            _ => 0,
        };
        self.name_bytes() + (entry.name.len() + target) as u64
    }

    /// Fails where there would be more names than can be recorded with this one.
    pub(crate) fn check_names(&self, path: &ImagePath, entry: &Entry) -> Result<(), TreeError> {
        if self.name_bytes_with(entry) <= MOST_NAMES {
            return Ok(());
        }
        let reason = "its tree has more than 4 GiB of names";
        let error = std::io::Error::new(std::io::ErrorKind::OutOfMemory, reason);
        Err(SysError::new("list", path.to_string(), error).into())
    }

    /// Bytes of extended attributes that are kept: each set of them once.
    pub(crate) fn attribute_bytes(&self) -> u64 {
        self.attribute_bytes
    }

    /// How many entries were ever recorded, the root included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 1
    }
}

#[cfg(test)]
mod tests;
