//! What a tree is made of, as facts and nothing else.
//!
//! Here files are recognised and read: ELF headers, kernel images,
//! `os-release`. Nothing here knows what ought to be; the [rules](crate::rules)
//! turn [`Facts`] into findings.

mod architecture;
mod boot_image;
mod captured;
mod census;
mod distro;
mod elf;
mod facts;
mod kernel;
mod kind;
mod machine;
mod os_release;
mod place;
pub(crate) mod reach;
mod tally;

#[cfg(test)]
pub(crate) mod fake;

pub use architecture::{Architecture, ArchitectureError};
pub use boot_image::{BootImage, ImageFormat};
pub(crate) use captured::captured;
pub use census::{Census, Count};
pub use distro::Distro;
pub use elf::{Class, ElfError, ElfIdentity, ElfType, Endian, HEAD_BYTES, MAGIC};
pub use facts::Facts;
pub use kernel::{Kernel, kernels};
pub use kind::{ImageKind, ImageKindError, KindEvidence, tell};
pub use machine::Machine;
pub use os_release::OsRelease;
pub use place::{Place, classify};
pub use tally::Tally;
