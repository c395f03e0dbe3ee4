//! [`OutputFile`]: a file of the host that appears whole or not at all.

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::error::SysError;
use crate::sys::aside::Aside;
use crate::sys::host::{self, Occupant};
use crate::sys::open;

/// A file that the user named as the place of a result.
///
/// It is written aside, in the same directory, and takes its name when it is
/// whole, so that nobody ever reads half of it and a failure leaves what was
/// there. What is no regular file, such as `/dev/null` or a pipe, is written
/// to directly and never replaced.
pub struct OutputFile {
    out: Out,
    path: PathBuf,
    /// Whether it is an error if there is such a file by then.
    is_new: bool,
}

enum Out {
    /// A file that is no regular one.
    Special(host::HostFile),
    Aside(Aside),
}

impl OutputFile {
    /// Prepares to write the file at `path`.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if nothing can be written there.
    pub fn create(path: &Path) -> Result<Self, SysError> {
        Self::prepare(path, true, host::EVERYONE)
    }

    /// The same for a file that its owner alone may read. Unless `replace`, a
    /// file that stands there already is left alone.
    ///
    /// # Errors
    ///
    /// As those of [`OutputFile::create`], and `EEXIST`, which also
    /// [`OutputFile::publish`] may answer then.
    pub fn secret(path: &Path, replace: bool) -> Result<Self, SysError> {
        Self::prepare(path, replace, host::OWNER)
    }

    fn prepare(path: &Path, replace: bool, mode: u32) -> Result<Self, SysError> {
        let failed = |error| SysError::new("write", path, error);
        let place = match host::occupant(path).map_err(failed)? {
            Occupant::Special => {
                let file = host::open_special(path).map_err(failed)?;
                return Ok(Self {
                    out: Out::Special(file),
                    path: path.to_owned(),
                    is_new: false,
                });
            }
            Occupant::File(_) if !replace => return Err(failed(Errno::EXIST.into())),
            Occupant::File(place) => place,
            Occupant::Nobody => path.to_owned(),
        };
        let parent = open::named_directory(host::parent(&place).as_os_str().as_bytes());
        let aside = parent.and_then(|parent| Aside::create(parent, name(&place), mode));
        Ok(Self {
            out: Out::Aside(aside.map_err(|errno| failed(errno.into()))?),
            path: place,
            is_new: !replace,
        })
    }

    /// Whether it stands in a directory or somewhere beneath it.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if one of the two paths cannot be resolved.
    pub fn is_beneath(&self, directory: &Path) -> Result<bool, SysError> {
        if let Out::Special(_) = &self.out {
            return Ok(false);
        }
        let resolved =
            |path| host::canonical(path).map_err(|error| SysError::new("open", path, error));
        let (parent, directory) = (resolved(host::parent(&self.path))?, resolved(directory)?);
        Ok(host::within(&parent, &directory).is_some())
    }

    /// Makes what was written durable and gives it its name.
    ///
    /// # Errors
    ///
    /// A [`SysError`] if the system fails; the path is as it was then.
    pub fn publish(self) -> Result<(), SysError> {
        let Self { out, path, is_new } = self;
        match out {
            Out::Aside(mut aside) => aside
                .publish(name(&path), is_new)
                .map_err(|errno| SysError::new("write", &path, errno)),
            Out::Special(_) => Ok(()),
        }
    }
}

fn name(path: &Path) -> &[u8] {
    path.file_name().unwrap_or_default().as_bytes()
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Out::Special(file) => file.write(bytes),
            Out::Aside(aside) => aside.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Special(file) => file.flush(),
            Out::Aside(aside) => aside.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let names = crate::root::Root::open(dir, crate::root::Mounts::Stay)
            .expect("opens")
            .top()
            .names()
            .expect("lists");
        let mut names: Vec<_> = names
            .iter()
            .map(|name| String::from_utf8_lossy(&name.name).into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn it_appears_when_it_is_published_and_not_before() {
        let dir = tempfile::tempdir().expect("makes");
        let path = dir.path().join("out");
        let mut dropped = OutputFile::create(&path).expect("creates");
        dropped.write_all(b"half").expect("writes");
        drop(dropped);
        assert_eq!(names(dir.path()), [""; 0]);
        for content in ["first", "second"] {
            let mut out = OutputFile::create(&path).expect("creates");
            out.write_all(content.as_bytes()).expect("writes");
            assert_eq!(out.is_beneath(dir.path()).ok(), Some(true));
            assert_eq!(out.is_beneath(Path::new("/proc")).ok(), Some(false));
            out.publish().expect("publishes");
            assert_eq!(names(dir.path()), ["out"]);
            assert_eq!(host::read_small(&path).expect("reads"), content.as_bytes());
        }
    }

    #[test]
    fn a_secret_is_its_owners_and_replaces_nothing_unasked() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("makes");
        let path = dir.path().join("out");
        let write = |mut out: OutputFile, content: &[u8]| {
            out.write_all(content).expect("writes");
            out.publish()
        };
        let first = OutputFile::secret(&path, false).expect("creates");
        write(first, b"first").expect("publishes");
        let mode = host::open(&path).and_then(|(file, _)| file.metadata());
        assert_eq!(mode.expect("reads").permissions().mode() & 0o777, 0o600);
        let again = OutputFile::secret(&path, false).err().expect("it is there");
        assert!(again.is(Errno::EXIST));
        let other = OutputFile::secret(&path, true).expect("creates");
        write(other, b"second").expect("publishes");

        // What comes while it is written is left alone, too.
        let path = dir.path().join("late");
        let slow = OutputFile::secret(&path, false).expect("creates");
        std::os::unix::fs::symlink("out", &path).expect("links");
        let late = write(slow, b"slow").expect_err("something is there by now");
        assert!(late.is(Errno::EXIST));
        assert_eq!(host::read_small(&path).expect("reads"), b"second");
        assert_eq!(names(dir.path()), ["late", "out"]);
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let mut out = OutputFile::create(Path::new("/dev/null")).expect("opens");
        out.write_all(b"gone").expect("writes");
        assert!(matches!(out.out, Out::Special(_)));
        out.publish().expect("nothing is left to do");
    }

    #[test]
    fn a_symlink_keeps_pointing_at_what_is_replaced() {
        let dir = tempfile::tempdir().expect("makes");
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        let mut out = OutputFile::create(&real).expect("creates");
        out.write_all(b"old").expect("writes");
        out.publish().expect("publishes");
        std::os::unix::fs::symlink("real", &link).expect("links");
        let mut out = OutputFile::create(&link).expect("creates");
        out.write_all(b"new").expect("writes");
        out.publish().expect("publishes");
        assert_eq!(host::read_small(&real).expect("reads"), b"new");
        assert_eq!(names(dir.path()), ["link", "real"]);
    }
}
