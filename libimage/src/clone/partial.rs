//! [`Partial`]: a copy into which something else comes besides.

use std::collections::HashSet;

use crate::path::ImagePath;

/// What of a tree is not copied, and what else will be written where the copy is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Partial<'a> {
    /// Names that are left out, with all that is in them.
    pub(crate) without: Option<&'a HashSet<ImagePath>>,
    /// Bytes that are written besides.
    pub(crate) bytes: u64,
    /// Inodes that are made besides.
    pub(crate) inodes: u64,
}
