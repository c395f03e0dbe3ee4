//! libimage on real Debian images, held against GNU tar, bsdtar and rsync.
//!
//! `IMGTOOL_REAL_IMAGES` names the directory that `fixtures/real-images.sh`
//! filled. Trees of 1.3 GB are made in `TMPDIR` (three at most at a time), and
//! removed again. Run as root, one test after another, optimised:
//!
//! `cargo test --release -p libimage --test images -- --ignored --test-threads=1`

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the oracle has to reach a tree by other ways than what it judges"
)]

mod changes;
mod identity;
mod import;
mod links;
mod real;
mod refusal;
#[path = "../oracle/rsync.rs"]
mod rsync;
mod unprivileged;
mod verify;
