//! The tree writer: everything that makes a tree makes it here.
//!
//! A tree is written aside, in a private directory beside its destination,
//! and takes its name only when it is whole:
//!
//! 1. [`Destination`] is where the tree shall stand, [`Destination::lock`]
//!    keeps other commands away from it.
//! 2. [`Staging`] is the private place; what a dead process left is removed.
//! 3. [`write_tree`] runs the writer: directories at once and private, files
//!    on several threads, hard links after the files they name, the final
//!    metadata of directories last of all, deepest first.
//! 4. [`Staging::publish`] makes it durable and gives it its name in one step:
//!    sync the file system, rename or swap, sync the directory, and only then
//!    remove the former tree. Without the first step a power cut leaves
//!    published files empty.
//!
//! Dropping a [`Staging`] without publishing removes it. Nothing outside
//! `.imgtool` has changed then.

mod aside;
mod content;
mod copy;
mod destination;
mod error;
mod privilege;
mod recovery;
mod remove;
mod room;
mod staging;
mod times;
mod tree;
mod workers;

pub use crate::root::Room;
pub(crate) use aside::Aside;
pub use content::{Content, Filling, HEAD_BYTES, Observe};
pub use copy::{Copier, Reflink, Ways};
pub use destination::{Destination, Lock, warn_if_half_synced};
pub(crate) use destination::{JOURNAL, manifest_beside};
pub use error::WriteError;
pub use privilege::{LeftOut, Privilege};
pub(crate) use recovery::sweep;
pub(crate) use remove::remove_tree;
pub use room::{Known, NoRoom, What};
pub(crate) use room::{Needs, is_full};
pub use staging::{Published, Sidecar, Staging};
pub use times::KeptTimes;
pub use tree::{TreeWriter, write_tree};
