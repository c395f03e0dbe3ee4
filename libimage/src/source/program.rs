//! Programs that read what no crate reads well enough.

use std::io::{self, BufRead as _, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::error::{SourceError, Unusable};
use crate::error::{ErrorKind, SysError};
use crate::escape::Escaped;
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
    /// The last lines of its standard error.
    said: Arc<Mutex<Vec<String>>>,
    listener: Option<JoinHandle<()>>,
}

/// Lines of standard error that are kept, the last ones.
const LINES: usize = 5;

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
        let said = Arc::new(Mutex::new(Vec::new()));
        let listener = std::thread::Builder::new().spawn({
            let said = said.clone();
            move || {
                for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                    if said.len() == LINES {
                        said.remove(0);
                    }
                    let line = &line[..line.len().min(500)];
                    said.push(Escaped(line).to_string());
                }
            }
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
            if !status.success() {
                let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
                let said = said.join("; ");
                let message = format!("{} failed ({status}): {said}", self.program);
                return Err(io::Error::other(message));
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
