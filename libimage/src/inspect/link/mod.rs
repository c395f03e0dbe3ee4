//! Whether the programs of a tree would find what they are linked against.

mod configured;
mod library;
mod linker;
mod links;
mod once;
mod search;

#[cfg(test)]
mod tests;

pub use linker::{LinkProblem, Linker, Needed};
pub use links::{Lacking, Links, Newest, Role};
