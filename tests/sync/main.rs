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
#[path = "../filters/attributes.rs"]
mod attributes;
mod bcm;
mod exceptions;
#[path = "../filters/list.rs"]
#[allow(dead_code, reason = "the tests of rules alone need more of it")]
mod list;
#[path = "../filters/names.rs"]
#[allow(dead_code, reason = "the tests of rules alone need more of it")]
mod names;
mod pairs;
#[path = "../filters/rsync.rs"]
#[allow(dead_code, reason = "the tests of rules alone need more of it")]
mod rsync;
mod rules;
#[path = "../filters/seeds.rs"]
mod seeds;
mod stage;
mod trees;
#[path = "../filters/writer.rs"]
#[allow(dead_code, reason = "the tests of rules alone need more of it")]
mod writer;
