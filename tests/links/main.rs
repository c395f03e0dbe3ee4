//! Whether programs find their libraries, held against glibc's own loader.
//!
//! Small roots are made with the host's loader in them, and with programs and
//! libraries linked by binutils. What `ld.so --list` says in a chroot about
//! what a program itself needs must be what libimage says. Needs root and
//! Debian's amd64 binutils and libc-bin (ldconfig):
//!
//! `cargo test --release -p libimage --test links -- --ignored`
//!
//! `IMGTOOL_LINKS_CASES` is how many random roots are tried (400),
//! `IMGTOOL_LINKS_FIRST` the first seed (0). What is not ignored needs nothing.
//!
//! Where libimage means to differ:
//!
//! - It judges each file by itself. What the loader finds for a library by the
//!   `DT_RPATH` of the program that loads it, or because another library was
//!   loaded first, depends on that program.
//! - It knows no `LD_LIBRARY_PATH` and no working directory.
//! - A library for some processors alone (`glibc-hwcaps`) counts as found: the
//!   tree does not tell which processors the nodes have.
//! - It looks into the directories of all distributions' loaders, and takes
//!   `$LIB` for any of them; Debian's loader knows `lib64` by its cache alone.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "makes and damages trees as any program would"
)]

mod damage;
mod judged;
mod linked;
mod random;
mod root;
mod shapes;
mod vanishing;
