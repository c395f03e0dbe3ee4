//! [`DiffError`]: why two trees could not be compared.

use crate::error::transparent;
use crate::filter::FilterError;
use crate::monitor::Cancelled;
use crate::tree::TreeError;

/// Why two trees could not be compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum DiffError {
    /// One of them could not be read.
    Tree(TreeError),
    /// A directory has a file of filter rules that makes no sense.
    Filter(FilterError),
}

transparent!(DiffError {
    Tree(TreeError),
    Filter(FilterError),
});

impl From<Cancelled> for DiffError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Tree(cancelled.into())
    }
}
