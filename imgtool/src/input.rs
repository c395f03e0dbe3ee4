//! [`Interruptible`]: reads that a signal ends although no byte comes.

use std::io::{self, Read};
use std::os::fd::AsFd;

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
