//! [`NoRoom`]: that there is no room for what is to be written, and how much is
//! missing.

use std::fmt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::error::{ErrorKind, ImageError, SysError, show};
use crate::root::Room;
use crate::size::Size;

/// What there is not enough of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Space.
    Bytes,
    /// Files that a file system can have.
    Inodes,
}

/// How well it is known how much something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Just so much.
    Exactly,
    /// So much and maybe more.
    AtLeast,
    /// By what was seen so far.
    About,
}

/// What something takes on a file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) bytes: u64,
    pub(crate) inodes: u64,
}

/// There is no room: told before the first byte is written, or in the middle.
#[derive(Debug)]
pub struct NoRoom {
    /// What was to stand there.
    pub path: PathBuf,
    /// What there is not enough of.
    pub what: What,
    /// How much it takes.
    pub needed: u64,
    /// How much of that there is for whoever runs this, or how much could be
    /// written.
    pub found: u64,
    /// How well it is known how much it takes.
    pub known: Known,
    /// What the system answered, in the middle.
    pub source: Option<SysError>,
}

impl NoRoom {
    /// Refuses what certainly does not fit.
    pub(crate) fn check(path: &Path, room: &Room, needs: Needs, known: Known) -> Result<(), Self> {
        let (what, needed, found) = match room.inodes {
            _ if needs.bytes > room.bytes => (What::Bytes, needs.bytes, room.bytes),
            Some(free) if needs.inodes > free => (What::Inodes, needs.inodes, free),
            _ => return Ok(()),
        };
        Err(Self {
            path: path.to_owned(),
            what,
            needed,
            found,
            known,
            source: None,
        })
    }

    /// The same for a file system that became full in the middle, where there was
    /// so much room `before` and is `now`. If it is not that, or if there would
    /// have been room, the error is told as it is.
    pub(crate) fn explain(
        error: SysError,
        path: &Path,
        before: &Room,
        now: &Room,
        needs: impl FnOnce() -> Needs,
    ) -> Result<Self, SysError> {
        if !is_full(&error) {
            return Err(error);
        }
        let needs = match now.inodes {
            Some(0) => Needs {
                bytes: 0,
                ..needs()
            },
            _ => Needs {
                inodes: 0,
                ..needs()
            },
        };
        match Self::check(path, before, needs, Known::About) {
            Ok(()) => Err(error),
            Err(no_room) => Ok(Self {
                source: Some(error),
                ..no_room
            }),
        }
    }
}

/// Whether an error says that there is no room, or no more of it for this user.
pub(crate) fn is_full(error: &SysError) -> bool {
    error.is(Errno::NOSPC) || error.is(Errno::DQUOT)
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (needed, found) = (self.needed, self.found);
        let missing = needed.saturating_sub(found);
        let known = match self.known {
            Known::Exactly => "",
            Known::AtLeast => "at least ",
            Known::About => "about ",
        };
        let path = show(&self.path);
        let (free, made) = match self.source {
            None => ("are free", "are free"),
            Some(_) => ("could be written", "could be made"),
        };
        write!(f, "there is no room for {path}: it takes {known}")?;
        match self.what {
            What::Bytes => write!(
                f,
                "{}, {} {free}, {known}{} are missing",
                Size(needed),
                Size(found),
                Size(missing)
            ),
            What::Inodes => write!(
                f,
                "{needed} inodes, {found} {made}, {known}{missing} are missing"
            ),
        }
    }
}

impl std::error::Error for NoRoom {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl ImageError for NoRoom {
    fn kind(&self) -> ErrorKind {
        ErrorKind::System
    }

    fn help(&self) -> Option<String> {
        let help = match self.source {
            None => {
                "free some space there or choose another place; where the file system compresses \
                 what it stores, try all the same with --no-room-check"
            }
            Some(_) => {
                "free some space there or choose another place; what stood there before is as it \
                 was"
            }
        };
        Some(help.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(bytes: u64, inodes: Option<u64>) -> Room {
        Room {
            bytes,
            inodes,
            block: 4096,
        }
    }

    fn needs(bytes: u64, inodes: u64) -> Needs {
        Needs { bytes, inodes }
    }

    #[test]
    fn what_is_missing_is_told_before() {
        let cases = [
            (room(10, Some(5)), needs(10, 5), ""),
            (room(10, None), needs(10, 5), ""),
            (
                room(10, Some(5)),
                needs(12, 6),
                "12 bytes, 10 bytes are free, 2 bytes are missing",
            ),
            (
                room(10, Some(5)),
                needs(0, 6),
                "6 inodes, 5 are free, 1 are missing",
            ),
        ];
        for (room, needs, expected) in cases {
            let answer = NoRoom::check(Path::new("x"), &room, needs, Known::Exactly);
            let told = answer.err().map(|error| error.to_string());
            let told = told.unwrap_or_default();
            assert!(told.ends_with(expected), "{told}");
            assert_eq!(told.is_empty(), expected.is_empty());
        }
    }

    #[test]
    fn what_is_missing_is_told_in_the_middle() {
        let told = |errno: Errno, now, needs| {
            let error = SysError::new("write", "x/f", errno);
            let before = room(10, Some(5));
            let told = NoRoom::explain(error, Path::new("x"), &before, &now, || needs);
            match told {
                Ok(error) => error.to_string(),
                Err(error) => error.to_string(),
            }
        };
        let plain = "cannot write `x/f`";
        let bytes = "there is no room for `x`: it takes about 30 bytes, 10 bytes could be \
                     written, about 20 bytes are missing";
        let inodes = "there is no room for `x`: it takes about 6 inodes, 5 could be made, about 1 \
                      are missing";
        let cases = [
            (Errno::IO, room(0, Some(0)), needs(30, 6), plain),
            (Errno::NOSPC, room(0, Some(2)), needs(30, 6), bytes),
            (Errno::DQUOT, room(0, None), needs(30, 6), bytes),
            (Errno::NOSPC, room(4, Some(0)), needs(30, 6), inodes),
            // Somebody else took it.
            (Errno::NOSPC, room(0, Some(2)), needs(9, 6), plain),
        ];
        for (errno, now, needs, expected) in cases {
            assert_eq!(told(errno, now, needs), expected, "{errno:?}");
        }
    }
}
