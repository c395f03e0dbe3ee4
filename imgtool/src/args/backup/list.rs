//! `imgtool backup list`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use clap::Args;

use crate::args::exit_statuses;

/// What listing backups takes.
pub(crate) struct List {
    pub(crate) dirs: Vec<PathBuf>,
    /// Of which trees; of all if there are none.
    pub(crate) trees: Vec<Box<[u8]>>,
}

/// List the backups in directories, and what changed from one to the next
///
/// Of each backup no more is read than what describes it, so this takes no longer
/// for large ones; `imgtool backup verify` reads them to their ends. What is called
/// like a backup and is none, or is damaged, is named, and the command exits with 3.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool backup list /backup
  imgtool backup list /backup --tree default-image --format json

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The directories
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    #[command(flatten)]
    trees: Trees,
}

/// Of which trees.
#[derive(Args)]
#[group(skip)]
pub(super) struct Trees {
    /// Only backups of trees of this name; may be given several times
    #[arg(long = "tree", value_name = "NAME")]
    trees: Vec<OsString>,
}

impl Trees {
    pub(super) fn resolve(self) -> Vec<Box<[u8]>> {
        let trees = self.trees.into_iter();
        trees.map(|name| name.into_vec().into()).collect()
    }
}

impl Raw {
    pub(super) fn resolve(self) -> List {
        List {
            dirs: self.dirs,
            trees: self.trees.resolve(),
        }
    }
}
