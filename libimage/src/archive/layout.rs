//! [`Layout`]: where each member of an archive belongs in the tree it makes.
//!
//! Decides without I/O. The tree starts empty and every member is placed in
//! memory first, so all that a path could run into is known: a member whose
//! parent is a symlink lands where a chroot would put it, and one that would
//! leave the tree is refused before anything of it exists.

use super::acl::NamedAcl;
use super::error::{ArchiveError, Fault};
use super::limits::Limits;
use super::member::{Member, MemberKind};
use super::path::normalise;
use crate::entry::{Entry, Kind, LinkGroup, Metadata, Timestamp, Xattrs};
use crate::escape::Escaped;
use crate::path::{ImagePath, PathError};
use crate::tree::{RecordId, Records};

/// The tree that an archive makes, as far as it has been read.
#[derive(Debug)]
pub struct Layout {
    records: Records,
    archive: String,
    /// Owner and group of directories that no member describes.
    owner: (u32, u32),
    root_described: bool,
    limits: Limits,
    /// Bytes of all extended attributes so far.
    attributes: u64,
}

/// What placing a member means for the tree.
#[derive(Debug, PartialEq, Eq)]
pub struct Placed {
    /// What happened to the member itself.
    pub what: What,
    /// What it replaces: an entry that stood at its place and is gone from
    /// the records.
    pub replaced: Option<Replaced>,
    /// Whether a leading `/` was taken off its path.
    pub was_absolute: bool,
}

/// An entry that a later member took the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The entry, whose name and directory are still known.
    pub id: RecordId,
    /// Whether it was an (empty) directory.
    pub directory: bool,
}

/// What a member adds to the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A directory, new or described anew.
    Directory(RecordId),
    /// A regular file, whose content follows in the archive.
    File(RecordId),
    /// A symlink, device, fifo or socket.
    Special(RecordId),
    /// Another name of an entry that is there already.
    HardLink {
        /// The new name.
        id: RecordId,
        /// The entry that it is another name of.
        target: RecordId,
    },
    /// Nothing: a hard link from a name to itself.
    Nothing,
}

/// As many symlinks as Linux follows on one path (`path_resolution(7)`).
const MAX_SYMLINKS: usize = 40;

impl Layout {
    /// An empty tree for the archive called `archive` in messages.
    ///
    /// Directories that no member describes, the root among them, belong to
    /// `owner`, may be used by everyone (mode 0755) and are as old as the
    /// first member that needs them. `limits` hold for them as for members.
    pub fn new(archive: String, owner: (u32, u32), limits: Limits) -> Self {
        Self {
            records: Records::new(implied(owner, Timestamp::default())),
            archive,
            owner,
            root_described: false,
            limits,
            attributes: 0,
        }
    }

    /// The tree as it is by now.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The tree as it is by now, to record what becomes known of it.
    pub fn records_mut(&mut self) -> &mut Records {
        &mut self.records
    }

    /// The tree.
    pub fn into_records(self) -> Records {
        self.records
    }

    /// Places a member.
    ///
    /// # Errors
    ///
    /// An [`ArchiveError`] naming the member, if its place is outside of the
    /// tree, beneath something that is no directory, taken by a directory that
    /// is not empty, or if it is a hard link to what is not there.
    pub fn place(&mut self, member: Member) -> Result<Placed, ArchiveError> {
        let Member {
            path,
            kind,
            metadata,
            ..
        } = member;
        self.put(&path, kind, metadata)
            .map_err(|fault| fault.at(&self.archive, Some(&path)))
    }

    fn put(&mut self, raw: &[u8], kind: MemberKind, metadata: Metadata) -> Result<Placed, Fault> {
        let (path, was_absolute) = normalise(raw).map_err(unsafe_path)?;
        path.components().try_for_each(check_name)?;
        self.limits.check_depth(path.depth() as u64)?;
        let pairs = metadata.xattrs.iter();
        self.count_attributes(pairs.map(|(name, value)| name.len() + value.len()).sum())?;
        if let MemberKind::Symlink { target } = &kind {
            check_target(target)?;
        }
        if !self.root_described && self.records.is_empty() {
            self.records
                .set_metadata(Records::ROOT, implied(self.owner, metadata.mtime));
        }
        let Some(name) = path.file_name() else {
            if !matches!(kind, MemberKind::Directory) {
                return Err(Fault::unsafe_(
                    "the root of the tree can only be a directory",
                ));
            }
            self.root_described = true;
            self.records.set_metadata(Records::ROOT, metadata);
            return Ok(Placed {
                what: What::Directory(Records::ROOT),
                replaced: None,
                was_absolute,
            });
        };
        let parent = path.parent().unwrap_or_default();
        let parent = self.directory_at(&parent, metadata.mtime)?;
        let existing = self.records.child(parent, name);
        let (what, replaced) = match kind {
            MemberKind::Directory => self.put_directory(parent, name, existing, metadata),
            MemberKind::HardLink { target } => {
                self.put_hard_link(parent, name, existing, &target)?
            }
            MemberKind::File { size, .. } => {
                let (id, replaced) =
                    self.put_entry(parent, name, existing, Kind::File { size }, metadata)?;
                (What::File(id), replaced)
            }
            MemberKind::Symlink { target } => {
                // Linux has one mode for all symlinks (symlink(7)), whatever
                // the archive says.
                let metadata = Metadata {
                    mode: 0o777,
                    ..metadata
                };
                self.put_special(parent, name, existing, Kind::Symlink { target }, metadata)?
            }
            MemberKind::CharDevice(number) => {
                self.put_special(parent, name, existing, Kind::CharDevice(number), metadata)?
            }
            MemberKind::BlockDevice(number) => {
                self.put_special(parent, name, existing, Kind::BlockDevice(number), metadata)?
            }
            MemberKind::Fifo => self.put_special(parent, name, existing, Kind::Fifo, metadata)?,
        };
        Ok(Placed {
            what,
            replaced,
            was_absolute,
        })
    }

    fn count_attributes(&mut self, bytes: usize) -> Result<(), Fault> {
        self.attributes += bytes as u64;
        self.limits.check_attributes(self.attributes)
    }

    /// Counts ACLs that are kept until the numbers of their users are known.
    pub(super) fn count_acls(
        &mut self,
        acls: &[NamedAcl],
        member: &[u8],
    ) -> Result<(), ArchiveError> {
        self.count_attributes(acls.iter().map(|acl| acl.text().len()).sum())
            .map_err(|fault| fault.at(&self.archive, Some(member)))
    }

    fn put_directory(
        &mut self,
        parent: RecordId,
        name: &[u8],
        existing: Option<RecordId>,
        metadata: Metadata,
    ) -> (What, Option<Replaced>) {
        if let Some(id) = existing
            && self.records.is_directory(id)
        {
            self.records.set_metadata(id, metadata);
            return (What::Directory(id), None);
        }
        let replaced = existing.map(|id| self.take_away(id));
        let id = self.add(parent, name, Kind::Directory, metadata);
        (What::Directory(id), replaced)
    }

    fn put_special(
        &mut self,
        parent: RecordId,
        name: &[u8],
        existing: Option<RecordId>,
        kind: Kind,
        metadata: Metadata,
    ) -> Result<(What, Option<Replaced>), Fault> {
        let (id, replaced) = self.put_entry(parent, name, existing, kind, metadata)?;
        Ok((What::Special(id), replaced))
    }

    fn put_entry(
        &mut self,
        parent: RecordId,
        name: &[u8],
        existing: Option<RecordId>,
        kind: Kind,
        metadata: Metadata,
    ) -> Result<(RecordId, Option<Replaced>), Fault> {
        let replaced = self.make_room(existing)?;
        Ok((self.add(parent, name, kind, metadata), replaced))
    }

    fn put_hard_link(
        &mut self,
        parent: RecordId,
        name: &[u8],
        existing: Option<RecordId>,
        target: &[u8],
    ) -> Result<(What, Option<Replaced>), Fault> {
        let target = self.hard_link_target(target)?;
        if existing == Some(target) {
            return Ok((What::Nothing, None));
        }
        let group = self.records.link(target).unwrap_or_else(|| {
            let group = LinkGroup(0, u64::from(target.number()));
            self.records.set_link(target, Some(group));
            group
        });
        if existing.is_some_and(|id| self.records.link(id) == Some(group)) {
            return Ok((What::Nothing, None));
        }
        let replaced = self.make_room(existing)?;
        let mut entry = self.records.entry(target);
        entry.name = name.into();
        let id = self
            .records
            .insert(parent, entry)
            .expect("room was made at this name");
        Ok((What::HardLink { id, target }, replaced))
    }

    /// A hard link names its target from the root, with no symlink on the way.
    fn hard_link_target(&self, raw: &[u8]) -> Result<RecordId, Fault> {
        let shown = Escaped(raw);
        let (path, _) = normalise(raw)
            .map_err(|error| Fault::unsafe_(format!("hard link to `{shown}`: {error}")))?;
        let mut at = Records::ROOT;
        for name in path.components() {
            if self.records.symlink_target(at).is_some() {
                return Err(Fault::unsafe_(format!(
                    "hard link to `{shown}`, whose path runs through a symlink"
                )));
            }
            at = self.records.child(at, name).ok_or_else(|| {
                Fault::unsafe_(format!(
                    "hard link to `{shown}`, which is not in the archive before it"
                ))
            })?;
        }
        if self.records.is_directory(at) {
            return Err(Fault::unsafe_(format!(
                "hard link to the directory `{shown}`"
            )));
        }
        Ok(at)
    }

    fn make_room(&mut self, existing: Option<RecordId>) -> Result<Option<Replaced>, Fault> {
        let Some(id) = existing else {
            return Ok(None);
        };
        if self.records.is_directory(id) && !self.records.children(id).is_empty() {
            return Err(Fault::corrupt(
                "a directory that is not empty stands at its place",
            ));
        }
        Ok(Some(self.take_away(id)))
    }

    fn take_away(&mut self, id: RecordId) -> Replaced {
        let directory = self.records.is_directory(id);
        self.records.remove(id);
        Replaced { id, directory }
    }

    fn add(&mut self, parent: RecordId, name: &[u8], kind: Kind, metadata: Metadata) -> RecordId {
        let entry = Entry {
            name: name.into(),
            kind,
            metadata,
            link: None,
            content: None,
        };
        self.records
            .insert(parent, entry)
            .expect("room was made at this name")
    }

    /// The directory at `path`, following the tree's own symlinks as a chroot
    /// would, and making what is missing. A symlink that steps above the root
    /// is refused: in a chroot it would stay, unpacked by hand it would leave.
    fn directory_at(&mut self, path: &ImagePath, mtime: Timestamp) -> Result<RecordId, Fault> {
        let mut at = Records::ROOT;
        let mut depth = 0;
        let mut rest: Vec<Box<[u8]>> = path.components().map(Box::from).collect();
        rest.reverse();
        let mut followed = 0;
        while let Some(name) = rest.pop() {
            match &*name {
                b"" | b"." => continue,
                b".." => {
                    if at == Records::ROOT {
                        return Err(Fault::unsafe_(
                            "its path runs through a symlink that leaves the tree",
                        ));
                    }
                    at = self.records.parent(at);
                    depth -= 1;
                    continue;
                }
                _ => {}
            }
            let Some(next) = self.records.child(at, &name) else {
                self.limits.check_entries(self.records.len() as u64)?;
                depth += 1;
                self.limits.check_depth(depth + 1)?;
                at = self.add(at, &name, Kind::Directory, implied(self.owner, mtime));
                continue;
            };
            if let Some(target) = self.records.symlink_target(next) {
                followed += 1;
                if followed > MAX_SYMLINKS {
                    return Err(Fault::unsafe_("its path runs through a circle of symlinks"));
                }
                if target.first() == Some(&b'/') {
                    at = Records::ROOT;
                    depth = 0;
                }
                rest.extend(target.split(|&byte| byte == b'/').rev().map(Box::from));
            } else if self.records.is_directory(next) {
                at = next;
                depth += 1;
            } else {
                return Err(Fault::corrupt(format!(
                    "its path runs through `{}`, which is no directory",
                    self.records.path(next)
                )));
            }
        }
        Ok(at)
    }
}

fn unsafe_path(error: PathError) -> Fault {
    Fault::unsafe_(error.to_string())
}

/// Refuses names that no file system of Linux can hold (`NAME_MAX`), and the
/// marks by which layers of container images delete what lies beneath them
/// (OCI image specification, "Whiteouts"): in a plain archive they would be
/// files that nobody wants.
fn check_name(name: &[u8]) -> Result<(), Fault> {
    if name.len() > 255 {
        return Err(Fault::unsafe_(
            "a name in its path is longer than 255 bytes",
        ));
    }
    if name.starts_with(b".wh.") {
        return Err(Fault::unsafe_(
            "it is a whiteout, which only a layer of a container image may hold",
        ));
    }
    Ok(())
}

/// A target is at most `PATH_MAX` long with its NUL, and never empty (`symlink(2)`).
fn check_target(target: &[u8]) -> Result<(), Fault> {
    if (1..4096).contains(&target.len()) {
        Ok(())
    } else {
        Err(Fault::unsafe_(
            "its target is empty or longer than 4095 bytes, which no symlink can hold",
        ))
    }
}

/// The metadata of a directory that no member describes.
fn implied(owner: (u32, u32), mtime: Timestamp) -> Metadata {
    Metadata {
        mode: 0o755,
        uid: owner.0,
        gid: owner.1,
        mtime,
        xattrs: Xattrs::NONE,
    }
}

#[cfg(test)]
mod tests;
