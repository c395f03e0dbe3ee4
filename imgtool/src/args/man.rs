//! `imgtool man`.

use std::path::PathBuf;

use clap::Args;

use super::exit_statuses;

/// What `man` takes.
pub(crate) struct Man {
    pub(crate) dir: PathBuf,
}

/// Write the manual pages, one for each command, into a directory
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool man /usr/local/share/man/man1
  man -l /usr/local/share/man/man1/imgtool-import.1

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The directory, which must exist
    dir: PathBuf,
}

impl Raw {
    pub(super) fn resolve(self) -> Man {
        Man { dir: self.dir }
    }
}
