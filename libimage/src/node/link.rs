//! [`Link`]: a connection to a node, on which a script runs.

use std::io::{self, Read};
use std::process::{ExitStatus, Stdio};

use super::error::{Fault, NodeError};
use super::name::Node;
use super::script::{COMMAND, MARK};
use super::shell::Shell;
use crate::error::SysError;
use crate::escape::Escaped;
use crate::monitor::{Cancelled, Monitor};
use crate::program::{Running, was_interrupted};
use crate::sys::wait;

/// A connection to a node. Its end counts only if the command ended well, which
/// [`Link::close`] tells.
pub(super) struct Link<'a> {
    node: &'a Node,
    shell: &'a Shell,
    monitor: &'a dyn Monitor,
    running: Running,
    /// Whether the answer has ended.
    is_at_end: bool,
}

/// Lines of what is said that are kept: each file that vanishes takes one.
const LINES: usize = 1000;

impl<'a> Link<'a> {
    /// Has a script run on a node.
    pub(super) fn open(
        node: &'a Node,
        shell: &'a Shell,
        script: &[u8],
        monitor: &'a dyn Monitor,
    ) -> Result<Self, NodeError> {
        let failed =
            |error: io::Error| NodeError::Start(SysError::new("start", shell.name(), error));
        let script = wait::in_memory(script).map_err(|errno| failed(errno.into()))?;
        let mut command = shell.command(node, COMMAND)?;
        command.stdin(Stdio::from(script));
        Ok(Self {
            node,
            shell,
            monitor,
            running: Running::start(&mut command, LINES).map_err(failed)?,
            is_at_end: false,
        })
    }

    /// Judges what was read of the answer together with how the command ended;
    /// with it comes what was said on the node.
    pub(super) fn close<T>(mut self, read: Result<T, Fault>) -> Result<(T, Remarks), NodeError> {
        if !self.is_at_end {
            // What answers wrongly is not waited for.
            if let Err(fault) = read {
                return Err(fault.about(self.node.to_string()));
            }
        }
        let monitor = self.monitor;
        let ended = self.running.end(&|| !monitor.cancelled());
        let status = ended.map_err(|error| Fault::from(error).about(self.node.to_string()))?;
        if monitor.cancelled() || was_interrupted(status) {
            return Err(NodeError::Cancelled);
        }
        let said = Said::of(&self.running);
        match read {
            _ if !said.was_run => Err(self.unreachable(status, &said.remarks)),
            Err(Fault::NoDirectory) if status.success() => Err(NodeError::NoDirectory {
                node: self.node.to_string(),
                said: said.remarks.shown(),
            }),
            Ok(read) if status.success() => Ok((read, said.remarks)),
            Err(fault) if status.success() && !fault.is_of_the_end() => {
                Err(fault.about(self.node.to_string()))
            }
            Ok(_) | Err(_) => Err(NodeError::Broken {
                node: self.node.to_string(),
                status,
                said: said.remarks.shown(),
            }),
        }
    }

    fn unreachable(&self, status: ExitStatus, remarks: &Remarks) -> NodeError {
        NodeError::Unreachable {
            node: self.node.to_string(),
            program: self.shell.name(),
            status,
            said: remarks.shown(),
            by_hand: self.shell.by_hand(self.node),
        }
    }
}

impl Read for Link<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() || self.is_at_end {
            return Ok(0);
        }
        if self.monitor.cancelled() {
            return Err(io::Error::other(Cancelled));
        }
        let monitor = self.monitor;
        let read = self.running.read(into, &|| !monitor.cancelled())?;
        self.is_at_end = read == 0;
        Ok(read)
    }
}

impl Fault {
    /// Whether it may be that the answer was cut off.
    fn is_of_the_end(&self) -> bool {
        matches!(self, Self::Ended | Self::Listing(_))
    }
}

/// What was said beside the answer.
struct Said {
    /// Whether the script was run at all.
    was_run: bool,
    remarks: Remarks,
}

/// What was said on the node by what the script runs.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    lines: Vec<Vec<u8>>,
    /// How many lines were said before these.
    dropped: u64,
}

impl Said {
    /// What stands before the script's mark was not said by it: banners, what
    /// ssh notes, what the login shell writes.
    fn of(running: &Running) -> Self {
        let said = running.said();
        let mut lines = said.raw_lines();
        let dropped = said.dropped();
        let mark = lines.iter().position(|line| line == MARK);
        if let Some(mark) = mark {
            lines.drain(..=mark);
        }
        lines.retain(|line| !line.trim_ascii().is_empty());
        Self {
            // If lines were dropped, the mark may be among them.
            was_run: mark.is_some() || dropped > 0,
            remarks: Remarks { lines, dropped },
        }
    }
}

impl Remarks {
    /// For people: safe for a terminal.
    pub(super) fn shown(&self) -> Vec<String> {
        let lines = self.lines.iter();
        lines
            .map(|line| Escaped(line.trim_ascii_end()).to_string())
            .collect()
    }

    /// The names of files that vanished, as they are told, if nothing else is
    /// told at all.
    pub(super) fn only_vanished(&self) -> Option<Vec<String>> {
        let vanished = |line: &Vec<u8>| {
            let line = line.trim_ascii_end();
            let line = line.strip_suffix(b" (os error 2)").unwrap_or(line);
            let line = line.strip_suffix(b": No such file or directory")?;
            // A name that find gave; others are of programs that are missing.
            line.windows(2).find(|&two| two == b"./")?;
            let programs = ["find: ", "stat: ", "getfattr: ", "b3sum: ", "sha256sum: "];
            let mut named = programs
                .iter()
                .filter_map(|name| line.strip_prefix(name.as_bytes()));
            named.next().map(|line| Escaped(line).to_string())
        };
        if self.dropped > 0 || self.lines.is_empty() {
            return None;
        }
        self.lines.iter().map(vanished).collect()
    }

    /// Warnings of imgtool on the node, without the word.
    pub(super) fn warnings(&self) -> Vec<String> {
        let lines = self.lines.iter();
        lines
            .filter_map(|line| line.strip_prefix(b"warning: "))
            .map(|line| Escaped(line).to_string())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_vanished_files_is_no_error() {
        for (lines, expected) in [
            (
                &[
                    "find: './a': No such file or directory",
                    "b3sum: ./b: No such file or directory (os error 2)",
                ][..],
                Some(vec!["'./a'", "./b"]),
            ),
            (&["getfattr: ./a: Permission denied"], None),
            (
                &[
                    "find: './a': No such file or directory",
                    "find: './b': Permission denied",
                ],
                None,
            ),
            (&["Connection to node001 closed by remote host."], None),
            (&["sh: foo: No such file or directory"], None),
            // It is a program that is missing.
            (&["find: 'stat': No such file or directory"], None),
            (
                &["stat: cannot statx './a': No such file or directory"],
                Some(vec!["cannot statx './a'"]),
            ),
            // A name with a newline makes two lines, which are not understood.
            (
                &[
                    "getfattr: ./a: No such file or directory",
                    "b: Permission denied",
                ],
                None,
            ),
            (&[], None),
        ] {
            let remarks = Remarks {
                lines: lines.iter().map(|line| line.as_bytes().to_vec()).collect(),
                dropped: 0,
            };
            let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
            assert_eq!(remarks.only_vanished(), expected, "{lines:?}");
            let remarks = Remarks {
                dropped: 1,
                ..remarks
            };
            assert_eq!(remarks.only_vanished(), None, "{lines:?}");
        }
    }
}
