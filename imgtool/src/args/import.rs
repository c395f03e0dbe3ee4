//! `imgtool import`.

use std::path::PathBuf;

use clap::Args;
use libimage::archive::Limits;
use libimage::filter::Argument;
use libimage::rules::Demand;
use libimage::source::Choice;

use super::{choice, demand, exit_statuses, filter, limit};

/// What `import` takes.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag a choice of the user"
)]
pub(crate) struct Import {
    /// Nothing for standard input.
    pub(crate) archive: Option<PathBuf>,
    pub(crate) into: PathBuf,
    pub(crate) demand: Demand,
    pub(crate) choice: Choice,
    pub(crate) replace: bool,
    pub(crate) dry_run: bool,
    pub(crate) strict: bool,
    pub(crate) room_check: bool,
    pub(crate) filter: Vec<Argument>,
    pub(crate) limits: Limits,
}

/// Unpack an archive as a tree, prove what it is, and only then publish it
///
/// The archive is tar, plain or compressed with gzip, zstd, xz or bzip2; an OCI
/// image layout, a directory or a tar; what `docker save` writes; a squashfs;
/// or an ISO that holds one of these. It is unpacked beside DIR and takes that
/// name when it is whole and is what --kind, --arch and --distro demand. A
/// refused or interrupted import leaves what was there exactly as it was.
///
/// What a running system showed in /proc and /sys is refused: leave it out
/// with --exclude '/proc/*' --exclude '/sys/*'.
#[derive(Args)]
#[group(skip)]
#[expect(clippy::struct_excessive_bools, reason = "one flag an option")]
#[command(after_help = concat!(
    "Examples:
  imgtool import default-image.tar.gz --into /cm/images/default-image
  imgtool import image-arm.tar.zst --into /cm/images/arm --kind software-image \\
      --arch aarch64 --distro ubuntu2404
  imgtool import image.tar.gz --into /cm/images/new --dry-run
  imgtool import live.tar.gz --into /cm/images/live --exclude '/proc/*' --exclude '/sys/*'
  imgtool import oci-layout/ --into /cm/images/compute --arch aarch64 --replace
  imgtool import bcm-11.0.iso --member data/UBUNTU2404.tar.gz --into /cm/images/base
  ssh build cat image.tar | imgtool import - --into /cm/images/nightly --replace
  imgtool import huge.tar.xz --into /cm/shared-new --limit size=4T --format json

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The archive, container image, squashfs or ISO; `-` for standard input
    archive: PathBuf,
    /// The directory that the tree becomes
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    #[command(flatten)]
    demand: demand::Raw,
    /// Swap out the tree that stands at DIR
    #[arg(long)]
    replace: bool,
    /// Read, check and judge everything, and write nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Refuse what would lose owners, device nodes or attributes because only
    /// root can set them
    #[arg(long)]
    strict: bool,
    /// Try it even if there seems to be no room
    #[arg(long)]
    no_room_check: bool,
    #[command(flatten)]
    limits: limit::Raw,
    #[command(flatten)]
    filter: filter::Raw,
    #[command(flatten)]
    choice: choice::Raw,
}

impl Raw {
    pub(super) fn resolve(self) -> Import {
        let demand = self.demand.resolve();
        Import {
            archive: (self.archive.as_os_str() != "-").then_some(self.archive),
            into: self.into,
            choice: self.choice.resolve(demand.arch),
            demand,
            replace: self.replace,
            dry_run: self.dry_run,
            strict: self.strict,
            room_check: !self.no_room_check,
            filter: self.filter.resolve(),
            limits: self.limits.resolve(),
        }
    }
}
