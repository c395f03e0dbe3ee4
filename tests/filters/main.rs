//! libimage's filter rules held against rsync.
//!
//! Random lists of rules are put to both: which rules are accepted, which
//! entries of a random tree are sent, and which are deleted. rsync is run as a
//! user would run it; nothing looks at how libimage got its answer.
//!
//! Tests that need rsync are ignored unless asked for. `IMGTOOL_ORACLE_CASES`
//! is how many random lists they try (200), `IMGTOOL_ORACLE_FIRST` the first
//! seed (0); trees stand in `TMPDIR`, by default in /dev/shm.
//!
//! A longer run may meet one thing that is a fault of rsync's: if a file is
//! looked for in the directories above (`: ../.r`) and found there, and names
//! another (`: .s`), rsync goes on reading `.s` where that does not hold any
//! more. It takes no rule from it, but fails if something in it is none (seed
//! 10361, of what is sent by rules in directories).

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the oracle has to reach a tree by other ways than what it judges"
)]

mod attributes;
mod bcm;
mod classes;
mod deleting;
mod diffing;
mod list;
mod names;
mod pair;
mod refusing;
mod rsync;
mod seeds;
mod sending;
mod walk;
mod writer;
