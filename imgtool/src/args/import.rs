//! `imgtool import`.

use std::path::PathBuf;

use clap::Args;
use libimage::archive::Limits;
use libimage::rules::Demand;

use super::{demand, exit_statuses, limit};

/// What `import` takes.
pub(crate) struct Import {
    /// Nothing for standard input.
    pub(crate) archive: Option<PathBuf>,
    pub(crate) into: PathBuf,
    pub(crate) demand: Demand,
    pub(crate) replace: bool,
    pub(crate) limits: Limits,
}

/// Unpack an archive as a tree, prove what it is, and only then publish it
///
/// The archive is tar, plain or compressed with gzip, zstd, xz or bzip2. It is
/// unpacked beside DIR and takes that name when it is whole and is what
/// --kind, --arch and --distro demand. A refused or interrupted import leaves
/// what was there exactly as it was.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool import default-image.tar.gz --into /cm/images/default-image
  imgtool import image-arm.tar.zst --into /cm/images/arm --kind software-image \\
      --arch aarch64 --distro ubuntu2404
  ssh build cat image.tar | imgtool import - --into /cm/images/nightly --replace
  imgtool import huge.tar.xz --into /cm/shared-new --limit size=4T --format json

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The archive; `-` for standard input
    archive: PathBuf,
    /// The directory that the tree becomes
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    #[command(flatten)]
    demand: demand::Raw,
    /// Swap out the tree that stands at DIR
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    limits: limit::Raw,
}

impl Raw {
    pub(super) fn resolve(self) -> Import {
        Import {
            archive: (self.archive.as_os_str() != "-").then_some(self.archive),
            into: self.into,
            demand: self.demand.resolve(),
            replace: self.replace,
            limits: self.limits.resolve(),
        }
    }
}
