//! What runs before ordinary programs, as real tools make it and read it.
//!
//! `IMGTOOL_REAL_IMAGES` names the directory that `fixtures/real-images.sh`
//! made. Debian's binutils, bzip2, cpio, file, initramfs-tools-core, kmod,
//! llvm, lz4, xz-utils and zstd must be installed:
//!
//! `cargo test --release -p libimage --test kernels -- --ignored`
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "works on trees as any program would"
)]

mod archives;
mod images;
mod initrds;
mod modules;
mod tool;
