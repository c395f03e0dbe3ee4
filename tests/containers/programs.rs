//! Other programs, and directories for what they make.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtures::tree::{Kind, TreeSpec};
use tempfile::TempDir;

/// A directory that goes when it is dropped: in `TMPDIR`, or else in memory.
pub(crate) fn scratch() -> TempDir {
    let parent = std::env::var_os("TMPDIR").map_or_else(|| "/dev/shm".into(), PathBuf::from);
    tempfile::tempdir_in(parent).expect("a place for the trees")
}

/// Runs a program in a directory to its good end.
#[track_caller]
pub(crate) fn run<A: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = A>,
    directory: &Path,
) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
}

/// The tree without sockets, which no tar can hold, under any of their names.
pub(crate) fn without_sockets(tree: &TreeSpec) -> TreeSpec {
    let stays = |node: &&_| tree.leader(node).kind != Kind::Socket;
    TreeSpec {
        nodes: tree.nodes.iter().filter(stays).cloned().collect(),
    }
}
