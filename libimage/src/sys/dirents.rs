//! Reading the names of a directory.

use std::os::fd::BorrowedFd;

use rustix::fs::{FileType, RawDir};

use super::Result;

/// Bytes of names fetched by one getdents64(2); a directory of some 1,000
/// names then costs two calls.
const BUFFER: usize = 32 * 1024;

/// A name in a directory, with its type where the file system tells it.
pub(crate) struct Dirent {
    /// The name, one component.
    pub(crate) name: Box<[u8]>,
    /// Its type at the time of reading; `Unknown` on some file systems.
    pub(crate) file_type: FileType,
}

/// All names but `.` and `..`, in the file system's order.
///
/// The handle's position must be at the start, as it is right after opening.
pub(crate) fn read(directory: BorrowedFd<'_>) -> Result<Vec<Dirent>> {
    let mut buffer = Vec::with_capacity(BUFFER);
    let mut raw = RawDir::new(directory, buffer.spare_capacity_mut());
    let mut names = Vec::new();
    while let Some(entry) = raw.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(Dirent {
                name: name.into(),
                file_type: entry.file_type(),
            });
        }
    }
    Ok(names)
}
