//! [`Member`]: one member of an archive, all its headers put together.

use super::acl::NamedAcl;
use super::attributes::Attributes;
use super::error::Fault;
use super::header::{GnuRegions, Header, Type, id};
use super::limits::Limits;
use super::path::normalise;
use super::pax::{Records, TYPE, number, timestamp};
use super::sparse::{PaxSparse, SparseMap};
use crate::entry::{DeviceNumber, Metadata, Timestamp};
use crate::escape::Escaped;
use crate::path::{ImagePath, PathError};

/// One member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// The path as it stands in the archive; [`Member::image_path`] is where
    /// it leads.
    pub path: Box<[u8]>,
    /// What it is.
    pub kind: MemberKind,
    /// What every kind has. Of a hard link this is what the archive repeats
    /// of its target.
    pub metadata: Metadata,
    /// How far into the unpacked archive the first of its headers stands.
    pub start: u64,
    /// ACLs that are not among the attributes yet, because their numbers
    /// stand in the image's own `passwd` and `group`.
    pub named_acls: Vec<NamedAcl>,
}

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Its length in bytes, holes included.
        size: u64,
        /// Where its data lies, if it has holes.
        sparse: Option<SparseMap>,
    },
    /// Another name of a member that came before.
    HardLink {
        /// That member's path as it stands in the archive.
        target: Box<[u8]>,
    },
    /// A symbolic link.
    Symlink {
        /// The target, as the bytes that were stored.
        target: Box<[u8]>,
    },
    /// A character device.
    CharDevice(DeviceNumber),
    /// A block device.
    BlockDevice(DeviceNumber),
    /// A named pipe.
    Fifo,
    /// The name of a Unix socket, for which tar has no type: imgtool's own
    /// backups have them.
    Socket,
}

impl Member {
    /// Where in the image it belongs, and whether a leading `/` was stripped.
    ///
    /// Members that [`ArchiveReader::next`](super::ArchiveReader::next) returns
    /// all belong somewhere, the root among them being a directory.
    ///
    /// # Errors
    ///
    /// A [`PathError`] if the path was changed to one that leads nowhere.
    pub fn image_path(&self) -> Result<(ImagePath, bool), PathError> {
        normalise(&self.path)
    }

    /// Checks that the paths stay within the image and name something.
    fn check_paths(&self) -> Result<(), Fault> {
        let (path, _) = normalise(&self.path)
            .map_err(|error| Fault::unsafe_(format!("it cannot be placed: {error}")))?;
        if path.is_root() && self.kind != MemberKind::Directory {
            return Err(Fault::unsafe_(
                "it would replace the image's root directory",
            ));
        }
        if let MemberKind::HardLink { target } = &self.kind {
            let (target, _) = normalise(target)
                .map_err(|error| Fault::unsafe_(format!("its target cannot be found: {error}")))?;
            if target.is_root() {
                return Err(Fault::unsafe_("it would link the image's root directory"));
            }
        }
        Ok(())
    }
}

/// The extension headers that stand before a member's own header.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    pub(super) pax: Option<Records>,
    pub(super) long_name: Option<Vec<u8>>,
    pub(super) long_link: Option<Vec<u8>>,
}

impl Extensions {
    pub(super) fn is_empty(&self) -> bool {
        self.pax.is_none() && self.long_name.is_none() && self.long_link.is_none()
    }

    /// Adds a GNU long name or long link: a C string and the NUL at its end.
    pub(super) fn add_long(&mut self, kind: Type, mut text: Vec<u8>) -> Result<(), Fault> {
        // sqfs2tar writes attributes in PAX before a long name of GNU's.
        if self
            .pax
            .as_ref()
            .is_some_and(|records| NAMES_AND_SIZES.iter().any(|key| records.get(key).is_some()))
        {
            return Err(mixed());
        }
        while text.last() == Some(&0) {
            text.pop();
        }
        if text.contains(&0) {
            return Err(Fault::unsafe_("its GNU long name holds a NUL byte"));
        }
        let place = if kind == Type::GnuLongName {
            &mut self.long_name
        } else {
            &mut self.long_link
        };
        match place.replace(text) {
            None => Ok(()),
            Some(_) => Err(Fault::unsafe_("two GNU long names stand before one member")),
        }
    }

    pub(super) fn add_pax(&mut self, records: Records) -> Result<(), Fault> {
        // Some write numbers in PAX behind a long name of GNU's: commons-compress
        // with LONGFILE_GNU and BIGNUMBER_POSIX.
        let named = |key: &[u8]| records.get(key).is_some();
        if self.long_name.is_some() && (named(b"path") || named(b"GNU.sparse.name"))
            || self.long_link.is_some() && named(b"linkpath")
        {
            return Err(mixed());
        }
        match self.pax.replace(records) {
            None => Ok(()),
            Some(_) => Err(Fault::unsafe_("two PAX headers stand before one member")),
        }
    }
}

/// What must not stand before a GNU extension header: readers disagree on
/// whether it is about that header or about the member.
const NAMES_AND_SIZES: &[&[u8]] = &[
    b"path",
    b"linkpath",
    b"size",
    b"GNU.sparse.name",
    b"GNU.sparse.major",
    b"GNU.sparse.map",
    b"GNU.sparse.numblocks",
    b"GNU.sparse.realsize",
    b"GNU.sparse.size",
];

/// Readers disagree on which of the two counts, and nobody writes both.
fn mixed() -> Fault {
    Fault::unsafe_("PAX and GNU extension headers stand before one member")
}

/// How a member's data lies behind its header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// As it is, or none.
    Plain,
    /// Not for the member: a list of names.
    Skipped,
    /// In the data regions of a map that is known.
    Regions(Vec<(u64, u64)>),
    /// In those of a map that stands before it.
    MapFirst,
    /// In those of an old GNU header, and perhaps of blocks behind it.
    Gnu(GnuRegions),
}

/// All headers of one member, read together.
pub(super) struct Headers {
    header: Header,
    kind: Type,
    records: Records,
    path: Vec<u8>,
    link: Vec<u8>,
}

impl Headers {
    /// Sorts out which header says what.
    pub(super) fn new(
        header: Header,
        kind: Type,
        extensions: Extensions,
        global: &Records,
    ) -> Self {
        let records = extensions.pax.unwrap_or_default().over(global);
        let path = records.get(b"GNU.sparse.name").or(records.get(b"path"));
        let path = match (path, extensions.long_name) {
            (Some(path), _) => path.to_vec(),
            (None, Some(long)) => long,
            (None, None) => header.name(),
        };
        let link = match (records.get(b"linkpath"), extensions.long_link) {
            (Some(link), _) => link.to_vec(),
            (None, Some(long)) => long,
            (None, None) => header.link_name().to_vec(),
        };
        Self {
            header,
            kind,
            records,
            path,
            link,
        }
    }

    pub(super) fn path(&self) -> &[u8] {
        &self.path
    }

    /// Bytes behind the header. PAX counts, not the header, wherever both say:
    /// a reader that skips by the other one takes data for members
    /// (CVE-2025-62518).
    pub(super) fn stored(&self) -> Result<u64, Fault> {
        match self.records.get(b"size") {
            Some(value) => super::header::size(i128::from(number(value, "size")?)),
            None => self.header.size(),
        }
    }

    fn id(&self, key: &str, field: impl Fn(&Header) -> Result<u32, Fault>) -> Result<u32, Fault> {
        match self.records.get(key.as_bytes()) {
            Some(value) => id(i128::from(number(value, key)?), key),
            None => field(&self.header),
        }
    }

    fn mtime(&self) -> Result<Timestamp, Fault> {
        match self.records.get(b"mtime") {
            Some(value) => timestamp(value).ok_or_else(|| {
                Fault::corrupt(format!("its PAX mtime `{}` is no time", Escaped(value)))
            }),
            None => self.header.mtime().map(Timestamp::from_seconds),
        }
    }

    /// The member, with no sparse map yet, and where its data is.
    pub(super) fn into_member(self, limits: &Limits) -> Result<(Member, Layout), Fault> {
        limits.check_path(&self.path)?;
        limits.check_path(&self.link)?;
        let stored = self.stored()?;
        let (kind, layout) = self.member_kind(stored, limits)?;
        if stored > 0 && layout == Layout::Plain && !matches!(kind, MemberKind::File { .. }) {
            return Err(Fault::unsafe_(format!(
                "it has {stored} bytes of data and is no regular file"
            )));
        }
        let attributes = Attributes::from_records(&self.records)?;
        attributes.check(
            kind == MemberKind::Directory,
            matches!(kind, MemberKind::Symlink { .. }),
        )?;
        let mut mode = self.header.mode()?;
        if let Some(permissions) = attributes.permissions {
            mode = mode & !0o777 | permissions;
        }
        let member = Member {
            kind,
            metadata: Metadata {
                mode,
                uid: self.id("uid", Header::uid)?,
                gid: self.id("gid", Header::gid)?,
                mtime: self.mtime()?,
                xattrs: attributes.xattrs,
            },
            named_acls: attributes.named_acls,
            start: 0,
            path: self.path.into(),
        };
        member.check_paths()?;
        Ok((member, layout))
    }

    fn member_kind(&self, stored: u64, limits: &Limits) -> Result<(MemberKind, Layout), Fault> {
        let sparse = PaxSparse::from_records(&self.records, limits)?;
        if sparse.is_some() && self.kind != Type::File {
            return Err(Fault::corrupt(
                "it has sparse records and is no regular file",
            ));
        }
        let plain = |kind| Ok((kind, Layout::Plain));
        let is_socket = match self.records.get(TYPE) {
            None => false,
            Some(b"socket") if self.kind == Type::Fifo => true,
            Some(other) => {
                return Err(Fault::corrupt(format!(
                    "its record IMGTOOL.type `{}` is no type of its kind",
                    Escaped(other)
                )));
            }
        };
        let file = |size| MemberKind::File { size, sparse: None };
        match self.kind {
            // Before POSIX, a directory was a file whose name ends so.
            Type::File if self.path.ends_with(b"/") => plain(MemberKind::Directory),
            Type::File => Ok(match sparse {
                None => (file(stored), Layout::Plain),
                Some(PaxSparse { size, map: None }) => (file(size), Layout::MapFirst),
                Some(PaxSparse {
                    size,
                    map: Some(map),
                }) => (file(size), Layout::Regions(map)),
            }),
            Type::GnuSparse => {
                let (size, regions) = self.header.gnu_sparse()?;
                Ok((file(size), Layout::Gnu(regions)))
            }
            Type::HardLink => plain(MemberKind::HardLink {
                target: self.target()?,
            }),
            Type::Symlink => plain(MemberKind::Symlink {
                target: self.target()?,
            }),
            Type::CharDevice => plain(MemberKind::CharDevice(self.header.device()?)),
            Type::BlockDevice => plain(MemberKind::BlockDevice(self.header.device()?)),
            Type::Directory => plain(MemberKind::Directory),
            Type::GnuDump => Ok((MemberKind::Directory, Layout::Skipped)),
            Type::Fifo if is_socket => plain(MemberKind::Socket),
            Type::Fifo => plain(MemberKind::Fifo),
            Type::GnuLabel
            | Type::GnuLongName
            | Type::GnuLongLink
            | Type::Pax
            | Type::PaxGlobal => unreachable!("read before, they are no members"),
        }
    }

    fn target(&self) -> Result<Box<[u8]>, Fault> {
        if self.link.is_empty() {
            return Err(Fault::corrupt("it is a link without a target"));
        }
        Ok(self.link.as_slice().into())
    }
}
