//! [`Layout`]: where each member of an archive belongs in the tree it makes.
//!
//! Decides without I/O. The tree starts empty and every member is placed in
//! memory first, so all that a path could run into is known: a member whose
//! parent is a symlink lands where a chroot would put it, and one that would
//! leave the tree is refused before anything of it exists.

mod layers;
mod links;

use super::acl::NamedAcl;
use super::error::{ArchiveError, Fault};
use super::limits::Limits;
use super::member::{Member, MemberKind};
use super::path::normalise;
use crate::entry::{Entry, Kind, Metadata, Timestamp, Xattrs};
use crate::path::{ImagePath, PathError};
use crate::tree::{RecordId, Records};
pub use layers::is_whiteout;
use layers::{Layer, Whiteout};
use links::Waiting;

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
    /// Hard links that came before their target.
    waiting: Vec<Waiting>,
    /// Bytes of the names in them.
    waiting_names: u64,
    /// The layer that is being read, if the tree is made of layers.
    layer: Option<Layer>,
}

/// What placing a member means for the tree.
#[derive(Debug, PartialEq, Eq)]
pub struct Placed {
    /// What happened to the member itself.
    pub what: What,
    /// What it replaces or hides: entries that are gone from the records,
    /// children before their parents.
    pub replaced: Vec<Replaced>,
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
    /// Nothing: a hard link from a name to itself, or to what has not come
    /// yet, or a whiteout.
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
            waiting: Vec::new(),
            waiting_names: 0,
            layer: None,
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
            .map_err(|fault| self.at(fault, &path))
    }

    fn at(&self, fault: Fault, member: &[u8]) -> ArchiveError {
        fault.at(&self.archive, Some(member))
    }

    fn put(&mut self, raw: &[u8], kind: MemberKind, metadata: Metadata) -> Result<Placed, Fault> {
        let (path, was_absolute) = normalise(raw).map_err(unsafe_path)?;
        self.limits.check_depth(path.depth() as u64)?;
        if let Some(hiding) = self.put_whiteout(&path, was_absolute)? {
            return Ok(hiding);
        }
        path.components().try_for_each(check_name)?;
        let pairs = metadata.xattrs.iter();
        self.count_attributes(pairs.map(|(name, value)| name.len() + value.len()).sum())?;
        let mut target_length = 0;
        if let MemberKind::Symlink { target } = &kind {
            check_target(target)?;
            target_length = target.len();
        }
        // The layers of an image are counted together.
        self.limits.check_entries(self.records.len() as u64)?;
        // Directories that only its path names are counted with it.
        let names = path.as_bytes().len() + target_length;
        self.limits.check_names(self.name_bytes() + names as u64)?;
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
                replaced: Vec::new(),
                was_absolute,
            });
        };
        let parent = path.parent().unwrap_or_default();
        let (parent, depth) = self
            .directory_at(&parent, Some(metadata.mtime))?
            .expect("it was made if it was missing");
        // A symlink may have led deeper than the path looks.
        self.limits.check_depth(depth + 1)?;
        let existing = self.records.child(parent, name);
        let (what, replaced) = match kind {
            MemberKind::Directory => self.put_directory(parent, name, existing, metadata)?,
            MemberKind::HardLink { target } => {
                self.put_hard_link(raw, parent, name, existing, &target)?
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
            MemberKind::Socket => {
                self.put_special(parent, name, existing, Kind::Socket, metadata)?
            }
        };
        Ok(Placed {
            what,
            replaced,
            was_absolute,
        })
    }

    /// Bytes of all names that are kept.
    fn name_bytes(&self) -> u64 {
        self.records.name_bytes() + self.waiting_names
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
    ) -> Result<(What, Vec<Replaced>), Fault> {
        if let Some(id) = existing
            && self.records.is_directory(id)
        {
            self.records.set_metadata(id, metadata);
            self.describe(id);
            return Ok((What::Directory(id), Vec::new()));
        }
        let (id, replaced) = self.put_entry(parent, name, existing, Kind::Directory, metadata)?;
        Ok((What::Directory(id), replaced))
    }

    /// Obeys a whiteout where layers are read; nothing for any other path.
    fn put_whiteout(
        &mut self,
        path: &ImagePath,
        was_absolute: bool,
    ) -> Result<Option<Placed>, Fault> {
        let Some(name) = path.file_name().filter(|_| self.layer.is_some()) else {
            return Ok(None);
        };
        let Some(whiteout) = Whiteout::of(name)? else {
            return Ok(None);
        };
        let parent = path.parent().unwrap_or_default();
        parent.components().try_for_each(check_name)?;
        Ok(Some(Placed {
            what: What::Nothing,
            replaced: self.hide(&parent, &whiteout)?,
            was_absolute,
        }))
    }

    fn put_special(
        &mut self,
        parent: RecordId,
        name: &[u8],
        existing: Option<RecordId>,
        kind: Kind,
        metadata: Metadata,
    ) -> Result<(What, Vec<Replaced>), Fault> {
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
    ) -> Result<(RecordId, Vec<Replaced>), Fault> {
        let replaced = self.make_room(existing)?;
        Ok((self.add(parent, name, kind, metadata), replaced))
    }

    fn make_room(&mut self, existing: Option<RecordId>) -> Result<Vec<Replaced>, Fault> {
        let Some(id) = existing else {
            return Ok(Vec::new());
        };
        if !self.records.is_directory(id) || self.records.children(id).is_empty() {
            return Ok(vec![self.take_away(id)]);
        }
        // A layer may replace what lower ones have, not what it has itself.
        let mut gone = Vec::new();
        self.clear(id, &mut gone);
        if self.records.is_attached(id) {
            return Err(Fault::corrupt(
                "a directory that is not empty stands at its place",
            ));
        }
        Ok(gone)
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

    /// The directory at `path` and how deep it is, following the tree's own symlinks as a chroot
    /// would. What is missing is made, as old as `make` says. If that says
    /// nothing, only what lower layers had is looked for: what the layer being
    /// read has put in the way took its place. A symlink that steps above the root
    /// is refused: in a chroot it would stay, unpacked by hand it would leave.
    fn directory_at(
        &mut self,
        path: &ImagePath,
        make: Option<Timestamp>,
    ) -> Result<Option<(RecordId, u64)>, Fault> {
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
                let Some(mtime) = make else {
                    return Ok(None);
                };
                self.limits.check_entries(self.records.len() as u64)?;
                depth += 1;
                self.limits.check_depth(depth + 1)?;
                at = self.add(at, &name, Kind::Directory, implied(self.owner, mtime));
                continue;
            };
            if let Some(target) = self.records.symlink_target(next) {
                if make.is_none() && !self.is_lower(next) {
                    return Ok(None);
                }
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
            } else if make.is_none() {
                return Ok(None);
            } else {
                return Err(Fault::corrupt(format!(
                    "its path runs through `{}`, which is no directory",
                    self.records.path(next)
                )));
            }
        }
        Ok(Some((at, depth)))
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
    if is_whiteout(name) {
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
