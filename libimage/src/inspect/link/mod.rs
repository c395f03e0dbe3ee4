//! Whether the programs of a tree would find what they are linked against.

mod configured;
mod library;
mod linker;
mod links;
mod once;
mod problem;
mod search;

#[cfg(test)]
mod tests;

pub use linker::Linker;
pub use links::{Lacking, Links, Newest, Role};
pub use problem::{LinkProblem, Needed};
