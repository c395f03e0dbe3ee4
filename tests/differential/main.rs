//! libimage's import held against the programs that write archives, and against
//! those that unpack them.
//!
//! What some program archived has to come out as it was: every attribute that the
//! archive holds, whatever wrote it (`writers`), in whatever order (`orders`), in
//! however many goes (`appended`), through whichever compressor (`streams`), or in
//! a Debian package (`packages`). `losses` names what an archive does not hold.
//!
//! And of an archive that nobody in his right mind would write, an import makes
//! what GNU tar or bsdtar makes of it, or nothing (`agreement`). `exceptions` names
//! what is otherwise.
//!
//! All of it needs root and the programs, and is ignored unless asked for.
//! `IMGTOOL_DIFFERENTIAL_CASES` is how many random archives are tried (400),
//! `IMGTOOL_DIFFERENTIAL_FIRST` the first seed (0); trees stand in `TMPDIR`, by
//! default in /dev/shm.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the oracle has to reach a tree by other ways than what it judges"
)]

mod agreement;
mod appended;
mod corpus;
mod exceptions;
mod import;
mod losses;
mod orders;
mod packages;
mod readers;
mod scratch;
mod specimen;
mod streams;
mod undated;
mod writers;
