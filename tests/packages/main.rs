//! Package databases as real package managers write them, read by libimage and
//! by those package managers.
//!
//! `IMGTOOL_REAL_IMAGES` names the directory that `fixtures/real-images.sh`
//! made; Debian's rpm, db-util and sqlite3 must be installed.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "works on trees as any program would"
)]

mod berkeley;
mod dpkg;
mod made;
mod review;
mod rpm;
mod tool;
