//! Copying the content of a [`RegularFile`] to a [`NewFile`].

use std::os::fd::AsFd as _;

use rustix::io::Errno;

use super::file::{NewFile, RegularFile};
use crate::error::SysError;
use crate::sys;

impl NewFile<'_> {
    /// Takes over all content of `source` by sharing its blocks, holes as they
    /// are.
    ///
    /// # Errors
    ///
    /// A [`SysError`]: `EOPNOTSUPP` or `EXDEV` among others where the file
    /// system cannot; the file is empty then.
    pub(crate) fn reflink(&self, source: &RegularFile) -> Result<(), SysError> {
        sys::copy::reflink(source.handle.as_fd(), self.handle.as_fd())
            .map_err(|errno| self.error("share blocks with", errno))
    }

    /// Has the kernel copy some of the `length` bytes at `offset` of `source`
    /// to the same place here, whatever the positions of both are; answers how
    /// many, 0 at the end of `source`.
    ///
    /// # Errors
    ///
    /// A [`SysError`] from either side; `EXDEV` or `EOPNOTSUPP` among others
    /// where the kernel cannot do it for these files.
    pub(crate) fn copy_range(
        &self,
        source: &RegularFile,
        offset: u64,
        length: usize,
    ) -> Result<usize, SysError> {
        let (from, to) = (source.handle.as_fd(), self.handle.as_fd());
        loop {
            match sys::copy::range(from, to, offset, length) {
                Err(Errno::INTR) => {}
                answer => return answer.map_err(|errno| self.error("copy to", errno)),
            }
        }
    }

    /// Writes all the bytes at `offset`, whatever the position is.
    ///
    /// # Errors
    ///
    /// A [`SysError`], `ENOSPC` among them.
    pub(crate) fn write_at(&self, mut bytes: &[u8], mut offset: u64) -> Result<(), SysError> {
        while !bytes.is_empty() {
            match rustix::io::pwrite(&self.handle, bytes, offset) {
                Ok(0) => return Err(self.error("write", Errno::IO)),
                Ok(written) => {
                    bytes = &bytes[written..];
                    offset += written as u64;
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(self.error("write", errno)),
            }
        }
        Ok(())
    }
}
