//! [`Status`]: how a command ended, as scripts see it.

use std::process::ExitCode;

use libimage::error::ErrorKind;

/// An exit status; `docs/exit-status.md` defines each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done, and there is nothing to report.
    Done,
    /// Done, and there are differences or findings.
    Findings,
    /// What was asked makes no sense.
    Usage,
    /// Unsafe, corrupt, over a limit, or not what was demanded.
    Refused,
    /// The system failed.
    System,
    /// A signal asked to stop.
    Interrupted,
}

impl Status {
    /// The number that the process exits with.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::System => 4,
            // As shells say it of a process that SIGINT has ended.
            Self::Interrupted => 130,
        }
    }

    /// Of several things that went wrong the one to tell: what kept the
    /// command from looking at all outweighs whatever it found elsewhere.
    pub(crate) fn and(self, other: Self) -> Self {
        if other.code() > self.code() {
            other
        } else {
            self
        }
    }
}

impl From<ErrorKind> for Status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Self::Usage,
            ErrorKind::Refused => Self::Refused,
            ErrorKind::Interrupted => Self::Interrupted,
            _ => Self::System,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        status.code().into()
    }
}
