//! [`DiffError`]: why two trees could not be compared.

use crate::error::transparent;
use crate::tree::TreeError;

/// Why two trees could not be compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum DiffError {
    /// One of them could not be read.
    Tree(TreeError),
}

transparent!(DiffError {
    Tree(TreeError),
});
