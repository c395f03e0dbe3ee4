//! A plan as runs of rsync, for a target that only rsync reaches.
//!
//! rsync decides by itself what is to be done, so each run has a list of names and
//! options that leave it no choice: content is sent whatever the times are, or it
//! is not sent; what is to go is named. [`Passes`] says which runs there are and in
//! which order, [`script`] is a program for sh that has them done.

mod aspects;
mod passes;
mod script;
#[cfg(test)]
mod tests;

pub use passes::{Misfit, Pass, Passes, What};
pub use script::{Ends, SCRIPT, script};
