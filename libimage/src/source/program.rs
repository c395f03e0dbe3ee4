//! Programs that read what no crate reads well enough.

use std::io::{self, Read};
use std::process::Command;

use super::error::{SourceError, Unusable};
use crate::error::{ErrorKind, SysError};
use crate::monitor::Cancelled;
use crate::program::{Running, Said, was_interrupted};
use crate::sys::section::Section;

/// A program and where it is to be had.
pub(super) struct Program {
    pub(super) name: &'static str,
    /// The packages that have it, as advice.
    pub(super) packages: &'static str,
}

/// What a program writes to its standard output. Its end counts only if the
/// program ended well: until then reading goes on or fails.
pub(super) struct Output {
    program: &'static str,
    running: Running,
}

/// Lines of standard error that are kept.
const LINES: usize = 20;

impl Program {
    /// Starts it with `input` as its standard input.
    pub(super) fn start(
        &self,
        arguments: &[&str],
        input: &Section,
        source: &str,
    ) -> Result<Output, SourceError> {
        let input = input
            .try_clone_file()
            .map_err(|error| SysError::new("read", source, error))?;
        let mut command = Command::new(self.name);
        command
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .stdin(input);
        let running = Running::start(&mut command, LINES).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::Unusable(Unusable {
                source: source.to_owned(),
                reason: format!("it can be read only with the program {}", self.name),
                help: Some(format!("install {}", self.packages)),
                kind: ErrorKind::System,
            }),
            _ => SysError::new("start", self.name, error).into(),
        })?;
        Ok(Output {
            program: self.name,
            running,
        })
    }
}

impl Output {
    /// What the program says beside its output, also once that is read.
    pub(super) fn said(&self) -> Said {
        self.running.said()
    }
}

impl Read for Output {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let read = self.running.read(into, &|| true)?;
        if read > 0 {
            return Ok(read);
        }
        let status = self.running.end(&|| true)?;
        if was_interrupted(status) {
            return Err(io::Error::other(Cancelled));
        }
        if !status.success() {
            let said = self.said().lines().join("; ");
            let message = format!("{} failed ({status}): {said}", self.program);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(0)
    }
}
