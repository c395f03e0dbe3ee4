//! [`NodeError`]: why a node could not be listed.

use std::fmt;
use std::io;
use std::process::ExitStatus;

use super::name::NameError;
use super::shell::ShellError;
use crate::error::{ErrorKind, ImageError, SysError};
use crate::manifest::ReadError;
use crate::monitor::Cancelled;
use crate::path::ImagePath;

/// Why a node could not be listed. A listing that is not whole is always an
/// error: what was not listed never counts as missing.
#[derive(Debug)]
#[non_exhaustive]
pub enum NodeError {
    /// What the user wrote names no node.
    Name(NameError),
    /// What shall take the place of ssh is no command.
    Shell(ShellError),
    /// A port is named, and the command is not ssh.
    Port {
        /// The node, as the user would write it.
        node: String,
        /// The command.
        program: String,
    },
    /// The command that reaches nodes cannot be started.
    Start(SysError),
    /// The node was not reached: nothing was run there.
    Unreachable {
        /// The node, as the user would write it.
        node: String,
        /// The command that failed.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it said, escaped, a line each.
        said: Vec<String>,
        /// What to try by hand.
        by_hand: String,
    },
    /// The answer ended before it was whole.
    Broken {
        /// The node, as the user would write it.
        node: String,
        /// How the command ended.
        status: ExitStatus,
        /// What was said on the node, escaped, a line each.
        said: Vec<String>,
    },
    /// There is no such directory, or it may not be entered.
    NoDirectory {
        /// The node, as the user would write it.
        node: String,
        /// What was said on the node, escaped, a line each.
        said: Vec<String>,
    },
    /// Something in the tree could not be read.
    Unreadable {
        /// The node, as the user would write it.
        node: String,
        /// What was said on the node, escaped, a line each.
        said: Vec<String>,
    },
    /// The node lacks a program without which it cannot be listed.
    NoProgram {
        /// The node, as the user would write it.
        node: String,
        /// What it lacks, and for what.
        what: &'static str,
    },
    /// A file changed between two looks at it.
    Changed {
        /// The node, as the user would write it.
        node: String,
        /// The file.
        path: ImagePath,
    },
    /// It lists more than is taken.
    TooMuch {
        /// The node, as the user would write it.
        node: String,
        /// Of what, as words.
        what: &'static str,
        /// How much is taken.
        most: u64,
    },
    /// The answer is not what the script writes.
    Malformed {
        /// The node, as the user would write it.
        node: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The monitor asked to stop.
    Cancelled,
}

/// What is wrong with an answer, before it is known how the command ended.
#[derive(Debug)]
pub(super) enum Fault {
    /// It ends too early.
    Ended,
    /// It is not what the script writes.
    Malformed(&'static str),
    /// The listing in it is none.
    Listing(ReadError),
    TooMuch(&'static str, u64),
    NoDirectory,
    NoProgram(&'static str),
    Changed(ImagePath),
    Io(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Ended,
            _ => Self::Io(error),
        }
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io { source, .. } => source.into(),
            ReadError::TooMuch { what, most, .. } => Self::TooMuch(what, most),
            error => Self::Listing(error),
        }
    }
}

impl Fault {
    /// The error, for an answer that did not end before its time.
    pub(super) fn about(self, node: String) -> NodeError {
        let malformed = |node, reason| NodeError::Malformed { node, reason };
        match self {
            Self::Ended => malformed(node, "it ends too early".to_owned()),
            Self::Malformed(reason) => malformed(node, reason.to_owned()),
            Self::Listing(error) => malformed(node, error.to_string()),
            Self::Io(error) if is_cancelled(&error) => NodeError::Cancelled,
            Self::Io(error) => NodeError::Start(SysError::new("read the answer of", node, error)),
            Self::TooMuch(what, most) => NodeError::TooMuch { node, what, most },
            Self::NoProgram(what) => NodeError::NoProgram { node, what },
            Self::Changed(path) => NodeError::Changed { node, path },
            Self::NoDirectory => NodeError::NoDirectory {
                node,
                said: Vec::new(),
            },
        }
    }
}

fn is_cancelled(error: &io::Error) -> bool {
    let inner = error.get_ref();
    inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<Cancelled>)
}

/// Lines that are shown of what was said.
const SHOWN: usize = 5;

/// What was said, behind a colon.
fn behind(said: &[String]) -> String {
    if said.is_empty() {
        return String::new();
    }
    let shown: Vec<_> = said.iter().take(SHOWN).map(String::as_str).collect();
    let more = match said.len() - shown.len() {
        0 => String::new(),
        more => format!("; and {more} lines more"),
    };
    format!(": {}{more}", shown.join("; "))
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Shell(error) => error.fmt(f),
            Self::Port { node, program } => {
                write!(f, "cannot tell `{program}` the port of `{node}`")
            }
            Self::Start(error) => error.fmt(f),
            Self::Unreachable {
                node,
                program,
                status,
                said,
                ..
            } => write!(
                f,
                "cannot reach `{node}`: {program} failed ({status}){}",
                // Banners come first, and what is wrong last.
                behind(&said[said.len().saturating_sub(SHOWN)..])
            ),
            Self::Broken { node, status, said } => write!(
                f,
                "the answer of `{node}` broke off ({status}){}",
                behind(said)
            ),
            Self::NoDirectory { node, said } => {
                write!(f, "cannot enter `{node}`{}", behind(said))
            }
            Self::Unreadable { node, said } => {
                write!(f, "not all of `{node}` could be read{}", behind(said))
            }
            Self::NoProgram { node, what } => write!(f, "`{node}` {what}"),
            Self::Changed { node, path } => {
                write!(f, "`{path}` of `{node}` changed while it was read")
            }
            Self::TooMuch { node, what, most } => {
                write!(f, "`{node}` lists more than {most} {what}")
            }
            Self::Malformed { node, reason } => {
                write!(f, "the answer of `{node}` makes no sense: {reason}")
            }
            Self::Cancelled => Cancelled.fmt(f),
        }
    }
}

impl std::error::Error for NodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start(error) => error.source(),
            _ => None,
        }
    }
}

impl ImageError for NodeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Name(_) | Self::Shell(_) | Self::Port { .. } => ErrorKind::Usage,
            Self::TooMuch { .. } | Self::Malformed { .. } => ErrorKind::Refused,
            Self::Cancelled => ErrorKind::Interrupted,
            _ => ErrorKind::System,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Name(error) => return error.help(),
            Self::Shell(error) => return error.help(),
            Self::Start(error) => {
                return Some(error.help().unwrap_or_else(|| {
                    "install an ssh client, or name another command with --rsh".to_owned()
                }));
            }
            Self::Port { .. } => "give the port with the command itself, in --rsh".to_owned(),
            Self::Unreachable { said, by_hand, .. } => reach(said, by_hand),
            Self::Broken { .. } => {
                "nothing was compared; see that the node and its network are well, then run the same command again".to_owned()
            }
            Self::NoDirectory { .. } => {
                "name a directory that is there and that the user of the node may enter".to_owned()
            }
            Self::Unreadable { .. } => {
                "log in as who may read all of it, as in `root@node001:/`, or leave out what need not be compared with --exclude".to_owned()
            }
            Self::NoProgram { .. } => "install imgtool on the node, which needs none of these programs".to_owned(),
            Self::Changed { .. } => {
                "stop what writes there, or leave it out with --exclude, then run the same command again".to_owned()
            }
            Self::TooMuch { what, .. } => {
                let name = what.rsplit(' ').next().unwrap_or(what);
                format!("leave out what need not be compared with --exclude, or raise --limit {name}=N")
            }
            Self::Malformed { .. } => {
                "see that the login shell there can run `sh`; try the same by hand: ssh NODE sh".to_owned()
            }
            Self::Cancelled => return None,
        })
    }
}

/// What helps if a node is not reached, by what ssh says.
fn reach(said: &[String], by_hand: &str) -> String {
    let says = |text: &str| said.iter().any(|line| line.contains(text));
    if says("Host key verification failed") || says("HOST IDENTIFICATION HAS CHANGED") {
        format!(
            "find out whether the node was installed anew; if so, forget its old key with `ssh-keygen -R HOST` and take the new one: {by_hand}"
        )
    } else if says("Permission denied") {
        format!("log in by hand once, and give ssh a key that the node knows: {by_hand}")
    } else {
        format!("try the same by hand: {by_hand}")
    }
}
