//! Programs that read what no crate reads well enough.

use std::io::{self, BufRead as _, BufReader, Read};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::error::{SourceError, Unusable};
use crate::error::{ErrorKind, SysError};
use crate::escape::Escaped;
use crate::monitor::Cancelled;
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
    child: Child,
    stdout: ChildStdout,
    said: Said,
    listener: Option<JoinHandle<()>>,
}

/// The last lines of a program's standard error.
#[derive(Clone, Default)]
pub(super) struct Said(Arc<Mutex<Vec<String>>>);

/// Lines of standard error that are kept.
const LINES: usize = 20;

/// Bytes of such a line that are kept.
const LINE: usize = 500;

impl Said {
    /// What was said so far.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn listen(&self, stderr: impl Read) {
        for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
            let line = Escaped(&line[..line.len().min(LINE)]).to_string();
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == LINES {
                lines.remove(0);
            }
            lines.push(line);
        }
    }
}

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
        let mut child = Command::new(self.name)
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => SourceError::Unusable(Unusable {
                    source: source.to_owned(),
                    reason: format!("it can be read only with the program {}", self.name),
                    help: Some(format!("install {}", self.packages)),
                    kind: ErrorKind::System,
                }),
                _ => SysError::new("start", self.name, error).into(),
            })?;
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        let said = Said::default();
        let listener = std::thread::Builder::new().spawn({
            let said = said.clone();
            move || said.listen(stderr)
        });
        Ok(Output {
            program: self.name,
            child,
            stdout,
            said,
            listener: Some(listener.map_err(|error| SysError::new("start", self.name, error))?),
        })
    }
}

impl Output {
    /// What the program says beside its output, also once that is read.
    pub(super) fn said(&self) -> Said {
        self.said.clone()
    }
}

impl Read for Output {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stdout.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        if let Some(listener) = self.listener.take() {
            let status = self.child.wait()?;
            // It only reads until the program is gone.
            let _ = listener.join();
            // What ends this process from a terminal ends its children too.
            if matches!(status.signal(), Some(libc::SIGINT | libc::SIGTERM)) {
                return Err(io::Error::other(Cancelled));
            }
            if !status.success() {
                let said = self.said.lines().join("; ");
                let message = format!("{} failed ({status}): {said}", self.program);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        Ok(0)
    }
}

/// Ends a program whose output nobody wants any more.
impl Drop for Output {
    fn drop(&mut self) {
        if let Some(listener) = self.listener.take() {
            // It may have ended by itself meanwhile.
            let _ = self.child.kill();
            let _ = self.child.wait();
            let _ = listener.join();
        }
    }
}
