//! The images, and what other programs make of them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::snapshot::Snapshot;
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::monitor::Silent;
use libimage::tree::{LiveTree, Want};
use libimage::writer::Destination;
use tempfile::TempDir;

/// The architectures there are images of.
pub(crate) const ARCHES: [&str; 2] = ["amd64", "arm64"];

/// A file or directory of the images'.
pub(crate) fn real(name: &str) -> PathBuf {
    let dir = std::env::var_os("IMGTOOL_REAL_IMAGES")
        .expect("IMGTOOL_REAL_IMAGES names what fixtures/real-images.sh made");
    Path::new(&dir).join(name)
}

/// A directory to unpack to, which goes when it is dropped.
pub(crate) fn scratch() -> TempDir {
    tempfile::Builder::new()
        .prefix("imgtool-images-")
        .tempdir()
        .expect("a place for the trees")
}

/// Runs a program that has nothing to complain about.
pub(crate) fn run<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) {
    let output = Command::new(program)
        // bsdtar takes names for text, and wants to know in which encoding.
        .env("LC_ALL", "C.UTF-8")
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{program}: {} {said}",
        output.status
    );
}

/// A tree on disk, all of it.
pub(crate) fn live(path: &Path) -> LiveTree {
    LiveTree::open(path, Want::All).expect("it is a directory")
}

/// Imports an archive.
pub(crate) fn imported(
    archive: &Path,
    into: &Path,
    options: &Options,
) -> Result<Outcome, ImportError> {
    let source = Source::open(archive).expect("it can be opened");
    let destination = Destination::new(into).expect("its directory is there");
    import(source, &destination, options, &Silent)
}

/// Fails unless two snapshots are equal.
pub(crate) fn assert_same(what: &str, expected: &Snapshot, found: &Snapshot) {
    let lines = expected.diff(found);
    let first = &lines[..lines.len().min(20)];
    assert!(
        lines.is_empty(),
        "{what}: {} differences\n{}",
        lines.len(),
        first.join("\n")
    );
}
