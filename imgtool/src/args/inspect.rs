//! `imgtool inspect`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use libimage::archive::Limits;
use libimage::source::Choice;

use super::{choice, exit_statuses, limit, node, roots};

/// What `inspect` takes.
pub(crate) struct Inspect {
    pub(crate) trees: Vec<PathBuf>,
    pub(crate) digest: bool,
    pub(crate) checksum: bool,
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) rsh: Option<OsString>,
    pub(crate) choice: Choice,
    pub(crate) limits: Limits,
}

/// Show what trees are: kind, architecture, distribution, kernels, size, digest
///
/// A TREE is a directory, an archive, a manifest, or a directory on a node, as in
/// `root@node001:/`. A manifest has no content to tell by what it is for; its
/// entries, size and digest are told. Of a node, or a listing, it is entries and
/// size.
///
/// The digest of a tree that was imported comes from the manifest beside it if
/// nothing changed since by size and time; else all content is read.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool inspect /cm/images/default-image
  imgtool inspect --root /cm/images --root /opt/images --no-digest
  imgtool inspect default-image.tar.gz /cm/images/default-image --format json

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The trees to look at
    #[arg(value_name = "TREE", required_unless_present = "roots")]
    trees: Vec<PathBuf>,
    #[command(flatten)]
    roots: roots::Raw,
    /// Do not read all content for the digest
    #[arg(long)]
    no_digest: bool,
    /// Read all content for the digest, though a manifest stands beside the tree
    #[arg(long, conflicts_with = "no_digest")]
    checksum: bool,
    #[command(flatten)]
    node: node::Raw,
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
            checksum: self.checksum,
            roots: self.roots.resolve(),
            rsh: self.node.resolve(),
            choice: self.choice.resolve(),
            limits: self.limits.resolve(),
        }
    }
}
