//! Running programs, and what they have made.

use std::path::{Path, PathBuf};
use std::process::Command;

use libimage::tree::{Directory, LiveTree, Tree as _, Want};

/// The architectures there are images of, and what libimage calls them.
pub(crate) const ARCHES: [(&str, &str); 2] = [("amd64", "x86_64"), ("arm64", "aarch64")];

/// An image that `fixtures/real-images.sh` made.
pub(crate) fn real(name: &str) -> PathBuf {
    let directory = std::env::var_os("IMGTOOL_REAL_IMAGES")
        .expect("IMGTOOL_REAL_IMAGES names what fixtures/real-images.sh made");
    Path::new(&directory).join(name)
}

/// Runs a script of bash with arguments `$1`, … and gives what it prints.
pub(crate) fn bash(script: &str, arguments: &[&Path]) -> Vec<u8> {
    let output = Command::new("bash")
        .env("LC_ALL", "C.UTF-8")
        .args(["-euo", "pipefail", "-c", script, "bash"])
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("bash: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {said}");
    output.stdout
}

/// The same, for what prints text.
pub(crate) fn text(script: &str, arguments: &[&Path]) -> String {
    String::from_utf8(bash(script, arguments)).expect("it prints UTF-8")
}

/// A tree on disk, all of it.
pub(crate) fn live(path: &Path) -> LiveTree {
    LiveTree::open(path, Want::All).expect("it is a directory")
}

/// A directory on disk, to open files in.
pub(crate) fn directory(path: &Path) -> std::sync::Arc<dyn Directory> {
    live(path).root().expect("it can be read").1
}

/// The last component of a path.
pub(crate) fn name(path: &Path) -> &[u8] {
    use std::os::unix::ffi::OsStrExt as _;
    path.file_name().expect("it is no root").as_bytes()
}
