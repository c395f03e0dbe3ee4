//! [`Partial`]: a copy into which something else comes besides.

use std::collections::HashSet;

use crate::path::ImagePath;
use crate::writer::Needs;

/// What of a tree is not copied, and what else will be written where the copy is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Partial<'a> {
    /// Names that are left out, with all that is in them.
    pub(crate) without: Option<&'a HashSet<ImagePath>>,
    /// What is made besides.
    pub(crate) besides: Needs,
}
