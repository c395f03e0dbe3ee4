//! `imgtool manifest`.

use std::path::PathBuf;

use clap::Args;
use clap::error::ErrorKind;
use libimage::archive::Limits;
use libimage::source::Choice;

use super::{Format, Misfit, choice, exit_statuses, limit};

/// What `manifest` takes.
pub(crate) struct Manifest {
    pub(crate) tree: PathBuf,
    /// Nothing for standard output.
    pub(crate) output: Option<PathBuf>,
    pub(crate) choice: Choice,
    pub(crate) limits: Limits,
}

/// Write the manifest of a tree: every entry with its metadata and digest
///
/// The manifest's tree digest is the identity of the tree's content: two trees
/// have the same exactly if they are the same. It is told on standard error,
/// with the number of entries and bytes. A TREE is a directory, an archive, or
/// another manifest.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool manifest /cm/images/default-image -o default-image.manifest
  imgtool manifest default-image.tar.gz | zstd > default-image.manifest.zst
  imgtool manifest /cm/shared -o shared.manifest --format json

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The tree to list
    tree: PathBuf,
    /// Write to FILE, which appears whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    limits: limit::Raw,
    #[command(flatten)]
    choice: choice::WithArch,
}

impl Raw {
    pub(super) fn resolve(self, format: Format) -> Result<Manifest, Misfit> {
        let output = self.output.filter(|path| path.as_os_str() != "-");
        if output.is_none() && format == Format::Json {
            let why = "`--format json` needs `-o FILE`: standard output has the manifest itself";
            return Err((ErrorKind::ArgumentConflict, why));
        }
        Ok(Manifest {
            tree: self.tree,
            output,
            choice: self.choice.resolve(),
            limits: self.limits.resolve(),
        })
    }
}
