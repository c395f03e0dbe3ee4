//! [`Arena`]: a place to import into, with a layout and what is outside of it.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use fixtures::archive::{self, Prefix};
use fixtures::compress::{Codec, compress};
use fixtures::snapshot::{Snapshot, names};
use fixtures::tree::{Privilege, TreeSpec};
use libimage::digest::Digest;
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::manifest;
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};
use libimage::writer::Destination;
use tempfile::TempDir;

/// How a layout comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As a directory.
    Directory,
    /// In a file: as a tar whose names begin like this, packed like this.
    File(Prefix, Codec),
    /// The same through a pipe.
    Stream(Prefix, Codec),
}

impl Packing {
    /// One of each kind, for what must hold however a layout comes.
    pub(crate) const KINDS: [Self; 3] = [
        Self::Directory,
        Self::File(Prefix::Bare, Codec::None),
        Self::Stream(Prefix::Dot, Codec::Gzip),
    ];
}

/// A directory that is gone in the end, with an empty `images` to import to.
pub(crate) struct Arena(TempDir);

impl Arena {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(dir.path().join("images")).expect("the name is free");
        Self(dir)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Makes a tree in it.
    pub(crate) fn tree(&self, name: &str, tree: &TreeSpec) -> PathBuf {
        let path = self.path(name);
        tree.create(&path, Privilege::current());
        path
    }

    /// Lays a layout down, at the name `layout`, and opens it.
    pub(crate) fn source(&self, layout: &TreeSpec, packing: Packing) -> Source {
        let packed = |prefix, codec| {
            let options = archive::Options {
                prefix,
                ..archive::Options::gnu_tar()
            };
            compress(&archive::write(layout, options), codec)
        };
        let path = match packing {
            Packing::Directory => self.tree("layout", layout),
            Packing::File(prefix, codec) => self.file("layout", &packed(prefix, codec)),
            Packing::Stream(prefix, codec) => {
                let bytes = packed(prefix, codec);
                return Source::stream("-", Box::new(Cursor::new(bytes)), None);
            }
        };
        Source::open(&path).expect("it was just made")
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("there is room");
        path
    }

    /// Where imports go to.
    pub(crate) fn image(&self) -> PathBuf {
        self.path("images/compute")
    }

    pub(crate) fn import(&self, source: Source, options: &Options) -> Result<Outcome, ImportError> {
        let destination = Destination::new(&self.image())?;
        import(source, &destination, options, &Silent)
    }

    /// What stands in `images`.
    pub(crate) fn images(&self) -> Vec<String> {
        names(&self.path("images"))
    }

    /// Everything but what may change with an import that is refused: the
    /// times of the directory in which the staged tree came and went.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut all = Snapshot::of(self.0.path());
        all.entries.remove(&b""[..]);
        all.entries.remove(&b"images"[..]);
        all
    }

    /// How the published tree is not the one described, or not the one whose
    /// digest the import gave.
    pub(crate) fn mismatches(&self, tree: &TreeSpec, outcome: &Outcome) -> Vec<String> {
        let snapshot = Snapshot::of(&self.image());
        let mut wrong = snapshot.mismatches(tree, Privilege::current());
        let digest = self.digest();
        if digest != outcome.tree.digest {
            let told = outcome.tree.digest;
            wrong.push(format!("its digest is {digest}, not {told}"));
        }
        wrong
    }

    /// The digest of the published tree as it stands.
    fn digest(&self) -> Digest {
        let tree = LiveTree::open(&self.image(), Want::All).expect("it was published");
        let built = manifest::build(&tree, std::io::sink(), 1, &Silent);
        built.expect("it can be read").digest
    }
}
