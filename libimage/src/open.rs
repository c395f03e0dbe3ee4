//! [`open`]: what the user named, whatever it is, as a [`Tree`].

mod heads;
mod held;
mod recorded;

pub use heads::HeadTree;
pub(crate) use heads::Keeper;
pub use recorded::recorded;

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::archive::{ArchiveError, Indexer, Layout, Limits};
use crate::error::{SysError, show, transparent};
use crate::escape::Escaped;
use crate::manifest::mtree::{self, MtreeError};
use crate::manifest::{self, Form, ReadError, Summary};
use crate::monitor::{Cancelled, Monitor, Phase};
use crate::node::{self, NameError, Node, NodeError, NodeTree};
use crate::path::ImagePath;
use crate::seekable::{FormatError, Reader};
use crate::source::{self, Choice, Source, SourceError};
use crate::sys;
use crate::sys::section::Section;
use crate::tree::{LiveTree, RecordedTree, Tree, TreeError, Want};

/// A tree by what holds it.
pub enum Opened {
    /// A directory.
    Live(LiveTree),
    /// A manifest, proven whole.
    Manifest(RecordedTree, Summary),
    /// A listing, proven whole.
    Listing(RecordedTree, Summary),
    /// A directory on a node, as it was when it was listed.
    Node(NodeTree),
    /// An mtree file.
    Mtree(RecordedTree),
    /// An archive, read to its end.
    Archive(HeadTree),
    /// A backup, of which the manifest is proven whole and frames are when they
    /// are read.
    Backup(RecordedTree, Summary),
}

impl Opened {
    /// The tree itself.
    pub fn tree(&self) -> &dyn Tree {
        match self {
            Self::Live(tree) => tree,
            Self::Manifest(tree, _)
            | Self::Listing(tree, _)
            | Self::Backup(tree, _)
            | Self::Mtree(tree) => tree,
            Self::Node(tree) => tree,
            Self::Archive(heads) => heads.recorded(),
        }
    }

    /// The tree with at least the first bytes of its files, by which to tell
    /// what they are; nothing for a manifest and its like, which have none, and
    /// for a node, whose content is elsewhere ([`Tree::fetch`]).
    pub fn heads(&self) -> Option<&dyn Tree> {
        match self {
            Self::Live(tree) => Some(tree),
            Self::Backup(tree, _) => Some(tree),
            Self::Manifest(..) | Self::Listing(..) | Self::Mtree(_) | Self::Node(_) => None,
            Self::Archive(heads) => Some(heads.heads()),
        }
    }

    /// What holds it, as a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Live(_) => "directory",
            Self::Manifest(..) => "manifest",
            Self::Listing(..) => "listing",
            Self::Node(_) => "node",
            Self::Mtree(_) => "mtree",
            Self::Archive(_) => "archive",
            Self::Backup(..) => "backup",
        }
    }

    /// The tree of a node, if it is one.
    pub fn node(&self) -> Option<&NodeTree> {
        match self {
            Self::Node(tree) => Some(tree),
            _ => None,
        }
    }

    /// Whether what is mounted at this name of a node's root is nothing but what
    /// its kernel shows, as each kernel does. Listings do not tell what is
    /// mounted, so of them the names of hier(7) count.
    pub fn is_of_kernel(&self, path: &ImagePath) -> bool {
        match self {
            Self::Node(tree) => tree.is_of_kernel(path),
            Self::Listing(..) => matches!(path.as_bytes(), b"dev" | b"proc" | b"run" | b"sys"),
            _ => false,
        }
    }

    /// Whether all is known or can be computed that the identity of a tree takes:
    /// a listing and a node need not have the digests of contents, and an mtree
    /// file has no attributes.
    pub fn has_identity(&self) -> bool {
        !matches!(self, Self::Listing(..) | Self::Node(_) | Self::Mtree(_))
    }
}

/// Why what the user named is no tree that can be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// It cannot be opened or read.
    Sys(SysError),
    /// It cannot be read as a tree.
    Tree(TreeError),
    /// It is a manifest that cannot be trusted.
    Manifest(ReadError),
    /// It is written like a node and is none.
    Name(NameError),
    /// It is a node that cannot be listed.
    Node(NodeError),
    /// It is an mtree file that cannot be used.
    Mtree(MtreeError),
    /// It cannot be read as an image.
    Source(SourceError),
    /// It is an archive that cannot be read or trusted, or nothing known.
    Archive(ArchiveError),
    /// It is a backup that is damaged.
    Backup(FormatError),
    /// The monitor asked to stop.
    Cancelled(Cancelled),
}

transparent!(OpenError {
    Sys(SysError),
    Tree(TreeError),
    Manifest(ReadError),
    Name(NameError),
    Node(NodeError),
    Mtree(MtreeError),
    Source(SourceError),
    Archive(ArchiveError),
    Backup(FormatError),
    Cancelled(Cancelled),
});

/// Bytes by which manifests and mtree files are told from archives. NetBSD's
/// mtree begins with comments.
const HEAD: u64 = 1024;

/// The node that the user named; nothing for what is here.
///
/// What is written like a node and cannot be one is a path if there is such a
/// path: `debian:12.tar`. What may be both is neither: comparing with the wrong
/// one would show the wrong files as lost.
///
/// # Errors
///
/// A [`NameError`], with how to write it otherwise.
pub fn named_node(path: &Path) -> Result<Option<Node>, NameError> {
    let name = path.as_os_str().as_bytes();
    match Node::parse(name) {
        Ok(None) => Ok(None),
        Ok(Some(node)) => match node.ambiguous(name) {
            Some(error) if sys::host::exists(path) => Err(error),
            _ => Ok(Some(node)),
        },
        Err(error) if !error.is_url() && sys::host::exists(path) => Ok(None),
        Err(error) => Err(error),
    }
}

/// As [`open`], where the user may name a node too (see [`Node`]), which is
/// listed as `options` say. `want` and `limits` hold for it instead of what the
/// options have.
///
/// # Errors
///
/// An [`OpenError`].
pub fn open_or_list(
    path: &Path,
    want: Want,
    choice: &Choice,
    limits: &Limits,
    options: &node::Options,
    monitor: &dyn Monitor,
) -> Result<Opened, OpenError> {
    let Some(node) = named_node(path)? else {
        return open(path, want, choice, limits, monitor);
    };
    let mut options = options.clone();
    options.attributes = want == Want::All;
    options.most = limits.of_listing();
    Ok(Opened::Node(node::list(&node, &options, monitor)?))
}

/// Opens a directory, a manifest, a listing, an mtree file, a backup, or whatever may be
/// imported, all of this machine.
///
/// Of a directory `want` is read, and a directory that holds a container image
/// is a directory all the same; manifests record everything, and archives what
/// whoever made them put in. An archive is read to its end and nothing is
/// written; `limits` hold for it as for an import, and `choice` says which
/// image of several is meant.
///
/// # Errors
///
/// An [`OpenError`].
pub fn open(
    path: &Path,
    want: Want,
    choice: &Choice,
    limits: &Limits,
    monitor: &dyn Monitor,
) -> Result<Opened, OpenError> {
    let failed = |error: io::Error| SysError::new("open", path, error);
    if sys::host::is_directory(path).map_err(failed)? {
        return Ok(Opened::Live(LiveTree::open(path, want)?));
    }
    let label = show(path).to_string();
    let (mut file, length) = sys::host::open(path).map_err(failed)?;
    let source = if sys::host::is_regular(&file).map_err(failed)? {
        let head =
            sys::host::head(&file, HEAD).map_err(|error| SysError::new("read", path, error))?;
        if is_listing(&head) {
            return read_listing(&head, BufReader::new(file), &label);
        }
        let section = Section::whole(file).map_err(failed)?;
        if Reader::is_backup(&section).map_err(failed)? {
            let label = Escaped(path.as_os_str().as_bytes()).to_string();
            let (tree, summary) = held::held(section, &label)?;
            return Ok(Opened::Backup(tree, summary));
        }
        Source::open(path)?
    } else {
        // A pipe gives its first bytes once.
        let mut head = Vec::new();
        file.by_ref()
            .take(HEAD)
            .read_to_end(&mut head)
            .map_err(|error| SysError::new("read", path, error))?;
        if is_listing(&head) {
            let input = Cursor::new(head.clone()).chain(file);
            return read_listing(&head, BufReader::new(input), &label);
        }
        let input = Cursor::new(head).chain(file);
        let name = path.to_string_lossy();
        Source::stream(name, Box::new(input), (length > 0).then_some(length))
    };
    index(source, label, choice, limits, monitor)
}

/// Whether a file that begins like this lists a tree, rather than holding it.
fn is_listing(head: &[u8]) -> bool {
    manifest::is_manifest(head) || mtree::is_mtree(head)
}

fn read_listing(head: &[u8], input: impl BufRead, label: &str) -> Result<Opened, OpenError> {
    if manifest::is_manifest(head) {
        let (tree, summary) = manifest::read(input, label).map_err(OpenError::Manifest)?;
        return Ok(match summary.form {
            Form::Manifest => Opened::Manifest(tree, summary),
            Form::Listing => Opened::Listing(tree, summary),
        });
    }
    let tree = mtree::read(input, label).map_err(OpenError::Mtree)?;
    Ok(Opened::Mtree(tree))
}

/// Reads a source to its end.
fn index(
    source: Source,
    label: String,
    choice: &Choice,
    limits: &Limits,
    monitor: &dyn Monitor,
) -> Result<Opened, OpenError> {
    let spool = std::env::temp_dir();
    let options = source::Options {
        choice,
        limits,
        spool: &spool,
    };
    let layers = source.layers(&options, monitor)?;
    monitor.begin(Phase::Read, layers.length());
    let mut layout = Layout::new(label.clone(), (0, 0), limits.clone());
    let mut heads = Keeper::default();
    let mut indexer = Indexer::<OpenError>::new(&mut heads);
    layers.unpack(&mut layout, &mut indexer, limits, monitor)?;
    let tree = RecordedTree::new(layout.into_records(), label);
    Ok(Opened::Archive(HeadTree::new(tree, heads)))
}
