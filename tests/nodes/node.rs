//! Listing a directory as one of a node.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use libimage::manifest;
use libimage::monitor::{Monitor, Silent};
use libimage::node::{Node, NodeError, NodeTree, Options, Shell, list};
use libimage::tree::{LiveTree, Tree, Want};

/// The directory as one of `node001`.
pub(crate) fn node(path: &Path) -> Node {
    let name = [b"node001:", path.as_os_str().as_bytes()].concat();
    Node::parse(&name).expect("valid").expect("a node")
}

/// Lists a directory through a shell.
pub(crate) fn listed(
    path: &Path,
    shell: Shell,
    change: impl FnOnce(&mut Options),
    monitor: &dyn Monitor,
) -> Result<NodeTree, NodeError> {
    let mut options = Options::default();
    options.shell = shell;
    change(&mut options);
    list(&node(path), &options, monitor)
}

/// The manifest of a tree whose digests are known or can be computed.
pub(crate) fn manifest_of(tree: &dyn Tree) -> String {
    let mut bytes = Vec::new();
    manifest::build(tree, &mut bytes, 2, &Silent).expect("all is known");
    String::from_utf8(bytes).expect("ASCII")
}

/// The directory itself.
pub(crate) fn live(path: &Path) -> LiveTree {
    LiveTree::open(path, Want::All).expect("a directory")
}
