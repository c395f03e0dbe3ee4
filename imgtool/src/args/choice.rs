//! `--image` and `--member`: which image of several.

use clap::Args;
use libimage::inspect::Architecture;
use libimage::source::Choice;

#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Sources that hold several images")]
pub(super) struct Raw {
    /// The container image of this name, with or without its registry
    #[arg(long, value_name = "NAME")]
    image: Option<String>,
    /// The root filesystem at this path of an ISO
    #[arg(long, value_name = "PATH")]
    member: Option<String>,
}

impl Raw {
    pub(super) fn resolve(self, arch: Option<Architecture>) -> Choice {
        let mut choice = Choice::default();
        choice.arch = arch;
        choice.image = self.image;
        choice.member = self.member;
        choice
    }
}

/// The same where nothing else takes `--arch`.
#[derive(Args)]
#[group(skip)]
#[command(next_help_heading = "Sources that hold several images")]
pub(super) struct WithArch {
    /// The container image for this architecture.
    #[arg(
        long,
        value_name = "ARCH",
        help = "The container image for this architecture: x86_64, aarch64, …"
    )]
    arch: Option<Architecture>,
    #[command(flatten)]
    raw: Raw,
}

impl WithArch {
    pub(super) fn resolve(self) -> Choice {
        self.raw.resolve(self.arch)
    }
}
