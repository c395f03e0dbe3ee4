//! [`Interruptible`]: reads that a signal ends although no byte comes; files
//! of rules.

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use libimage::filter::CvsNames;
use libimage::monitor::Cancelled;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::signals::Interrupt;

/// Input that may be a pipe on which nothing comes for a long time.
pub(crate) struct Interruptible<F> {
    fd: F,
    interrupt: Interrupt,
}

impl<F: AsFd> Interruptible<F> {
    pub(crate) fn new(fd: F, interrupt: Interrupt) -> Self {
        Self { fd, interrupt }
    }

    /// Waits until there is something to read, or a signal.
    fn wait(&self) -> io::Result<()> {
        let Some(wake) = self.interrupt.wake() else {
            return Ok(());
        };
        let mut fds = [
            PollFd::new(&self.fd, PollFlags::IN),
            PollFd::from_borrowed_fd(wake, PollFlags::IN),
        ];
        loop {
            match poll(&mut fds, None) {
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
                Ok(_) if !fds[1].revents().is_empty() => return Err(io::Error::other(Cancelled)),
                Ok(_) => return Ok(()),
            }
        }
    }
}

impl<F: AsFd> Read for Interruptible<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wait()?;
        Ok(rustix::io::read(&self.fd, buffer)?)
    }
}

/// Opens a file that the user named, outside any tree; `-` is standard input.
pub(crate) fn open(path: &Path, interrupt: &Interrupt) -> io::Result<Box<dyn Read>> {
    let interrupt = interrupt.clone();
    if path.as_os_str() == "-" {
        return Ok(Box::new(Interruptible::new(io::stdin(), interrupt)));
    }
    #[expect(
        clippy::disallowed_types,
        reason = "a file that the user named, outside any tree"
    )]
    let file = std::fs::File::open(path)?;
    Ok(Box::new(Interruptible::new(file, interrupt)))
}

/// Bytes of a file of rules; real ones have some thousand.
const MOST_RULES: u64 = 16 << 20;

/// Reads a file of rules; `-` is standard input.
pub(crate) fn read_rules(path: &Path, interrupt: &Interrupt) -> io::Result<Vec<u8>> {
    let mut rules = Vec::new();
    let file = open(path, interrupt)?;
    file.take(MOST_RULES + 1).read_to_end(&mut rules)?;
    if rules.len() as u64 > MOST_RULES {
        return Err(io::Error::other("it is too large for a file of rules"));
    }
    Ok(rules)
}

/// The names that the user has CVS ignore: `$HOME/.cvsignore`, `$CVSIGNORE`.
pub(crate) fn cvs_names(interrupt: &Interrupt) -> CvsNames {
    let file = std::env::var_os("HOME").map(|home| {
        let path = PathBuf::from(home).join(".cvsignore");
        let content = read_rules(&path, interrupt);
        (path, content)
    });
    CvsNames {
        file,
        variable: std::env::var_os("CVSIGNORE").unwrap_or_default().into_vec(),
    }
}
