//! What a tree is made of, as facts and nothing else.
//!
//! Here files are recognised and read: ELF headers, kernel images,
//! `os-release`. Nothing here knows what ought to be; the [rules](crate::rules)
//! turn [`Facts`] into findings.

mod architecture;
mod boot_image;
mod census;
mod distro;
mod dynamic;
mod elf;
mod facts;
mod kernel;
mod kind;
mod link;
mod machine;
mod os_release;
mod packages;
mod pattern;
mod place;
pub(crate) mod reach;
mod release;
pub(crate) mod script;
mod tally;

#[cfg(test)]
pub(crate) mod fake;

pub use architecture::{Architecture, ArchitectureError};
pub use boot_image::{BootImage, ImageFormat};
pub use census::{Census, Count};
pub use distro::{Agreement, Distro};
pub use dynamic::{Dynamic, DynamicError, Requirement};
pub use elf::{Class, ElfError, ElfIdentity, ElfType, Endian, HEAD_BYTES, MAGIC};
pub use facts::Facts;
pub use kernel::{Kernel, kernels};
pub use kind::{ImageKind, ImageKindError, KindEvidence, tell};
pub use link::{Lacking, LinkProblem, Linker, Links, Needed, Newest, Role};
pub use machine::Machine;
pub use os_release::OsRelease;
pub use packages::{
    DatabaseFormat, Package, Packages, Shown, Stage, State, Unread, UnreadReason, Want,
};
pub use pattern::{MOST_PATTERNS, Marks, Patterns};
pub use place::{Place, classify, classify_by};
pub use release::{BcmRelease, DgxRelease, DkmsBuild, LeftBehind, NvidiaDriver, Release};
pub use tally::Tally;
