//! `imgtool inspect`.

use std::path::PathBuf;

use clap::Args;
use libimage::archive::Limits;
use libimage::source::Choice;

use super::{choice, exit_statuses, limit};

/// What `inspect` takes.
pub(crate) struct Inspect {
    pub(crate) trees: Vec<PathBuf>,
    pub(crate) digest: bool,
    pub(crate) choice: Choice,
    pub(crate) limits: Limits,
}

/// Show what trees are: kind, architecture, distribution, kernels, size, digest
///
/// A TREE is a directory, an archive or a manifest. A manifest has no content to
/// tell by what it is for; its entries, size and digest are told.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool inspect /cm/images/default-image
  imgtool inspect /cm/images/* --no-digest
  imgtool inspect default-image.tar.gz /cm/images/default-image --format json

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The trees to look at
    #[arg(value_name = "TREE", required = true)]
    trees: Vec<PathBuf>,
    /// Do not read all content for the digest
    #[arg(long)]
    no_digest: bool,
    #[command(flatten)]
    limits: limit::Raw,
    #[command(flatten)]
    choice: choice::WithArch,
}

impl Raw {
    pub(super) fn resolve(self) -> Inspect {
        Inspect {
            trees: self.trees,
            digest: !self.no_digest,
            choice: self.choice.resolve(),
            limits: self.limits.resolve(),
        }
    }
}
