//! `imgtool completions`.

use clap::Args;
use clap_complete::Shell;

use super::exit_statuses;

/// What `completions` takes.
pub(crate) struct Completions {
    pub(crate) shell: Shell,
}

/// Write the completions for a shell to standard output
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool completions bash > /etc/bash_completion.d/imgtool
  imgtool completions zsh > \"${fpath[1]}/_imgtool\"

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// Which shell
    shell: Shell,
}

impl Raw {
    pub(super) fn resolve(self) -> Completions {
        Completions { shell: self.shell }
    }
}
