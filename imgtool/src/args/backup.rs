//! `imgtool backup` and its actions.

mod list;
mod prune;

pub(crate) use list::List;
pub(crate) use prune::Prune;

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Subcommand};
use libimage::backup::Level;

use super::{Format, Misfit, exit_statuses};

/// What `backup` does.
pub(crate) enum Backup {
    Make(Make),
    Verify { files: Vec<PathBuf> },
    Show { files: Vec<PathBuf> },
    List(List),
    Prune(Prune),
}

/// What making a backup takes.
pub(crate) struct Make {
    pub(crate) tree: PathBuf,
    /// Nothing for standard output.
    pub(crate) to: Option<PathBuf>,
    pub(crate) replace: bool,
    pub(crate) if_changed: bool,
    pub(crate) level: Level,
}

/// Write a tree into one file, from which it can be had back exactly
///
/// The file is a tar, compressed with zstd, that
/// `tar --zstd --xattrs --xattrs-include='*' --acls -xpf` unpacks too; the manifest of
/// the tree and an index are in it, and a digest that stands for every byte. It takes
/// its name when it is whole, and only its owner may read it. A file that changes or
/// cannot be read while it is backed up is an error: a backup is all of the tree.
///
/// A directory takes generations: each backup gets a name of the tree and the time,
/// as in default-image-20261121T020000Z.tar.zst. `imgtool backup list` shows them,
/// `imgtool backup prune` removes old ones. With --if-changed there is a new one
/// only if it would differ from the last.
///
/// What is mounted within the tree is not backed up: the backup has an empty
/// directory there, and the command says so and exits with 1.
#[derive(Args)]
#[group(skip)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = concat!(
    "A tree that is called like an action is named `./verify`.

Examples:
  imgtool backup /cm/images/default-image --to /backup/default-image.tar.zst
  imgtool backup /cm/images/default-image --to slow-but-small.tar.zst --level 19
  imgtool backup /cm/images/default-image --to - | ssh vault 'cat > image.tar.zst'
  imgtool backup /cm/images/default-image --to /backup/ --if-changed
  imgtool backup list /backup
  imgtool backup prune /backup --keep-last 3 --keep-daily 7 --keep-monthly 12
  imgtool backup verify /backup/*.tar.zst
  imgtool backup show /backup/default-image.tar.zst

",
    exit_statuses!()
))]
pub(super) struct Raw {
    #[command(subcommand)]
    action: Option<Action>,
    /// The tree to back up
    #[arg(required = true)]
    tree: Option<PathBuf>,
    /// The file to write, with a name that ends in .tar.zst; `-` for standard
    /// output; or the directory that takes one more backup: one that is there, or
    /// a name that ends in `/`
    #[arg(long, value_name = "FILE|DIR/", required = true)]
    to: Option<PathBuf>,
    /// Replace FILE if it exists, once the new one is whole
    #[arg(long)]
    replace: bool,
    /// Write nothing if the last backup, or FILE, still says all: compared by
    /// metadata, and by content where the ctime of a file is later
    #[arg(long)]
    if_changed: bool,
    /// How hard zstd tries: 1 is fast, 19 is small and slow
    #[arg(long, value_name = "1-22", default_value = "3")]
    level: Level,
}

#[derive(Subcommand)]
enum Action {
    Verify(Verify),
    Show(Show),
    List(list::Raw),
    Prune(prune::Raw),
}

/// Read backups to their ends and prove that they are whole
///
/// Each byte is compared with its digest, all is unpacked, and every entry and
/// every content is compared with the manifest. What is damaged is named with
/// its place, and with the files that are in it.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool backup verify /backup/default-image.tar.zst
  imgtool backup verify /backup/*.tar.zst --format json

",
    exit_statuses!()
))]
struct Verify {
    /// The backups
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Show what backups are, without reading their content
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool backup show /backup/default-image.tar.zst
  imgtool backup show /backup/*.tar.zst --format json

",
    exit_statuses!()
))]
struct Show {
    /// The backups
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Raw {
    pub(super) fn resolve(self, format: Format) -> Result<Backup, Misfit> {
        match self.action {
            Some(Action::Verify(Verify { files })) => return Ok(Backup::Verify { files }),
            Some(Action::Show(Show { files })) => return Ok(Backup::Show { files }),
            Some(Action::List(raw)) => return Ok(Backup::List(raw.resolve())),
            Some(Action::Prune(raw)) => return Ok(Backup::Prune(raw.resolve()?)),
            None => {}
        }
        let to = self.to.filter(|path| path.as_os_str() != "-");
        if to.is_none() && format == Format::Json {
            let why = "`--format json` needs `--to FILE`: standard output has the backup itself";
            return Err((ErrorKind::ArgumentConflict, why));
        }
        if to.is_none() && self.if_changed {
            let why = "`--if-changed` needs `--to FILE` or `--to DIR/`: what went to standard \
                       output cannot be compared with";
            return Err((ErrorKind::ArgumentConflict, why));
        }
        Ok(Backup::Make(Make {
            tree: self.tree.unwrap_or_default(),
            to,
            replace: self.replace,
            if_changed: self.if_changed,
            level: self.level,
        }))
    }
}
