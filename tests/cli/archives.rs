//! Archives to import.

use std::os::unix::fs::MetadataExt as _;

use fixtures::archive::{Options, TarBuilder, write};
use fixtures::compress::{Codec, compress};
use fixtures::elf::{Machine, executable};
use fixtures::image::{Arch, Distro, software_image};
use fixtures::tree::{Node, TreeSpec};

use crate::sandbox::Sandbox;

/// A software image of Ubuntu 24.04 that whoever runs the test may write
/// whole: everything is theirs, and nothing has attributes or is a device.
pub(crate) fn image(arch: Arch) -> TreeSpec {
    let own = std::fs::metadata(std::env::temp_dir().join("."))
        .and_then(|_| tempfile::tempfile())
        .and_then(|file| file.metadata())
        .expect("a file can be made");
    let mut tree = software_image(arch, Distro::Ubuntu2404);
    for node in &mut tree.nodes {
        (node.uid, node.gid) = (own.uid(), own.gid());
        node.xattrs.clear();
    }
    tree
}

/// The image with a program of another architecture.
pub(crate) fn mixed(arch: Arch, path: &[u8], other: Machine) -> TreeSpec {
    image(arch).with(Node::file(path, executable(other)).mode(0o755))
}

/// As `tar -cz` makes it.
pub(crate) fn tar_gz(tree: &TreeSpec) -> Vec<u8> {
    compress(&write(tree, Options::gnu_tar()), Codec::Gzip)
}

/// An archive that wants to write outside.
pub(crate) fn escaping() -> Vec<u8> {
    TarBuilder::new().file("../victim", "owned").finish()
}

impl Sandbox {
    /// With the archives `amd64.tar.gz` and `arm64.tar.gz` in it.
    pub(crate) fn with_archives() -> Self {
        let sandbox = Self::new();
        sandbox.file("amd64.tar.gz", &tar_gz(&image(Arch::X86_64)));
        sandbox.file("arm64.tar.gz", &tar_gz(&image(Arch::Aarch64)));
        sandbox
    }

    /// With the trees `amd64` and `arm64` in it besides.
    pub(crate) fn with_trees() -> Self {
        let sandbox = Self::with_archives();
        for name in ["amd64", "arm64"] {
            let archive = format!("{name}.tar.gz");
            sandbox.run(&["import", &archive, "--into", name]).expect(0);
        }
        sandbox
    }

    /// Imports a tree under a name.
    pub(crate) fn import(&self, tree: &TreeSpec, name: &str) {
        self.file("archive", &write(tree, Options::gnu_tar()));
        let answer = self.run(&["import", "archive", "--into", name, "-q"]);
        assert!(matches!(answer.status, Some(0 | 1)), "{answer:#?}");
    }
}
