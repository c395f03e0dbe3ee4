//! Copying content from one file to another within the kernel.

use std::os::fd::BorrowedFd;

use super::Result;

/// Gives `target` the content of `source` by sharing its blocks (`FICLONE`,
/// `ioctl_ficlone(2)`): all of it with its holes, or none.
pub(crate) fn reflink(source: BorrowedFd<'_>, target: BorrowedFd<'_>) -> Result<()> {
    rustix::fs::ioctl_ficlone(target, source)
}

/// Copies some of the `length` bytes at `offset` to the same place in `target`;
/// how many is the answer, 0 at the end of `source`.
pub(crate) fn range(
    source: BorrowedFd<'_>,
    target: BorrowedFd<'_>,
    offset: u64,
    length: usize,
) -> Result<usize> {
    let (mut from, mut to) = (offset, offset);
    rustix::fs::copy_file_range(source, Some(&mut from), target, Some(&mut to), length)
}
