//! What a sync leaves of its target is what rsync leaves of it, over random
//! pairs of trees.
//!
//! Tests that need root and rsync are ignored unless asked for.
//! `IMGTOOL_ORACLE_CASES` is how many pairs they try (200),
//! `IMGTOOL_ORACLE_FIRST` the first seed (0); trees stand in `TMPDIR`, by default
//! in /dev/shm.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the oracle has to reach a tree by other ways than what it judges"
)]

mod atomic;
mod exceptions;
mod pairs;
#[path = "../filters/seeds.rs"]
mod seeds;
mod trees;
