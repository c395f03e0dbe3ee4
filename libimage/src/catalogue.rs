//! The backups of a tree as generations: [`Generation`] names them,
//! [`Retention`] says which are kept.

mod generation;
mod retention;

pub use generation::Generation;
pub use retention::{Reason, Retention, Rule};
