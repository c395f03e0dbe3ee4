//! The command line as scripts and administrators meet it: exit statuses,
//! output, what stays behind. Every test runs the program itself, in a
//! directory of its own and with nothing in its environment but `PATH`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "what the program did to the disk is looked at by other ways than its own"
)]

mod archives;
mod backup;
mod clone;
mod diff;
mod diff_browser;
mod diff_filter;
mod diff_nodes;
mod diff_page;
mod diff_review;
mod diff_texts;
mod errors;
mod excludes;
mod exit;
mod generations;
mod help;
mod import;
mod inspect;
mod json;
mod lint;
mod manifest;
mod names;
mod options;
mod pager;
mod policy;
mod room;
mod rules;
mod sandbox;
mod signals;
mod streams;
mod sync;
mod sync_atomic;
mod sync_kept;
mod sync_plan;
mod verify_arch;
