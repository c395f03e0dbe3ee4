//! `--root`: directories of trees.

use std::path::PathBuf;

use clap::Args;

#[derive(Args)]
#[group(skip)]
pub(super) struct Raw {
    /// Look at every tree in this directory; may be given several times
    #[arg(long = "root", value_name = "DIR")]
    roots: Vec<PathBuf>,
}

impl Raw {
    pub(super) fn resolve(self) -> Vec<PathBuf> {
        self.roots
    }
}
