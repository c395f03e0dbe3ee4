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
    pub(crate) form: Form,
    pub(crate) choice: Choice,
    pub(crate) limits: Limits,
}

/// In which format a tree is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// imgtool's own.
    Manifest,
    /// BSD's and libarchive's.
    Mtree {
        /// Whether content is read for its digest.
        content: bool,
    },
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
  imgtool manifest --mtree /cm/images/default-image -o default-image.mtree

",
    exit_statuses!()
))]
pub(super) struct Raw {
    /// The tree to list
    tree: PathBuf,
    /// Write to FILE, which appears whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write an mtree file with SHA-256 digests, for mtree and bsdtar; it holds
    /// neither extended attributes and ACLs nor which names are one inode
    #[arg(long)]
    mtree: bool,
    /// Leave content unread: the mtree file then has sizes and times alone
    #[arg(long, requires = "mtree")]
    no_content: bool,
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
            form: if self.mtree {
                Form::Mtree {
                    content: !self.no_content,
                }
            } else {
                Form::Manifest
            },
            choice: self.choice.resolve(),
            limits: self.limits.resolve(),
        })
    }
}
