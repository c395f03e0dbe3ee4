//! libimage's diff and manifest held against rsync and GNU tar.
//!
//! What is compared here is what comes out: lines, digests, trees. Nothing
//! looks at how libimage got there. rsync is run as `-n -a -H -A -X -S -i
//! --numeric-ids --force`, and its sorted lines are the truth.
//!
//! Tests that need root and the programs are ignored unless asked for.
//! `IMGTOOL_ORACLE_CASES` is how many random pairs of trees they try (300),
//! `IMGTOOL_ORACLE_FIRST` the first seed (0); trees stand in `TMPDIR`, by
//! default in /dev/shm.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the oracle has to reach a tree by other ways than what it judges"
)]

mod archives;
mod completeness;
mod damage;
mod digests;
mod exceptions;
mod kinds;
mod links;
mod pairs;
mod patches;
mod random;
mod records;
mod rsync;
mod scratch;
mod shapes;
mod straight;
mod synclog;
