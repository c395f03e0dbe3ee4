//! Many nodes at once, each with a tree of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::server::Server;

/// What each session does: it has its node's tree at `self`, and then what was
/// asked for. `node16` is down.
fn session(site: &Path) -> String {
    let site = site.display();
    format!(
        "test \"$NODE\" != node16 && exec unshare --mount /bin/sh -c \
         'mount --bind {site}/$NODE {site}/self && exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"'"
    )
}

/// An image and 16 nodes: `node07` has more than the others, `node03` and
/// `node11` another file each, of the same name.
fn site() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let put = |path: &str, text: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("in a directory")).expect("ours");
        fs::write(path, text).expect("a new name");
    };
    put("image/etc/hosts", "hosts");
    fs::create_dir(dir.path().join("self")).expect("ours");
    for number in 1..=16 {
        put(&format!("node{number:02}/etc/hosts"), "hosts");
    }
    put("node03/etc/hosts", "of node03");
    put("node11/etc/hosts", "node11's");
    put("node07/raid/data", "precious");
    dir
}

#[test]
#[ignore = "needs root and sshd; .ci/run runs it"]
fn nodes_are_grouped_by_what_differs() {
    let site = site();
    let server = Server::running(&session(site.path()));
    let names: Vec<_> = (1..=16).map(|number| format!("node{number:02}")).collect();
    let target = site.path().join("self");
    let output = Command::new(env!("CARGO_BIN_EXE_imgtool"))
        .current_dir(site.path())
        .env("IMGTOOL_SSH", server.of_many(&names))
        .args(["diff", "image"])
        .arg(&target)
        .args(["--nodes", "node[01-16]", "--ignore=mtime"])
        .output()
        .expect("it was built");
    let said = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(4), "{text}{said}");
    let expected = "\
from `image` to 16 nodes, in 3 groups:
12 nodes, node[01-02,04-06,08-10,12-15]: nothing to do
2 nodes, node[03,11]: 1 change
  updated   file      etc/hosts (size, 5 bytes)
1 node, node07: 2 changes
  deleted   directory raid
  deleted   file      raid/data (8 bytes)
not compared: node16: cannot reach ";
    assert!(text.starts_with(expected), "{text}{said}");
}
