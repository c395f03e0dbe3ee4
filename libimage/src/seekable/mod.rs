//! A backup: a tar in zstd frames of its own each, with an index behind them.
//!
//! ```text
//! frame, frame, …   zstd frames: unpacked one after the other they are a tar
//! manifest          ┐
//! info              │ skippable frames (RFC 8878, 3.1.2), which every other
//! index             │ program passes over
//! footer            ┘
//! ```
//!
//! The footer has a fixed size and says where the index is, and its digest; the
//! index says where everything else is, and the digest of each. So every byte is
//! under a digest or compared with the one thing that it may be, and the digest
//! of the index stands for all of it: it is the archive's own.
//!
//! `docs/backup-format.md` is the definition of the format. This module knows
//! frames and their order, not what is in them: it reads and writes no tar.

mod error;
mod footer;
mod index;
mod info;
mod reader;
mod skippable;
#[cfg(test)]
mod tests;
mod writer;

pub use error::FormatError;
pub use index::{Frame, Index, Part};
pub use info::Info;
pub use reader::Reader;
pub(crate) use reader::most_listed;
pub use writer::{Packed, Sealed, Writer};

/// The version of the format that is written, and the only one that is known.
pub const VERSION: u8 = 1;

/// The most that a frame may hold, unpacked. Readers keep some of them.
pub const MOST_RAW: u64 = 64 << 20;

/// The most that an index may take: two million frames.
const MOST_INDEX: u64 = 256 << 20;

/// The largest window that the manifest may need, as a power of two: 8 MiB.
const MANIFEST_WINDOW: u32 = 23;

/// The most that the info may take.
const MOST_INFO: u64 = 1 << 20;
