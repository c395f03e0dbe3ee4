//! `--policy`: how bad findings are taken.

use std::path::PathBuf;

use clap::Args;

#[derive(Args)]
#[group(skip)]
pub(super) struct Raw {
    /// Take findings as bad as this file says, by rule and by path
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl Raw {
    pub(super) fn resolve(self) -> Option<PathBuf> {
        self.policy
    }
}
