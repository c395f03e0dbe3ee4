//! `imgtool restore`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use libimage::archive::normalise;
use libimage::path::{ImagePath, PathError};

use super::exit_statuses;

/// What `restore` takes.
pub(crate) struct Restore {
    pub(crate) backup: PathBuf,
    pub(crate) into: PathBuf,
    pub(crate) paths: Vec<ImagePath>,
    pub(crate) replace: bool,
    pub(crate) strict: bool,
    pub(crate) room_check: bool,
}

/// Put a tree back from a backup, exactly as it was
///
/// The tree is written beside DIR and takes that name when it is whole and every
/// entry is what the backup's manifest says. A refused or interrupted restore
/// leaves what was there exactly as it was.
///
/// With --path only that is restored, with the directories above it, into a DIR
/// of its own, and only those parts of the backup are read that hold it.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Without imgtool: tar --zstd --xattrs --xattrs-include='*' --acls -xpf FILE

Examples:
  imgtool restore /backup/default-image.tar.zst --into /cm/images/default-image --replace
  imgtool restore /backup/default-image.tar.zst --into /cm/images/before-upgrade
  imgtool restore /backup/default-image.tar.zst --path etc/slurm --into /tmp/slurm

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The backup
    #[arg(value_name = "FILE")]
    backup: PathBuf,
    /// The directory that the tree becomes
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Restore PATH of the tree and all beneath it; may be repeated
    #[arg(
        long = "path",
        value_name = "PATH",
        value_parser = OsStringValueParser::new().try_map(path),
        conflicts_with = "replace"
    )]
    paths: Vec<ImagePath>,
    /// Swap out the tree that stands at DIR
    #[arg(long)]
    replace: bool,
    /// Refuse what would lose owners, device nodes or attributes because only
    /// root can set them
    #[arg(long)]
    strict: bool,
    /// Try it even if there seems to be no room
    #[arg(long)]
    no_room_check: bool,
}

/// A path in a tree, also as it is written in a shell: `/etc/`, `./etc`.
#[expect(clippy::needless_pass_by_value, reason = "clap gives it away")]
fn path(text: OsString) -> Result<ImagePath, PathError> {
    normalise(text.as_bytes()).map(|(path, _)| path)
}

impl Raw {
    pub(super) fn resolve(self) -> Restore {
        Restore {
            backup: self.backup,
            into: self.into,
            paths: self.paths,
            replace: self.replace,
            strict: self.strict,
            room_check: !self.no_room_check,
        }
    }
}
