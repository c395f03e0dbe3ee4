//! [`Copier`]: fills new files from files on a disk, by the best way there is.
//!
//! Sharing blocks costs nothing; what cannot be shared the kernel copies from
//! one file to the other, region by region, so that holes stay holes; what it
//! cannot copy is read and written. What a pair of file systems cannot do is
//! found out by the first file and not tried with the next 20,000.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::io::Errno;

use super::content::Filling;
use super::error::WriteError;
use crate::error::{SysError, show};
use crate::monitor::{self, Monitor};
use crate::root::RegularFile;
use crate::sys;
use crate::tree::TreeError;

/// Whether copies share blocks with what they are copied from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Reflink {
    /// Where the file system can.
    #[default]
    Auto,
    /// Or it is an error.
    Always,
    /// Nothing is shared: every byte is written anew. The kernel is not asked
    /// to copy either, for it may share what it is to copy.
    Never,
}

/// How much was copied, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// Files that share their blocks with their source.
    pub reflinked_files: u64,
    /// Their lengths.
    pub reflinked_bytes: u64,
    /// Files of which every byte was copied; empty ones count for neither.
    pub copied_files: u64,
    /// What was copied for them, without holes.
    pub copied_bytes: u64,
}

/// Copies files, on several threads; what cannot be done is remembered.
#[derive(Debug)]
pub struct Copier {
    reflink: Reflink,
    shares: AtomicBool,
    ranges: AtomicBool,
    /// In the order of the members of [`Ways`].
    counts: [AtomicU64; 4],
}

/// Bytes that the kernel copies at once: after each it is asked whether to stop.
const PIECE: u64 = 16 << 20;

/// Bytes read and written at once.
const BUFFER: usize = 256 << 10;

thread_local! {
    static SPACE: RefCell<Box<[u8]>> = RefCell::new(vec![0; BUFFER].into());
}

impl Copier {
    /// Copies as `reflink` says.
    pub fn new(reflink: Reflink) -> Self {
        Self {
            reflink,
            shares: AtomicBool::new(reflink != Reflink::Never),
            ranges: AtomicBool::new(reflink == Reflink::Auto),
            counts: Default::default(),
        }
    }

    /// Whether blocks are shared, as far as that is known.
    pub(crate) fn shares(&self) -> bool {
        self.shares.load(Ordering::Relaxed)
    }

    /// What was copied so far.
    pub fn ways(&self) -> Ways {
        let [reflinked_files, reflinked_bytes, copied_files, copied_bytes] =
            [0, 1, 2, 3].map(|place| self.counts[place].load(Ordering::Relaxed));
        Ways {
            reflinked_files,
            reflinked_bytes,
            copied_files,
            copied_bytes,
        }
    }

    fn count(&self, is_reflinked: bool, bytes: u64) {
        let place = if is_reflinked { 0 } else { 2 };
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        self.counts[place + 1].fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What follows if a way to copy does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    /// Of these two file systems: it never will.
    FileSystems,
    /// Of this file.
    File,
    /// Of the disk or of space: any other way has it, too.
    Disk,
}

/// Sorts what `ioctl_ficlone(2)` and `copy_file_range(2)` answer.
///
/// File systems answer more than is documented there: ZFS `EAGAIN` for blocks
/// that are not on the disk yet, others `EBADF`, a security module `EACCES`. So only
/// what certainly is the disk's counts as that, as in `cp` (`is_terminal_error` of
/// coreutils); of all else reading and writing will show what is wrong.
fn lack(error: &SysError) -> Lack {
    match Errno::from_io_error(&error.source) {
        Some(Errno::NOTSUP | Errno::XDEV | Errno::NOSYS | Errno::NOTTY | Errno::PERM) => {
            Lack::FileSystems
        }
        Some(Errno::IO | Errno::NOSPC | Errno::DQUOT | Errno::NOMEM | Errno::ROFS) => Lack::Disk,
        _ => Lack::File,
    }
}

impl Filling<'_> {
    /// Fills the file, which has nothing yet, with all content of `source`. No
    /// byte of it is looked at, so that it has no digest and no observer.
    ///
    /// # Errors
    ///
    /// A [`WriteError`]: [`WriteError::Source`] if `source` changes meanwhile,
    /// [`WriteError::NoReflink`] if blocks were to be shared and cannot be.
    pub fn copy(
        &mut self,
        source: &RegularFile,
        copier: &Copier,
        monitor: &dyn Monitor,
    ) -> Result<(), WriteError> {
        self.pass_by();
        let size = source.opened().size;
        if size > 0 {
            if self.share(source, copier)? {
                copier.count(true, size);
                monitor.advance(0, size);
                self.passed(size, size);
            } else {
                let (bytes, end) = self.copy_regions(source, copier, monitor)?;
                copier.count(false, bytes);
                self.passed(size, end);
            }
        }
        if !source.is_unchanged()? {
            return Err(changed(source));
        }
        Ok(())
    }

    /// Shares the blocks of `source`, if that is wanted and possible.
    fn share(&self, source: &RegularFile, copier: &Copier) -> Result<bool, WriteError> {
        if !copier.shares.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let Err(error) = self.file().reflink(source) else {
            return Ok(true);
        };
        match (lack(&error), copier.reflink) {
            (Lack::Disk, _) => Err(error.into()),
            (_, Reflink::Always) => {
                let file_system = sys::host::file_system(&error.path);
                Err(WriteError::NoReflink {
                    path: source.shown().to_owned(),
                    file_system,
                    source: error,
                })
            }
            (lack, Reflink::Auto | Reflink::Never) => {
                if lack == Lack::FileSystems {
                    copier.shares.store(false, Ordering::Relaxed);
                }
                Ok(false)
            }
        }
    }

    /// Copies what is no hole; how much that was, and where it ended.
    fn copy_regions(
        &self,
        source: &RegularFile,
        copier: &Copier,
        monitor: &dyn Monitor,
    ) -> Result<(u64, u64), WriteError> {
        let opened = source.opened();
        let size = opened.size;
        if opened.blocks * 512 >= size {
            self.copy_region(source, (0, size), copier, monitor)?;
            return Ok((size, size));
        }
        let (mut bytes, mut at) = (0, 0);
        while let Some((start, end)) = source.next_data(at)? {
            let end = end.min(size);
            if start >= end {
                break;
            }
            self.copy_region(source, (start, end), copier, monitor)?;
            bytes += end - start;
            at = end;
        }
        Ok((bytes, at))
    }

    fn copy_region(
        &self,
        source: &RegularFile,
        (mut start, end): (u64, u64),
        copier: &Copier,
        monitor: &dyn Monitor,
    ) -> Result<(), WriteError> {
        let mut ranges = copier.ranges.load(Ordering::Relaxed);
        while start < end {
            monitor::check(monitor)?;
            let got = if ranges {
                let piece = usize::try_from((end - start).min(PIECE)).unwrap_or(BUFFER);
                match self.file().copy_range(source, start, piece) {
                    // Some file systems answer so to what they cannot copy: whether
                    // the file ends here, reading tells.
                    Ok(0) => {
                        ranges = false;
                        continue;
                    }
                    Ok(got) => got,
                    Err(error) => match lack(&error) {
                        Lack::Disk => return Err(error.into()),
                        lack => {
                            ranges = false;
                            if lack == Lack::FileSystems {
                                copier.ranges.store(false, Ordering::Relaxed);
                            }
                            continue;
                        }
                    },
                }
            } else {
                self.copy_piece(source, start, end - start)?
            };
            if got == 0 {
                return Err(changed(source));
            }
            start += got as u64;
            monitor.advance(0, got as u64);
        }
        Ok(())
    }

    /// Reads and writes once; how many bytes.
    fn copy_piece(
        &self,
        source: &RegularFile,
        offset: u64,
        most: u64,
    ) -> Result<usize, WriteError> {
        SPACE.with_borrow_mut(|space| {
            let wanted = usize::try_from(most).map_or(BUFFER, |most| most.min(BUFFER));
            let got = source.read_some_at(&mut space[..wanted], offset)?;
            self.file().write_at(&space[..got], offset)?;
            Ok(got)
        })
    }
}

fn changed(source: &RegularFile) -> WriteError {
    WriteError::Source(TreeError::Changed {
        path: show(source.shown()).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_disks_ends_a_copy() {
        let cases = [
            (Errno::NOTSUP, Lack::FileSystems),
            (Errno::XDEV, Lack::FileSystems),
            (Errno::NOTTY, Lack::FileSystems),
            (Errno::INVAL, Lack::File),
            (Errno::TXTBSY, Lack::File),
            (Errno::AGAIN, Lack::File),
            (Errno::BADF, Lack::File),
            (Errno::ACCESS, Lack::File),
            (Errno::OVERFLOW, Lack::File),
            (Errno::IO, Lack::Disk),
            (Errno::NOSPC, Lack::Disk),
            (Errno::DQUOT, Lack::Disk),
        ];
        for (errno, expected) in cases {
            let error = SysError::new("share blocks with", "f", errno);
            assert_eq!(lack(&error), expected, "{errno:?}");
        }
    }
}
