//! `--rsh COMMAND`: how nodes are reached.

use std::ffi::OsString;

use clap::Args;

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Trees on nodes, as in `root@node001:/`")]
pub(super) struct Raw {
    /// Reach nodes by COMMAND, such as `ssh -p 2222` [default: IMGTOOL_SSH, or ssh]
    #[arg(long, value_name = "COMMAND")]
    rsh: Option<OsString>,
}

impl Raw {
    pub(super) fn resolve(self) -> Option<OsString> {
        self.rsh
    }
}
