//! Extended attributes of an entry by directory handle and name.
//!
//! Linux 6.13 has system calls for exactly this (`listxattrat` and kin). On
//! older kernels the path `/proc/self/fd/HANDLE/NAME` does the same: it starts
//! at the handle, and the `l…xattr` calls do not follow the last component.

use std::ffi::CString;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::fs::XattrFlags;
use rustix::io::Errno;

use super::Result;

/// How the attributes of an entry are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// The `…xattrat` system calls.
    At,
    /// Paths through `/proc/self/fd`.
    Proc,
}

// Numbers from include/uapi/asm-generic/unistd.h, the same on x86_64 and
// arm64; libc does not carry them yet.
const SYS_SETXATTRAT: libc::c_long = 463;
const SYS_GETXATTRAT: libc::c_long = 464;
const SYS_LISTXATTRAT: libc::c_long = 465;
const SYS_REMOVEXATTRAT: libc::c_long = 466;

/// `struct xattr_args` of include/uapi/linux/xattr.h.
#[repr(C)]
struct XattrArgs {
    value: u64,
    size: u32,
    flags: u32,
}

impl Method {
    /// The better one that this system has; asked once a process.
    pub(crate) fn best() -> Self {
        static KNOWN: AtomicU8 = AtomicU8::new(0);
        match KNOWN.load(Ordering::Relaxed) {
            1 => return Self::At,
            2 => return Self::Proc,
            _ => {}
        }
        // With a handle that cannot exist the call only tells if it is there.
        let best = match list_at(-1, c"x", &mut []) {
            Err(Errno::BADF) => Self::At,
            _ => Self::Proc,
        };
        KNOWN.store(best as u8 + 1, Ordering::Relaxed);
        best
    }
}

/// The names of an entry's attributes, each ended by a NUL, into `buffer`.
///
/// An empty `name` means the directory itself. File systems without
/// attributes answer with none.
pub(crate) fn list(
    method: Method,
    directory: BorrowedFd<'_>,
    name: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<()> {
    let call = |space: &mut [u8]| match method {
        Method::At => list_at(directory.as_raw_fd(), &c_string(name)?, space),
        Method::Proc => rustix::fs::llistxattr(proc_path(directory, name), space),
    };
    match grow(buffer, call) {
        Err(Errno::OPNOTSUPP) => {
            buffer.clear();
            Ok(())
        }
        answer => answer,
    }
}

/// The value of one attribute, into `buffer`.
pub(crate) fn get(
    method: Method,
    directory: BorrowedFd<'_>,
    name: &[u8],
    attribute: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<()> {
    let attribute = c_string(attribute)?;
    grow(buffer, |space| match method {
        Method::At => get_at(directory.as_raw_fd(), &c_string(name)?, &attribute, space),
        Method::Proc => rustix::fs::lgetxattr(proc_path(directory, name), &*attribute, space),
    })
}

/// Removes one attribute of an entry, whatever its kind.
pub(crate) fn remove(
    method: Method,
    directory: BorrowedFd<'_>,
    name: &[u8],
    attribute: &[u8],
) -> Result<()> {
    let attribute = c_string(attribute)?;
    match method {
        Method::At => remove_at(directory.as_raw_fd(), &c_string(name)?, &attribute),
        Method::Proc => rustix::fs::lremovexattr(proc_path(directory, name), &*attribute),
    }
}

/// Sets one attribute of an entry, whatever its kind.
pub(crate) fn set(
    method: Method,
    directory: BorrowedFd<'_>,
    name: &[u8],
    attribute: &[u8],
    value: &[u8],
) -> Result<()> {
    let attribute = c_string(attribute)?;
    match method {
        Method::At => set_at(directory.as_raw_fd(), &c_string(name)?, &attribute, value),
        Method::Proc => rustix::fs::lsetxattr(
            proc_path(directory, name),
            &*attribute,
            value,
            XattrFlags::empty(),
        ),
    }
}

fn proc_path(directory: BorrowedFd<'_>, name: &[u8]) -> Vec<u8> {
    // An empty name leaves a trailing slash, which makes the `l…` calls
    // follow the handle's own link.
    let mut path = format!("/proc/self/fd/{}/", directory.as_raw_fd()).into_bytes();
    path.extend_from_slice(name);
    path
}

fn c_string(bytes: &[u8]) -> Result<CString> {
    CString::new(bytes).map_err(|_| Errno::INVAL)
}

/// Calls until the answer fits; a value may grow between two calls.
fn grow(buffer: &mut Vec<u8>, mut call: impl FnMut(&mut [u8]) -> Result<usize>) -> Result<()> {
    buffer.resize(buffer.capacity().max(1024), 0);
    loop {
        match call(buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(());
            }
            // The kernel's own bound (XATTR_SIZE_MAX, XATTR_LIST_MAX) is 64 KiB.
            Err(Errno::RANGE) if buffer.len() < 1 << 17 => buffer.resize(buffer.len() * 2, 0),
            Err(error) => {
                buffer.clear();
                return Err(error);
            }
        }
    }
}

fn flags(name: &CString) -> libc::c_int {
    if name.is_empty() {
        libc::AT_EMPTY_PATH
    } else {
        libc::AT_SYMLINK_NOFOLLOW
    }
}

fn answer(raw: libc::c_long) -> Result<usize> {
    usize::try_from(raw)
        .map_err(|_| Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL))
}

#[expect(unsafe_code, reason = "libc has no wrapper for this system call yet")]
fn list_at(directory: i32, name: &std::ffi::CStr, space: &mut [u8]) -> Result<usize> {
    let name = name.to_owned();
    // SAFETY: `name` is a C string and `space` is writable for its length;
    // both outlive the call.
    answer(unsafe {
        libc::syscall(
            SYS_LISTXATTRAT,
            directory,
            name.as_ptr(),
            flags(&name),
            space.as_mut_ptr(),
            space.len(),
        )
    })
}

#[expect(unsafe_code, reason = "libc has no wrapper for this system call yet")]
fn get_at(directory: i32, name: &CString, attribute: &CString, space: &mut [u8]) -> Result<usize> {
    let mut arguments = XattrArgs {
        value: space.as_mut_ptr() as u64,
        size: u32::try_from(space.len()).unwrap_or(u32::MAX),
        flags: 0,
    };
    // SAFETY: both names are C strings, `arguments` is the structure that the
    // call expects, and the space it points to is writable for its size.
    answer(unsafe {
        libc::syscall(
            SYS_GETXATTRAT,
            directory,
            name.as_ptr(),
            flags(name),
            attribute.as_ptr(),
            &raw mut arguments,
            size_of::<XattrArgs>(),
        )
    })
}

#[expect(unsafe_code, reason = "libc has no wrapper for this system call yet")]
fn set_at(directory: i32, name: &CString, attribute: &CString, value: &[u8]) -> Result<()> {
    let arguments = XattrArgs {
        value: value.as_ptr() as u64,
        size: u32::try_from(value.len()).map_err(|_| Errno::TOOBIG)?,
        flags: 0,
    };
    // SAFETY: both names are C strings, `arguments` is the structure that the
    // call expects, and the value it points to is readable for its size.
    answer(unsafe {
        libc::syscall(
            SYS_SETXATTRAT,
            directory,
            name.as_ptr(),
            flags(name),
            attribute.as_ptr(),
            &raw const arguments,
            size_of::<XattrArgs>(),
        )
    })
    .map(|_| ())
}

#[expect(unsafe_code, reason = "libc has no wrapper for this system call yet")]
fn remove_at(directory: i32, name: &CString, attribute: &CString) -> Result<()> {
    // SAFETY: both names are C strings that outlive the call.
    answer(unsafe {
        libc::syscall(
            SYS_REMOVEXATTRAT,
            directory,
            name.as_ptr(),
            flags(name),
            attribute.as_ptr(),
        )
    })
    .map(|_| ())
}
