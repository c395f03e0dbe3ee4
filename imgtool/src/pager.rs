//! [`Pager`]: long text on a terminal, a screen at a time, as git has it.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::process::{Child, ChildStdin, Command, Stdio};

/// What `less` does unless `LESS` says otherwise: it ends where all fits on
/// one screen, passes colours on, and leaves the text on the screen.
const LESS: &str = "FRX";

/// A pager that reads the report.
pub(crate) struct Pager {
    child: Child,
    input: Option<ChildStdin>,
}

impl Pager {
    /// Starts what `IMGTOOL_PAGER`, or else `PAGER` names, or else `less`;
    /// nothing where they name none (they are empty, or `cat`), or where there
    /// is no such program.
    pub(crate) fn start() -> Option<Self> {
        let named = ["IMGTOOL_PAGER", "PAGER"]
            .into_iter()
            .find_map(std::env::var_os);
        let words = words(&named.unwrap_or_else(|| "less".into()));
        let (program, arguments) = words.split_first()?;
        if program == "cat" {
            return None;
        }
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", LESS);
        }
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take();
        Some(Self { child, input })
    }

    /// Says that nothing more comes, and waits until it was read.
    pub(crate) fn finish(mut self) {
        drop(self.input.take());
        // However it ends, it is not what the command was about.
        let _ = self.child.wait();
    }
}

impl Write for Pager {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.input {
            Some(input) => input.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// The words of a command, parted by blanks; no shell has a look at them.
fn words(command: &OsStr) -> Vec<OsString> {
    command
        .as_bytes()
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_parted_at_blanks() {
        for (command, expected) in [
            ("less", &["less"][..]),
            (" less  -S\t-R ", &["less", "-S", "-R"]),
            ("", &[]),
            (" ", &[]),
        ] {
            assert_eq!(words(OsStr::new(command)), expected, "{command:?}");
        }
    }
}
