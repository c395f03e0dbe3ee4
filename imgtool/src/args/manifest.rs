//! `imgtool manifest`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap::error::ErrorKind;
use libimage::archive::Limits;
use libimage::filter::Argument;
use libimage::source::Choice;

use super::{Format, Misfit, choice, exit_statuses, filter, limit, node};

/// What `manifest` takes.
pub(crate) struct Manifest {
    pub(crate) tree: PathBuf,
    /// Nothing for standard output.
    pub(crate) output: Option<PathBuf>,
    pub(crate) form: Form,
    pub(crate) rsh: Option<OsString>,
    pub(crate) choice: Choice,
    pub(crate) limits: Limits,
}

/// In which format a tree is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// imgtool's own.
    Manifest,
    /// The same with less in it, for comparing.
    Listing {
        /// Whether it has digests of content.
        checksum: bool,
        /// What is not looked into.
        filter: Vec<Argument>,
    },
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
/// with the number of entries and bytes, but for -q. A TREE is a directory, an archive,
/// another manifest, or a directory on a node, as in `root@node001:/`.
///
/// With --listing it is a listing: it is quickly made, since no content is read,
/// and serves `imgtool diff` as a manifest does, but has no identity. Filters
/// leave out what is in directories that they exclude; all names beside them are
/// listed.
#[derive(Args)]
#[group(skip)]
#[command(after_help = concat!(
    "Examples:
  imgtool manifest /cm/images/default-image -o default-image.manifest
  imgtool manifest default-image.tar.gz | zstd > default-image.manifest.zst
  imgtool manifest /cm/shared -o shared.manifest --format json
  imgtool manifest --listing / --exclude '/scratch/*' -o $(hostname).listing
  imgtool manifest --mtree /cm/images/default-image -o default-image.mtree

",
    exit_statuses!()
))]
#[allow(clippy::struct_excessive_bools, reason = "each is an option or not")]
pub(super) struct Raw {
    /// The tree to list
    tree: PathBuf,
    /// Write to FILE, which appears whole or not at all
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a listing, without digests of content
    #[arg(long, conflicts_with = "mtree")]
    listing: bool,
    /// Put digests of content into the listing
    #[arg(long, short, requires = "listing", conflicts_with = "mtree")]
    checksum: bool,
    #[command(flatten)]
    filter: filter::Raw,
    /// Write an mtree file with SHA-256 digests, for mtree and bsdtar; it holds
    /// neither extended attributes and ACLs nor which names are one inode
    #[arg(long)]
    mtree: bool,
    /// Leave content unread: the mtree file then has sizes and times alone
    #[arg(long, requires = "mtree", conflicts_with = "listing")]
    no_content: bool,
    #[command(flatten)]
    node: node::Raw,
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
        let filter = self.filter.resolve();
        if !self.listing && !filter.is_empty() {
            let why = "only a listing may leave something out; give --listing";
            return Err((ErrorKind::MissingRequiredArgument, why));
        }
        Ok(Manifest {
            tree: self.tree,
            output,
            form: if self.listing {
                Form::Listing {
                    checksum: self.checksum,
                    filter,
                }
            } else if self.mtree {
                Form::Mtree {
                    content: !self.no_content,
                }
            } else {
                Form::Manifest
            },
            rsh: self.node.resolve(),
            choice: self.choice.resolve(),
            limits: self.limits.resolve(),
        })
    }
}
