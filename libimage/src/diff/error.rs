//! [`DiffError`]: why two trees could not be compared.

use std::fmt;

use crate::error::{ErrorKind, ImageError};
use crate::tree::TreeError;

/// Why two trees could not be compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum DiffError {
    /// One of them could not be read.
    Tree(TreeError),
}

impl fmt::Display for DiffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tree(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DiffError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tree(error) => error.source(),
        }
    }
}

impl ImageError for DiffError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Tree(error) => error.kind(),
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Tree(error) => error.help(),
        }
    }
}

impl From<TreeError> for DiffError {
    fn from(error: TreeError) -> Self {
        Self::Tree(error)
    }
}
