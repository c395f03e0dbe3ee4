//! What a tree is made of, as facts and nothing else.
//!
//! Here files are recognised and read: ELF headers, kernel images,
//! `os-release`. Nothing here knows what ought to be; the [rules](crate::rules)
//! turn [`Facts`] into findings.

mod architecture;
mod boot_image;
mod captured;
mod census;
mod compression;
mod cpio;
mod distro;
mod dynamic;
mod efi;
mod elf;
mod facts;
mod glibc;
mod initrd;
mod inside;
mod kernel;
mod kind;
mod link;
mod lz4;
mod machine;
mod module;
mod os_release;
mod packages;
mod pattern;
mod place;
pub(crate) mod reach;
mod release;
pub(crate) mod script;
mod static_archive;
mod tally;

#[cfg(test)]
pub(crate) mod fake;

pub use architecture::{Architecture, ArchitectureError};
pub use boot_image::{BootImage, ImageFormat};
pub(crate) use captured::captured;
pub use census::{Census, Count};
pub use compression::Compression;
pub use distro::{Agreement, Distro};
pub use dynamic::{Dynamic, DynamicError, Requirement};
pub use elf::{Class, ElfError, ElfIdentity, ElfType, Endian, FloatAbi, HEAD_BYTES, MAGIC};
pub use facts::Facts;
pub use glibc::glibc_of;
pub use initrd::{Initrd, Unseen};
pub use inside::Inside;
pub(crate) use inside::{is_looked_into, look_inside};
pub use kernel::{Because, DefaultKernel, Kernel, default_kernel, kernels, read_initrds};
pub use kind::{ImageKind, ImageKindError, KindEvidence, tell};
pub use link::{Lacking, LinkProblem, Linker, Links, Needed, Newest, Role};
pub use machine::Machine;
pub use module::{ModuleError, identity as module_identity};
pub use os_release::OsRelease;
pub use packages::{
    DatabaseFormat, Diversions, Package, Packages, Role as FileRole, Shipped, ShippedContent,
    ShippedDigest, ShippedHasher, Shown, Stage, State, Unread, UnreadReason, Want,
};
pub use pattern::{MOST_PATTERNS, Marks, Patterns};
pub use place::{Place, classify, classify_by};
pub use release::{BcmRelease, DgxRelease, DkmsBuild, LeftBehind, NvidiaDriver, Release};
pub use static_archive::{StaticArchiveError, identities as static_archive_identities};
pub use tally::Tally;
