//! A node's directory is the same by every way as it is here.

use fixtures::acl::{Acl, capability};
use fixtures::random::{self, ODD_NAMES};
use fixtures::tree::{Node, Privilege, TreeSpec};
use libimage::diff::{self, ModifyWindow, diff};
use libimage::monitor::Silent;
use libimage::node::{NodeTree, Way};
use libimage::tree::Tree;

use crate::node::{listed, live, manifest_of};
use crate::server::{Programs, Server};

/// The servers of both ways, with the way.
fn servers() -> [(Server, Way); 2] {
    [
        (Server::with(Programs::imgtool()), Way::Imgtool),
        (Server::with(Programs::tools()), Way::Find),
    ]
}

/// All that a tree can have.
pub(crate) fn everything() -> TreeSpec {
    let acl = Acl::from_mode(0o640).user(5, 6);
    let mut tree = TreeSpec::new()
        .with(Node::dir("").mode(0o755).mtime(1_700_000_000, 1))
        .with(
            Node::file("setuid", "x")
                .mode(0o4755)
                .owner(3, 4_294_967_294),
        )
        .with(Node::hard_link("zz-other-name", "setuid"))
        .with(Node::sparse("sparse", 1 << 20, &[(70_000, b"data")]))
        .with(Node::file("capable", "").xattr("security.capability", capability(1 << 10)))
        .with(
            Node::file("acl", "")
                .mode(0o640)
                .xattr("system.posix_acl_access", acl.bytes()),
        )
        .with(
            Node::file("xattr", "")
                .xattr("user.a=b\\ \n", "\0\u{ff}")
                .xattr("user.e", ""),
        )
        .with(Node::dir("trusted").xattr("trusted.x", "y"))
        .with(Node::symlink("link", "to \n'nothing'"))
        .with(Node::fifo("fifo"))
        .with(Node::socket("socket"))
        .with(Node::char_device("null", 1, 3))
        .with(Node::block_device("large", 259, 1_048_575))
        .with(Node::file("before-1970", "").mtime(-2, 250_000_000))
        .with(Node::file("right-before-1970", "").mtime(-1, 999_999_999))
        .with(Node::dir("odd").mode(0o1777));
    for name in ODD_NAMES {
        tree.push(Node::dir([b"odd/", name].concat()));
        tree.push(Node::file([b"odd/", name, b"/", name].concat(), name));
    }
    tree
}

#[test]
#[ignore = "needs root, sshd, b3sum, getfattr; .ci/run runs it"]
fn both_ways_give_the_tree_its_identity() {
    let dir = tempfile::tempdir().expect("a place for the tree");
    let path = dir.path().join("tree it's $HOME \n");
    everything().create(&path, Privilege::Root);
    let expected = manifest_of(&live(&path));
    for (server, way) in servers() {
        let tree = listed(
            &path,
            server.shell(),
            |options| options.content = true,
            &Silent,
        );
        let tree = tree.expect("it is there");
        assert_eq!(tree.way(), way);
        assert_eq!(manifest_of(&tree), expected, "{way:?}");
    }
}

#[test]
#[ignore = "needs root, sshd, sha256sum, getfattr; .ci/run runs it"]
fn sums_by_sha256_serve_as_well() {
    let dir = tempfile::tempdir().expect("a place for the trees");
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let mut tree = everything();
    tree.create(&one, Privilege::Root);
    // Of the same size and time.
    let odd = tree.get_mut(b"odd/\n/\n").expect("it is odd");
    odd.kind = Node::file("x", "?").kind;
    tree.create(&two, Privilege::Root);
    let server = Server::with(Programs::tools().without("b3sum"));
    let node = listed(
        &two,
        server.shell(),
        |options| options.content = true,
        &Silent,
    );
    let node = node.expect("it is there");
    let mut options = diff::Options::default();
    options.checksum = true;
    let outcome = diff(&live(&one), &node, &options, &Silent).expect("both are known");
    let paths: Vec<_> = outcome
        .changes
        .iter()
        .map(|change| change.path.to_string())
        .collect();
    assert_eq!(paths, ["odd/\\x0a/\\x0a"]);
}

/// What a comparison finds.
fn found(source: &dyn Tree, target: &dyn Tree, checksum: bool) -> String {
    let mut options = diff::Options::default();
    options.checksum = checksum;
    options.window = ModifyWindow::Exact;
    let outcome = diff(source, target, &options, &Silent).expect("both are known");
    format!("{:#?} {:?}", outcome.changes, outcome.totals)
}

#[test]
#[ignore = "needs root, sshd, b3sum, getfattr; .ci/run runs it"]
fn random_trees_differ_in_the_same_from_a_node_as_from_here() {
    let servers = servers();
    for seed in 0..12 {
        let pair = random::pair(seed, 40, Privilege::Root);
        let dir = tempfile::tempdir().expect("a place for the trees");
        let paths = [dir.path().join("source"), dir.path().join("target")];
        pair.source.create(&paths[0], Privilege::Root);
        pair.target.create(&paths[1], Privilege::Root);
        let [source, target] = [0, 1].map(|index| live(&paths[index]));
        for checksum in [false, true] {
            let expected = found(&source, &target, checksum);
            for (server, way) in &servers {
                let [one, two]: [NodeTree; 2] = [0, 1].map(|index| {
                    let content =
                        |options: &mut libimage::node::Options| options.content = checksum;
                    listed(&paths[index], server.shell(), content, &Silent).expect("it is there")
                });
                for (source, target) in [
                    (&one as &dyn Tree, &target as &dyn Tree),
                    (&source, &two),
                    (&one, &two),
                ] {
                    assert_eq!(
                        found(source, target, checksum),
                        expected,
                        "seed {seed} {way:?}"
                    );
                }
            }
        }
    }
}
