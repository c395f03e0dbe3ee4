//! One `statx(2)` an entry: all that the library records, in one call.

use std::os::fd::BorrowedFd;

use rustix::fs::{AtFlags, FileType, StatxAttributes, StatxFlags, statx};

use super::Result;

/// What the system tells about an inode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stat {
    pub(crate) file_type: FileType,
    /// `mode & 0o7777`.
    pub(crate) mode: u16,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) size: u64,
    /// Allocated space in units of 512 bytes.
    pub(crate) blocks: u64,
    pub(crate) mtime_seconds: i64,
    pub(crate) mtime_nanoseconds: u32,
    pub(crate) ctime_seconds: i64,
    pub(crate) ctime_nanoseconds: u32,
    /// When the inode was made; zero where the file system does not tell.
    pub(crate) birth_seconds: i64,
    pub(crate) birth_nanoseconds: u32,
    pub(crate) links: u32,
    pub(crate) inode: u64,
    /// Device that holds the inode, major and minor in one number.
    pub(crate) device: u64,
    pub(crate) special_major: u32,
    pub(crate) special_minor: u32,
    /// Whether something is mounted exactly here; nothing on kernels before
    /// 5.8, where only `device` tells.
    pub(crate) mount_root: Option<bool>,
    /// Which mount it was reached by; nothing on kernels before 5.8.
    pub(crate) mount: Option<u64>,
}

/// What a file system has left for whoever asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Free {
    pub(crate) bytes: u64,
    /// Nothing where inodes are made as they are needed.
    pub(crate) inodes: Option<u64>,
    /// The unit in which files take room, in bytes.
    pub(crate) block: u64,
}

/// Which file system something is on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileSystem {
    /// What kind it is, by its number in `statfs(2)` and `linux/magic.h`.
    pub(crate) kind: i128,
    /// A number that the file system gives itself, on btrfs each subvolume; zero if
    /// it gives none.
    pub(crate) id: u64,
}

/// Asks which file system an open directory is on. Of mounts that hide each other
/// the table of mounts does not tell which one it is.
pub(crate) fn file_system(directory: BorrowedFd<'_>) -> Result<FileSystem> {
    Ok(FileSystem {
        kind: rustix::fs::fstatfs(directory)?.f_type.into(),
        id: rustix::fs::fstatvfs(directory)?.f_fsid,
    })
}

/// Asks what the file system of an open directory has left (`statvfs(3)`). A
/// part may be kept for root.
pub(crate) fn free(directory: BorrowedFd<'_>) -> Result<Free> {
    let told = rustix::fs::fstatvfs(directory)?;
    let (blocks, inodes) = if rustix::process::geteuid().is_root() {
        (told.f_bfree, told.f_ffree)
    } else {
        (told.f_bavail, told.f_favail)
    };
    Ok(Free {
        bytes: blocks.saturating_mul(told.f_frsize),
        inodes: (told.f_files > 0).then_some(inodes),
        block: told.f_frsize.max(512),
    })
}

/// Looks at an entry of a directory without following or triggering anything.
pub(crate) fn at(directory: BorrowedFd<'_>, name: &[u8]) -> Result<Stat> {
    call(
        directory,
        name,
        AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT,
    )
}

/// Looks at the inode behind a handle.
pub(crate) fn of(handle: BorrowedFd<'_>) -> Result<Stat> {
    call(handle, b"", AtFlags::EMPTY_PATH)
}

fn call(directory: BorrowedFd<'_>, name: &[u8], flags: AtFlags) -> Result<Stat> {
    let raw = statx(
        directory,
        name,
        flags,
        StatxFlags::BASIC_STATS | StatxFlags::BTIME | StatxFlags::MNT_ID,
    )?;
    Ok(Stat {
        file_type: FileType::from_raw_mode(u32::from(raw.stx_mode)),
        mode: raw.stx_mode & 0o7777,
        uid: raw.stx_uid,
        gid: raw.stx_gid,
        size: raw.stx_size,
        blocks: raw.stx_blocks,
        mtime_seconds: raw.stx_mtime.tv_sec,
        mtime_nanoseconds: raw.stx_mtime.tv_nsec,
        ctime_seconds: raw.stx_ctime.tv_sec,
        ctime_nanoseconds: raw.stx_ctime.tv_nsec,
        birth_seconds: raw.stx_btime.tv_sec,
        birth_nanoseconds: raw.stx_btime.tv_nsec,
        links: raw.stx_nlink,
        inode: raw.stx_ino,
        device: u64::from(raw.stx_dev_major) << 32 | u64::from(raw.stx_dev_minor),
        special_major: raw.stx_rdev_major,
        special_minor: raw.stx_rdev_minor,
        mount: (raw.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(raw.stx_mnt_id),
        mount_root: raw
            .stx_attributes_mask
            .contains(StatxAttributes::MOUNT_ROOT)
            .then(|| raw.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)),
    })
}
