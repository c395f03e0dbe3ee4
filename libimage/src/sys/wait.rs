//! Waiting for bytes, or for the end of a process.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Child;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::Result;

/// Waits until one of some handles can be read without waiting, or has ended,
/// but no longer than `most`; tells of each whether it is so.
pub(crate) fn readable<const N: usize>(
    handles: [BorrowedFd<'_>; N],
    most: Duration,
) -> Result<[bool; N]> {
    let mut polled = handles.map(|handle| PollFd::from_borrowed_fd(handle, PollFlags::IN));
    let most = Timespec::try_from(most).map_err(|_| Errno::INVAL)?;
    match poll(&mut polled, Some(&most)) {
        // A signal, of which others are told.
        Err(Errno::INTR) => Ok([false; N]),
        Err(errno) => Err(errno),
        Ok(_) => Ok(polled.map(|handle| !handle.revents().is_empty())),
    }
}

/// A handle that can be read once a process has ended.
pub(crate) fn end_of(child: &Child) -> Result<OwnedFd> {
    pidfd_open(Pid::from_child(child), PidfdFlags::empty())
}

/// A file in memory that holds some bytes, to be read from its start.
pub(crate) fn in_memory(bytes: &[u8]) -> Result<OwnedFd> {
    use rustix::fs::{MemfdFlags, SeekFrom, memfd_create, seek};
    let file = memfd_create("imgtool", MemfdFlags::CLOEXEC)?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = rustix::io::write(file.as_fd(), rest)?;
        rest = &rest[written..];
    }
    seek(&file, SeekFrom::Start(0))?;
    Ok(file)
}
