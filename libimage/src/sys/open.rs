//! Opening directories and regular files, never through a symlink.

use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;

use super::Result;
use super::stat::{self, Stat};

/// How paths are resolved beneath a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolver {
    /// `openat2(2)` with `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS`: Linux 5.6
    /// and later, where no seccomp filter of a container forbids it.
    Openat2,
    /// One `openat(2)` with `O_NOFOLLOW` a component.
    Components,
}

impl Resolver {
    /// The better one that this system has; asked once a process.
    pub(crate) fn best() -> Self {
        static KNOWN: AtomicU8 = AtomicU8::new(0);
        match KNOWN.load(Ordering::Relaxed) {
            1 => return Self::Openat2,
            2 => return Self::Components,
            _ => {}
        }
        let probe = openat2(
            CWD,
            c".",
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::BENEATH,
        );
        let best = if probe.is_ok() {
            Self::Openat2
        } else {
            Self::Components
        };
        KNOWN.store(best as u8 + 1, Ordering::Relaxed);
        best
    }
}

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);

/// Opens a directory that the user named; its own path may hold symlinks.
pub(crate) fn named_directory(path: &[u8]) -> Result<OwnedFd> {
    openat(
        CWD,
        path,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

/// Opens a directory beneath `directory` by one or several components.
///
/// A symlink on the way answers `ELOOP` or `ENOTDIR`, a mount point `EXDEV`
/// unless `cross_mounts`.
pub(crate) fn directory(
    resolver: Resolver,
    directory: BorrowedFd<'_>,
    path: &[u8],
    cross_mounts: bool,
) -> Result<OwnedFd> {
    match resolver {
        Resolver::Openat2 => {
            let resolve = if cross_mounts {
                BENEATH
            } else {
                BENEATH | ResolveFlags::NO_XDEV
            };
            retry(|| openat2(directory, path, DIRECTORY, Mode::empty(), resolve))
        }
        Resolver::Components => {
            let mut current: Option<OwnedFd> = None;
            for component in path.split(|&byte| byte == b'/') {
                let from = current.as_ref().map_or(directory, |fd| fd.as_fd());
                current = Some(step(from, component, cross_mounts)?);
            }
            current.ok_or(Errno::NOENT)
        }
    }
}

/// One component down, for systems without `openat2`.
fn step(from: BorrowedFd<'_>, component: &[u8], cross_mounts: bool) -> Result<OwnedFd> {
    if matches!(component, b"" | b"." | b"..") {
        return Err(Errno::XDEV);
    }
    let next = openat(from, component, DIRECTORY, Mode::empty())?;
    if !cross_mounts {
        let inside = stat::of(next.as_fd())?;
        let crossed = match inside.mount_root {
            Some(is_mount) => is_mount,
            None => inside.device != stat::of(from)?.device,
        };
        if crossed {
            return Err(Errno::XDEV);
        }
    }
    Ok(next)
}

/// `openat2` answers `EAGAIN` when a rename somewhere raced with it.
fn retry<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 0..128 {
        match call() {
            Err(Errno::AGAIN | Errno::INTR) => {}
            answer => return answer,
        }
    }
    Err(Errno::AGAIN)
}

/// Takes hold of an entry without opening or following it, and looks at it.
pub(crate) fn pin(directory: BorrowedFd<'_>, name: &[u8]) -> Result<(OwnedFd, Stat)> {
    let handle = openat(
        directory,
        name,
        OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let stat = stat::of(handle.as_fd())?;
    Ok((handle, stat))
}

/// The path by which calls that know no handles reach a pinned inode.
pub(crate) fn path_of(pinned: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", pinned.as_raw_fd())
}

/// Opens an entry that must be a regular file, for reading.
///
/// The inode is pinned first, looked at, and only then opened, so that no
/// device or pipe is ever touched. What was seen comes back with the file.
/// Answers `ELOOP` for a symlink, `EINVAL` for every other kind, and `EXDEV`
/// where something is mounted on the name, unless `cross_mounts`.
pub(crate) fn regular_file(
    directory: BorrowedFd<'_>,
    name: &[u8],
    cross_mounts: bool,
) -> Result<(OwnedFd, Stat)> {
    let (pinned, stat) = pin(directory, name)?;
    if stat.mount_root == Some(true) && !cross_mounts {
        return Err(Errno::XDEV);
    }
    match stat.file_type {
        FileType::RegularFile => {}
        FileType::Symlink => return Err(Errno::LOOP),
        _ => return Err(Errno::INVAL),
    }
    let read = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    match openat(CWD, path_of(&pinned).as_str(), read, Mode::empty()) {
        // No /proc, as in a bare chroot: open by name and make sure that it
        // is still the same inode.
        Err(Errno::NOENT) => {
            let file = openat(directory, name, read | OFlags::NOFOLLOW, Mode::empty())?;
            let opened = stat::of(file.as_fd())?;
            if (stat.device, stat.inode) == (opened.device, opened.inode) {
                Ok((file, stat))
            } else {
                Err(Errno::STALE)
            }
        }
        answer => answer.map(|file| (file, stat)),
    }
}
