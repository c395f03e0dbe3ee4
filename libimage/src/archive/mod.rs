//! Archives: tar, plain or compressed by gzip, zstd, xz or bzip2.
//!
//! # How bytes flow
//!
//! ```text
//! input ─► read + BLAKE3 ─► unpack ─► ArchiveReader ─► Member, Slice, Slice, …
//!          (a thread)       (a thread)  (the caller)     └─► any thread
//! ```
//!
//! One thread reads the input, a second one unpacks it into recycled buffers,
//! and the caller's thread parses headers. The data of members is handed out
//! as [`Slice`]s of those same buffers, without a copy, so that others can
//! write one file while the next is being read. There are a fixed number of
//! buffers: memory is bounded whatever an archive holds.
//!
//! # What is read
//!
//! The formats v7, ustar, GNU and pax, sparse files in all four forms of GNU
//! tar, extended attributes and ACLs as star, GNU tar and libarchive store
//! them. An archive of several tapes, star's own sparse form and types that
//! nobody documents are refused.
//!
//! Where readers of tar are known to disagree (a PAX size against the header's,
//! PAX beside GNU extensions, data behind a link, records without an end), the
//! archive is refused or the rule of POSIX holds, since whoever inspects an
//! archive with one tool and unpacks it with another must see the same. An
//! archive counts as read only when its end marker was seen, nothing but zeros
//! followed, and the checksums of the compressed data were right.
//!
//! # Sources
//!
//! POSIX.1-2024, `pax`, "pax Interchange Format" and "ustar Interchange
//! Format"; the manual of GNU tar, "Basic Tar Format", "GNU Extensions to the
//! Archive Format" and "Storing Sparse Files"; tar(5) and
//! libarchive-formats(5) of libarchive.

mod accounts;
mod acl;
mod attributes;
mod blocks;
mod buffers;
mod codec;
mod error;
mod extents;
mod framed;
mod gate;
mod gzip;
mod header;
mod index;
mod layout;
mod limits;
mod listed;
mod member;
mod path;
mod pax;
mod proof;
mod reader;
mod scan;
mod sparse;
mod spool;
mod stream;
#[cfg(test)]
mod tests;
mod unpack;
pub mod write;

pub use acl::{NamedAcl, ResolvedAcl};
pub use buffers::Slice;
pub use codec::Codec;
pub use error::ArchiveError;
pub use extents::{Extent, Extents};
pub(crate) use framed::{Checksum, Framed};
pub(crate) use gate::{Gate, Gated};
pub(crate) use gzip::Members as GzipMembers;
pub use index::{Heads, IndexError, Indexer, index};
pub use layout::{Layout, Placed, Replaced, What, is_whiteout};
pub use limits::Limits;
pub(crate) use listed::{OTHER_KIND, OTHER_LINKS, OTHER_XATTRS, check_listed};
pub use member::{Member, MemberKind};
pub use path::normalise;
pub use proof::Proof;
pub use reader::{ArchiveReader, ArchiveSummary, Progress};
pub(crate) use scan::{Scanned, scan};
pub use sparse::{Region, SparseMap};
pub(crate) use spool::spool;
pub use unpack::{FileData, Sink, Unpacked, Unpacker};
