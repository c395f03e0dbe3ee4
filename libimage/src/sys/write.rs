//! Creating, changing and removing the entries of a directory.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, RenameFlags, Timespec, Timestamps, UTIME_OMIT, Uid,
    chmodat, chownat, linkat, makedev, mkdirat, mknodat, openat, renameat_with, symlinkat,
    unlinkat, utimensat,
};
use rustix::io::Errno;

use super::{Result, open};
use crate::entry::{DeviceNumber, Timestamp};

/// Creates a regular file that must not exist, for writing.
pub(crate) fn file(directory: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd> {
    openat(
        directory,
        name,
        OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::RUSR | Mode::WUSR,
    )
}

/// Creates a directory that only its owner may use.
pub(crate) fn directory(directory: BorrowedFd<'_>, name: &[u8]) -> Result<()> {
    mkdirat(directory, name, Mode::RWXU)
}

/// Creates a symlink.
pub(crate) fn symlink(directory: BorrowedFd<'_>, name: &[u8], target: &[u8]) -> Result<()> {
    symlinkat(target, directory, name)
}

/// Creates a fifo, socket or device node that only its owner may use.
pub(crate) fn node(
    directory: BorrowedFd<'_>,
    name: &[u8],
    file_type: FileType,
    number: DeviceNumber,
) -> Result<()> {
    mknodat(
        directory,
        name,
        file_type,
        Mode::RUSR | Mode::WUSR,
        makedev(number.major, number.minor),
    )
}

/// Gives the inode `name` of `from` another name; never follows a symlink.
pub(crate) fn link(
    from: BorrowedFd<'_>,
    name: &[u8],
    to: BorrowedFd<'_>,
    new_name: &[u8],
) -> Result<()> {
    linkat(from, name, to, new_name, AtFlags::empty())
}

/// Removes a name that is not a directory.
pub(crate) fn unlink(directory: BorrowedFd<'_>, name: &[u8]) -> Result<()> {
    unlinkat(directory, name, AtFlags::empty())
}

/// Removes an empty directory.
pub(crate) fn remove_directory(directory: BorrowedFd<'_>, name: &[u8]) -> Result<()> {
    unlinkat(directory, name, AtFlags::REMOVEDIR)
}

/// Renames; what stands at the new name is an error (`EEXIST`).
pub(crate) fn rename_new(
    from: BorrowedFd<'_>,
    name: &[u8],
    to: BorrowedFd<'_>,
    new_name: &[u8],
) -> Result<()> {
    renameat_with(from, name, to, new_name, RenameFlags::NOREPLACE)
}

/// Renames; a file that stands at the new name is replaced.
pub(crate) fn rename_over(
    from: BorrowedFd<'_>,
    name: &[u8],
    to: BorrowedFd<'_>,
    new_name: &[u8],
) -> Result<()> {
    renameat_with(from, name, to, new_name, RenameFlags::empty())
}

/// Swaps two names in one step.
pub(crate) fn exchange(
    from: BorrowedFd<'_>,
    name: &[u8],
    to: BorrowedFd<'_>,
    new_name: &[u8],
) -> Result<()> {
    renameat_with(from, name, to, new_name, RenameFlags::EXCHANGE)
}

/// Sets the numeric owner of an entry, a symlink's own included.
pub(crate) fn owner(directory: BorrowedFd<'_>, name: &[u8], uid: u32, gid: u32) -> Result<()> {
    chownat(
        directory,
        name,
        Some(Uid::from_raw(uid)),
        Some(Gid::from_raw(gid)),
        AtFlags::SYMLINK_NOFOLLOW,
    )
}

/// Sets the permission bits of an entry that is no symlink.
///
/// `fchmodat(2)` would follow a symlink, so the inode is pinned first; a
/// symlink answers `ELOOP`.
pub(crate) fn mode(directory: BorrowedFd<'_>, name: &[u8], mode: u16) -> Result<()> {
    let (pinned, stat) = open::pin(directory, name)?;
    if stat.file_type == FileType::Symlink {
        return Err(Errno::LOOP);
    }
    chmodat(
        CWD,
        open::path_of(&pinned).as_str(),
        bits(mode),
        AtFlags::empty(),
    )
}

/// Sets the mtime of an entry, a symlink's own included; atime stays.
pub(crate) fn mtime(directory: BorrowedFd<'_>, name: &[u8], mtime: Timestamp) -> Result<()> {
    utimensat(
        directory,
        name,
        &timestamps(mtime),
        AtFlags::SYMLINK_NOFOLLOW,
    )
}

/// The permission bits as the system calls want them.
pub(crate) fn bits(mode: u16) -> Mode {
    Mode::from_raw_mode(u32::from(mode))
}

/// An mtime to set, with the atime left alone.
pub(crate) fn timestamps(mtime: Timestamp) -> Timestamps {
    Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
        last_modification: Timespec {
            tv_sec: mtime.seconds,
            tv_nsec: i64::from(mtime.nanoseconds),
        },
    }
}

/// Opens the file that a lock is taken on, made if it is missing.
pub(crate) fn lock_file(directory: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd> {
    openat(
        directory,
        name,
        OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::RUSR | Mode::WUSR,
    )
}

/// Writes into a lock who holds it.
pub(crate) fn sign_lock(handle: &OwnedFd) -> Result<()> {
    let holder = format!("process {}\n", std::process::id());
    rustix::fs::ftruncate(handle, 0)?;
    rustix::io::pwrite(handle, holder.as_bytes(), 0).map(|_| ())
}

/// Reads from a lock who holds it.
pub(crate) fn lock_holder(handle: &OwnedFd) -> String {
    let mut space = [0; 64];
    match rustix::io::pread(handle, &mut space[..], 0) {
        Ok(length) if length > 0 => {
            crate::escape::Escaped(space[..length].trim_ascii()).to_string()
        }
        _ => "a process that has not said its number yet".to_owned(),
    }
}
