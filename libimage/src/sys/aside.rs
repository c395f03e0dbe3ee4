//! [`Aside`]: a file that is written before anything has its name.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, flock, linkat, openat, statat};
use rustix::io::Errno;

use super::{Result, write};

/// A file in the making. Until it is published it has no name, or a hidden one
/// where the file system keeps no files without (NFS for one).
///
/// A file without a name is gone with its process, however that ends.
pub(crate) struct Aside {
    file: OwnedFd,
    directory: OwnedFd,
    hidden: Option<Vec<u8>>,
    written: u64,
    /// How much of that is on its way to the disk.
    sent: u64,
}

/// Bytes after which the disk begins to write: what is left to the end, when all of
/// it must be there, nothing else runs beside.
const WRITE_BEHIND: u64 = 8 << 20;

impl Aside {
    /// Creates a file in `directory` that shall be called `name`.
    pub(crate) fn create(directory: OwnedFd, name: &[u8], mode: u32) -> Result<Self> {
        let mode = Mode::from_raw_mode(mode);
        if let Some(file) = unnamed(&directory, mode) {
            return Ok(Self::new(file, directory, None));
        }
        loop {
            let (file, hidden) = hidden(&directory, name, mode)?;
            if is_claimed(&file)? {
                return Ok(Self::new(file, directory, Some(hidden)));
            }
        }
    }

    fn new(file: OwnedFd, directory: OwnedFd, hidden: Option<Vec<u8>>) -> Self {
        Self {
            file,
            directory,
            hidden,
            written: 0,
            sent: 0,
        }
    }

    /// Makes what was written durable and gives it its name, which must be free
    /// if it `is_new`: else `EEXIST`, after which another name may be tried.
    pub(crate) fn publish(&mut self, name: &[u8], is_new: bool) -> Result<()> {
        rustix::fs::fsync(&self.file)?;
        let directory = self.directory.as_fd();
        match (self.hidden.take(), is_new) {
            (None, true) => link_unnamed(&self.file, &self.directory, name)?,
            (None, false) => {
                // No call gives a file a name that another has.
                let hidden = first_free(name, |hidden| {
                    link_unnamed(&self.file, &self.directory, hidden)
                });
                let ((), hidden) = hidden?;
                let renamed = write::rename_over(directory, &hidden, directory, name);
                if renamed.is_err() {
                    let _ = write::unlink(directory, &hidden);
                }
                renamed?;
            }
            (Some(hidden), _) => {
                let renamed = if is_new {
                    rename_new(&self.directory, &hidden, name)
                } else {
                    write::rename_over(directory, &hidden, directory, name)
                };
                if renamed.is_err() {
                    self.hidden = Some(hidden);
                }
                renamed?;
            }
        }
        let synced = rustix::fs::fsync(&self.directory);
        if synced.is_err() && is_new {
            // Nobody knows whether it would outlast a power cut.
            let _ = write::unlink(directory, name);
        }
        synced
    }
}

impl io::Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = rustix::io::write(&self.file, bytes)?;
        self.written += written as u64;
        let behind = self.written - self.sent;
        if behind >= WRITE_BEHIND {
            begin_writing(&self.file, self.sent, behind);
            self.sent = self.written;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        if let Some(hidden) = &self.hidden {
            // It may be gone already; there is nobody left to tell.
            let _ = write::unlink(self.directory.as_fd(), hidden);
        }
    }
}

/// Has the disk begin to write a part of a file, and waits for nothing. It is a hint:
/// whether it could be written `fsync` tells.
#[expect(unsafe_code, reason = "rustix has no wrapper for this system call")]
fn begin_writing(file: &OwnedFd, from: u64, length: u64) {
    let at = |place: u64| libc::off64_t::try_from(place).unwrap_or(libc::off64_t::MAX);
    let (from, length) = (at(from), at(length));
    // SAFETY: no memory is handed over, and the handle is open.
    let _ = unsafe {
        libc::sync_file_range(file.as_raw_fd(), from, length, libc::SYNC_FILE_RANGE_WRITE)
    };
}

/// A file without a name, if this file system has such, and if there is a `/proc`
/// by which it can get one.
fn unnamed(directory: &OwnedFd, mode: Mode) -> Option<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
    let file = openat(directory, c".", flags, mode).ok()?;
    statat(CWD, handle(&file).as_str(), AtFlags::empty()).ok()?;
    Some(file)
}

/// `open(2)`, under `O_TMPFILE`: so a file without a name gets one.
fn link_unnamed(file: &OwnedFd, directory: &OwnedFd, name: &[u8]) -> Result<()> {
    let from = handle(file);
    linkat(CWD, from.as_str(), directory, name, AtFlags::SYMLINK_FOLLOW)
}

fn handle(file: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Creates a file under a hidden name.
fn hidden(directory: &OwnedFd, name: &[u8], mode: Mode) -> Result<(OwnedFd, Vec<u8>)> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    first_free(name, |hidden| {
        openat(directory, hidden, flags | OFlags::NOFOLLOW, mode)
    })
}

/// Locks a hidden file, which tells it from what a dead process left; `false` if it
/// was taken for that and removed before. Where there are no locks nobody can tell,
/// and it stays.
fn is_claimed(file: &OwnedFd) -> Result<bool> {
    // Whoever holds the lock is about to remove it, or only looks.
    let _ = flock(file, FlockOperation::LockExclusive);
    Ok(rustix::fs::fstat(file)?.st_nlink > 0)
}

/// Does something with the first hidden name that is free. In a container every
/// command may have the number of one that died.
fn first_free<T>(name: &[u8], mut with: impl FnMut(&[u8]) -> Result<T>) -> Result<(T, Vec<u8>)> {
    for attempt in 0..=MOST_LEFT {
        let hidden = hidden_name(name, attempt);
        match with(&hidden) {
            Err(Errno::EXIST) => {}
            answer => return answer.map(|answer| (answer, hidden)),
        }
    }
    Err(Errno::BUSY)
}

/// So many files of one process number and one name may have been left behind.
const MOST_LEFT: u32 = 99;

/// The bytes between a name and the end of its hidden form that may be needed.
pub(crate) const HIDDEN_BYTES: usize = "..4194304-99.partial".len();

const ENDING: &[u8] = b".partial";

fn hidden_name(name: &[u8], attempt: u32) -> Vec<u8> {
    let mut number = std::process::id().to_string();
    if attempt > 0 {
        number = format!("{number}-{attempt}");
    }
    [b".", name, b".", number.as_bytes(), ENDING].concat()
}

/// The name that a file under a hidden name should have got.
pub(crate) fn intended(hidden: &[u8]) -> Option<&[u8]> {
    let inside = hidden.strip_prefix(b".")?.strip_suffix(ENDING)?;
    let dot = inside.iter().rposition(|&byte| byte == b'.')?;
    let (name, number) = (&inside[..dot], &inside[dot + 1..]);
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mut parts = number.splitn(2, |&byte| byte == b'-');
    (!name.is_empty() && parts.all(is_number)).then_some(name)
}

/// Whether nobody writes to a hidden file any more, as far as can be told.
pub(crate) fn is_abandoned(directory: &OwnedFd, hidden: &[u8]) -> bool {
    abandoned(directory, hidden).is_some()
}

/// Removes a hidden file if nobody writes to it. The lock is held meanwhile, so that
/// nobody begins to: see [`is_claimed`].
pub(crate) fn remove_abandoned(directory: &OwnedFd, hidden: &[u8]) -> Result<()> {
    match abandoned(directory, hidden) {
        Some(_locked) => write::unlink(directory.as_fd(), hidden),
        None => Ok(()),
    }
}

/// A hidden file to which nobody writes, locked.
fn abandoned(directory: &OwnedFd, hidden: &[u8]) -> Option<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = openat(directory, hidden, flags, Mode::empty()).ok()?;
    let locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
    locked.is_ok().then_some(file)
}

/// Renames to a free name, also where the file system cannot do so by itself.
fn rename_new(directory: &OwnedFd, from: &[u8], to: &[u8]) -> Result<()> {
    let directory = directory.as_fd();
    match write::rename_new(directory, from, directory, to) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            write::link(directory, from, directory, to)?;
            write::unlink(directory, from)
        }
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::Path;

    use super::*;

    fn open(directory: &Path) -> OwnedFd {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(CWD, directory, flags, Mode::empty()).expect("opens")
    }

    /// As it is made where there are no files without a name.
    fn named(directory: &Path) -> Aside {
        let directory = open(directory);
        let (file, hidden) = hidden(&directory, b"out", Mode::RUSR | Mode::WUSR).expect("creates");
        flock(&file, FlockOperation::NonBlockingLockExclusive).expect("locks");
        Aside::new(file, directory, Some(hidden))
    }

    #[test]
    fn both_ways_end_alike() {
        type Make = fn(&Path) -> Aside;
        let rows: [(&str, Make); 2] = [
            ("without a name", |path| {
                Aside::create(open(path), b"out", 0o600).expect("creates")
            }),
            ("hidden", named),
        ];
        for (way, make) in rows {
            let dir = tempfile::tempdir().expect("makes");
            let names = || fixtures::snapshot::names(dir.path());
            let mut dropped = make(dir.path());
            dropped.write_all(b"half").expect("writes");
            drop(dropped);
            assert_eq!(names(), [""; 0], "{way}");
            let mut first = make(dir.path());
            first.publish(b"out", true).expect("publishes");
            drop(first);
            let mut second = make(dir.path());
            assert_eq!(second.publish(b"out", true), Err(Errno::EXIST), "{way}");
            second.publish(b"other", true).expect("it is free");
            drop(second);
            let mut third = make(dir.path());
            third.write_all(b"third").expect("writes");
            third.publish(b"out", false).expect("replaces");
            drop(third);
            assert_eq!(names(), ["other", "out"], "{way}");
            let content = super::super::host::read_small(dir.path().join("out"));
            assert_eq!(content.expect("reads"), b"third", "{way}");
        }
    }

    #[test]
    fn who_writes_is_told_from_who_is_dead() {
        let dir = tempfile::tempdir().expect("makes");
        let mut writing = named(dir.path());
        let hidden = writing.hidden.clone().expect("it has one");
        let directory = open(dir.path());
        assert!(!is_abandoned(&directory, &hidden));
        remove_abandoned(&directory, &hidden).expect("nothing is done");
        // As a killed process leaves it.
        writing.hidden = None;
        drop(writing);
        assert!(is_abandoned(&directory, &hidden));
        // Its name is no obstacle to one of the same number.
        let again = named(dir.path());
        assert_ne!(again.hidden.as_ref(), Some(&hidden));
        assert!(again.hidden.as_deref().and_then(intended).is_some());
        remove_abandoned(&directory, &hidden).expect("ours");
        let left = again.hidden.as_deref().map(String::from_utf8_lossy);
        assert_eq!(
            fixtures::snapshot::names(dir.path()),
            [left.expect("hidden")]
        );
    }

    /// Between its creation and its lock it looks like what a dead process left.
    #[test]
    fn who_lost_the_file_before_the_lock_knows() {
        let dir = tempfile::tempdir().expect("makes");
        let directory = open(dir.path());
        let make = || hidden(&directory, b"out", Mode::RUSR | Mode::WUSR).expect("creates");
        let (file, name) = make();
        remove_abandoned(&directory, &name).expect("nobody holds it");
        assert_eq!(is_claimed(&file), Ok(false));
        let (file, name) = make();
        assert_eq!(is_claimed(&file), Ok(true));
        remove_abandoned(&directory, &name).expect("nothing is done");
        assert_eq!(rustix::fs::fstat(&file).expect("open").st_nlink, 1);
    }

    #[test]
    fn hidden_names_go_both_ways() {
        let rows: [(&[u8], Option<&[u8]>); 8] = [
            (b".out.12.partial", Some(b"out")),
            (b".a.b.12-3.partial", Some(b"a.b")),
            (b"out.12.partial", None),
            (b".out.partial", None),
            (b".out.x.partial", None),
            (b".out.12-.partial", None),
            (b"..12.partial", None),
            (b".out.12.part", None),
        ];
        for (hidden, name) in rows {
            assert_eq!(intended(hidden), name, "{}", hidden.escape_ascii());
        }
        for attempt in [0, MOST_LEFT] {
            let hidden = hidden_name(b"out", attempt);
            assert_eq!(intended(&hidden), Some(&b"out"[..]));
            assert!(hidden.len() <= b"out".len() + HIDDEN_BYTES);
        }
    }
}
