//! [`ErrorKind`]: what every error of the library sorts itself into.
//!
//! Each operation has its own error type beside it. All of them answer two
//! questions the same way: what kind it is, which decides an exit status, and
//! what the user can do about it.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::escape::Escaped;

/// The kinds of failure that a caller tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was asked makes no sense: the caller must ask differently.
    Usage,
    /// The input is unsafe, corrupt, over a limit or not what was demanded.
    Refused,
    /// The system failed: input or output, space, permission.
    System,
    /// The monitor asked to stop.
    Interrupted,
}

/// An error of the library: an error with a kind and, often, advice.
pub trait ImageError: std::error::Error {
    /// Which kind of failure this is.
    fn kind(&self) -> ErrorKind;

    /// What the user can do about it, as one sentence, where something can be done.
    fn help(&self) -> Option<String> {
        None
    }
}

/// An error with its sources, on one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// A system call that failed, with the path it was made for.
#[derive(Debug)]
pub struct SysError {
    /// What was attempted, as words: `open directory`, `set owner`.
    pub action: Cow<'static, str>,
    /// On what: the full path as the user would write it.
    pub path: PathBuf,
    /// What the system answered.
    pub source: io::Error,
}

impl SysError {
    /// Puts a failure together with its action and its path.
    pub fn new(
        action: impl Into<Cow<'static, str>>,
        path: impl Into<PathBuf>,
        source: impl Into<io::Error>,
    ) -> Self {
        Self {
            action: action.into(),
            path: path.into(),
            source: source.into(),
        }
    }

    /// Whether the system answered with this `errno`.
    pub fn is(&self, errno: rustix::io::Errno) -> bool {
        self.source.raw_os_error() == Some(errno.raw_os_error())
    }
}

impl fmt::Display for SysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}", self.action, show(&self.path))
    }
}

impl std::error::Error for SysError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// What to do where the directory is missing that something shall be made in.
pub(crate) const NO_DIRECTORY: &str = "make that directory first (mkdir -p), or correct the path";

impl ImageError for SysError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::System
    }

    fn help(&self) -> Option<String> {
        use rustix::io::Errno;
        let advice = match Errno::from_io_error(&self.source)? {
            Errno::NOSPC => {
                "free some space or inodes on that file system, then run the same command again"
            }
            Errno::DQUOT => "raise or clear the quota there, then run the same command again",
            Errno::ACCESS | Errno::PERM => {
                "run the command as root, or on a tree that belongs to you; root is stopped by immutable files (lsattr, chattr -i), by a server that squashes root, or by a security module"
            }
            Errno::NOTSUP => {
                "that file system cannot keep this; choose a place on another, such as ext4, xfs or btrfs"
            }
            Errno::ROFS => {
                "that file system is mounted read-only; remount it or choose another place"
            }
            Errno::MFILE | Errno::NFILE => "raise the limit of open files (ulimit -n)",
            Errno::AGAIN if self.action == "start" => {
                "the system starts no more threads: raise the limit of processes (ulimit -u, pids.max of the cgroup)"
            }
            Errno::XDEV => "something is mounted there; unmount it first",
            Errno::NOENT if self.action == "write" => NO_DIRECTORY,
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

/// Implements [`Display`](fmt::Display), [`Error`](std::error::Error) and
/// [`ImageError`] for an enum each of whose variants holds one error that
/// speaks for itself, and [`From`] for those errors.
macro_rules! transparent {
    ($name:ident { $($variant:ident($inner:ty)),+ $(,)? }) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(error) => std::fmt::Display::fmt(error, f),)+
                }
            }
        }

        impl std::error::Error for $name {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                match self {
                    $(Self::$variant(error) => std::error::Error::source(error),)+
                }
            }
        }

        impl $crate::error::ImageError for $name {
            fn kind(&self) -> $crate::error::ErrorKind {
                match self {
                    $(Self::$variant(error) => $crate::error::ImageError::kind(error),)+
                }
            }

            fn help(&self) -> Option<String> {
                match self {
                    $(Self::$variant(error) => $crate::error::ImageError::help(error),)+
                }
            }
        }

        $(
            impl From<$inner> for $name {
                fn from(error: $inner) -> Self {
                    Self::$variant(error)
                }
            }
        )+
    };
}
pub(crate) use transparent;

/// A host path, quoted and escaped for a message.
pub fn show(path: &Path) -> impl fmt::Display + '_ {
    use std::os::unix::ffi::OsStrExt as _;
    struct Shown<'a>(&'a Path);
    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "`{}`", Escaped(self.0.as_os_str().as_bytes()))
        }
    }
    Shown(path)
}
