//! `imgtool clone`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use libimage::filter::Argument;
use libimage::writer::Reflink;

use super::{exit_statuses, filter};

/// What `clone` takes.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag a choice of the user"
)]
pub(crate) struct Clone {
    pub(crate) source: PathBuf,
    pub(crate) destination: PathBuf,
    pub(crate) reflink: Reflink,
    pub(crate) verify: bool,
    pub(crate) replace: bool,
    pub(crate) strict: bool,
    pub(crate) room_check: bool,
    pub(crate) filter: Vec<Argument>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Share {
    /// Where the file system can
    Auto,
    /// Or fail
    Always,
    /// Write every byte anew
    Never,
}

/// Copy a tree with all its attributes, hard links and holes
///
/// Where the file system can (btrfs, xfs), the copy shares its blocks with the
/// source and takes no time and no room; elsewhere it is copied by several
/// threads. It is made beside DEST and takes that name when it is whole; a
/// refused or interrupted clone leaves what was there exactly as it was. If
/// SOURCE changes while it is copied, nothing is published.
///
/// What is mounted within SOURCE is not copied: there is an empty directory in
/// its place.
#[derive(Args)]
#[group(skip)]
#[expect(clippy::struct_excessive_bools, reason = "one flag an option")]
#[command(after_help = concat!(
    "Examples:
  imgtool clone /cm/images/default-image /cm/images/before-upgrade
  imgtool clone /cm/images/default-image /cm/images/test --replace --verify
  imgtool clone /cm/images/default-image /cm/images/test --reflink always
  imgtool clone /cm/images/default-image /backup/default-image --exclude '/var/cache/*'

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The tree to copy
    source: PathBuf,
    /// The directory that the copy becomes
    #[arg(value_name = "DEST")]
    destination: PathBuf,
    /// Whether the copy shares its blocks with the source
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    reflink: Share,
    /// Read both afterwards, compare them, and keep the copy's manifest
    #[arg(long)]
    verify: bool,
    /// Swap out the tree that stands at DEST
    #[arg(long)]
    replace: bool,
    /// Refuse what would lose owners, device nodes or attributes because only
    /// root can set them
    #[arg(long)]
    strict: bool,
    /// Try it even if there seems to be no room
    #[arg(long)]
    no_room_check: bool,
    #[command(flatten)]
    filter: filter::InTree,
}

impl Raw {
    pub(super) fn resolve(self) -> Clone {
        Clone {
            source: self.source,
            destination: self.destination,
            reflink: match self.reflink {
                Share::Auto => Reflink::Auto,
                Share::Always => Reflink::Always,
                Share::Never => Reflink::Never,
            },
            verify: self.verify,
            replace: self.replace,
            strict: self.strict,
            room_check: !self.no_room_check,
            filter: self.filter.resolve(),
        }
    }
}
