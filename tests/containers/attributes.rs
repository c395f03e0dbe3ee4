//! Owners, modes, times and extended attributes are those of the uppermost
//! layer that describes an entry.

use fixtures::acl::{ACCESS, Acl, DEFAULT, capability};
use fixtures::container::Layer;
use fixtures::tree::{Node, TreeSpec};
use libimage::import::Options;

use crate::layered;

/// What is shown, the layers, and the tree that they make.
type Case = (&'static str, Vec<TreeSpec>, TreeSpec);

fn differences(layers: impl IntoIterator<Item = Layer>, expected: &TreeSpec) -> Vec<String> {
    layered::differences(layers, expected, Options::default)
}

#[track_caller]
fn assert_made(cases: Vec<Case>) {
    for (name, layers, expected) in cases {
        let layers = layers.iter().map(Layer::of);
        assert_eq!(differences(layers, &expected), [""; 0], "{name}");
    }
}

fn tree(nodes: impl IntoIterator<Item = Node>) -> TreeSpec {
    TreeSpec {
        nodes: nodes.into_iter().collect(),
    }
}

fn old(node: Node) -> Node {
    node.owner(1, 2)
        .mtime(1_000_000_000, 5)
        .xattr("user.old", "1")
}

fn new(node: Node) -> Node {
    node.owner(3, 4)
        .mtime(1_500_000_000, 999_999_999)
        .xattr("user.new", "2")
}

fn symlink(target: &str) -> Node {
    Node::symlink("l", target)
}

#[test]
fn what_is_replaced_keeps_nothing() {
    let file = |text: &str| Node::file("f", text);
    let dir = || Node::dir("d");
    assert_made(vec![
        (
            "file",
            vec![
                tree([old(file("0")).mode(0o4711)]),
                tree([new(file("1")).mode(0o640)]),
            ],
            tree([new(file("1")).mode(0o640)]),
        ),
        (
            "file of the same content",
            vec![tree([old(file("0"))]), tree([new(file("0")).mode(0o6755)])],
            tree([new(file("0")).mode(0o6755)]),
        ),
        (
            "directory",
            vec![
                tree([old(dir()).mode(0o700)]),
                tree([new(dir()).mode(0o1777)]),
            ],
            tree([new(dir()).mode(0o1777)]),
        ),
        (
            "directory, hidden and made again",
            vec![
                tree([old(dir()).mode(0o700), old(Node::file("d/a", "0"))]),
                tree([Node::file(".wh.d", ""), new(dir())]),
            ],
            tree([new(dir())]),
        ),
        (
            "symlink",
            vec![
                tree([symlink("a").owner(1, 2).mtime(1_000_000_000, 1)]),
                tree([symlink("b").owner(3, 4).mtime(1_500_000_000, 2)]),
            ],
            tree([symlink("b").owner(3, 4).mtime(1_500_000_000, 2)]),
        ),
        (
            "file by a directory",
            vec![tree([old(Node::file("d", "0"))]), tree([new(dir())])],
            tree([new(dir())]),
        ),
    ]);
}

#[test]
fn a_directory_that_a_layer_does_not_describe_stays_as_it_was() {
    let base = || tree([old(Node::dir("d")).mode(0o2750), Node::file("d/a", "0")]);
    let made = |rest: Vec<Node>| {
        let mut tree = tree([old(Node::dir("d")).mode(0o2750)]);
        tree.nodes.extend(rest);
        tree
    };
    let added = Node::file("d/b", "1").mtime(1_600_000_000, 0);
    assert_made(vec![
        (
            "a file is added",
            vec![base(), tree([added.clone()])],
            made(vec![Node::file("d/a", "0"), added]),
        ),
        (
            "a file is hidden",
            vec![base(), tree([Node::file("d/.wh.a", "")])],
            made(vec![]),
        ),
        (
            "all is hidden",
            vec![base(), tree([Node::file("d/.wh..wh..opq", "")])],
            made(vec![]),
        ),
        (
            "a file is replaced",
            vec![base(), tree([Node::file("d/a", "1")])],
            made(vec![Node::file("d/a", "1")]),
        ),
    ]);
}

#[test]
fn the_root_is_described_like_any_directory() {
    let root = |node: fn(Node) -> Node| tree([node(Node::dir(""))]);
    assert_made(vec![
        ("by the upper", vec![root(old), root(new)], root(new)),
        (
            "by the lower alone",
            vec![root(old), tree([Node::file("a", "1")])],
            root(old).with(Node::file("a", "1")),
        ),
        (
            "by the upper alone",
            vec![tree([Node::file("a", "0")]), root(new)],
            root(new).with(Node::file("a", "0")),
        ),
    ]);
}

#[test]
fn neighbours_keep_what_is_special() {
    let acl = Acl::from_mode(0o660).user(1000, 6);
    let special = tree([
        Node::dir("d").xattr(DEFAULT, acl.bytes()),
        Node::file("d/su", "0").mode(0o4755),
        Node::file("d/ping", "0")
            .mode(0o755)
            .xattr("security.capability", capability(1 << 13)),
        Node::file("d/shared", "0")
            .mode(0o660)
            .xattr(ACCESS, acl.bytes()),
        Node::file("d/old", "0").mtime(-1, 999_999_999),
        Node::file("d/oldest", "0").mtime(0, 0),
        Node::file("d/late", "0").mtime(4_294_967_296, 1),
    ]);
    let bare = tree(special.nodes.iter().map(|node| Node {
        xattrs: Vec::new(),
        ..node.clone()
    }));
    assert_made(vec![
        (
            "a neighbour is added",
            vec![special.clone(), tree([Node::file("d/x", "1")])],
            special.clone().with(Node::file("d/x", "1")),
        ),
        (
            "an upper layer has them",
            vec![
                tree([Node::dir("d"), Node::file("d/su", "x")]),
                special.clone(),
            ],
            special.clone(),
        ),
        (
            "an upper layer takes them",
            vec![special.clone(), bare.clone()],
            bare,
        ),
    ]);
}

/// Another name has what the file has, whichever layer gives it.
#[test]
fn a_hard_link_to_a_lower_file_shares_its_attributes() {
    let file = || new(Node::file("f", "0")).mode(0o4755);
    let upper = crate::notation::layer("g=f");
    let found = differences(
        [Layer::of(&tree([file()])), upper],
        &tree([file(), Node::hard_link("g", "f")]),
    );
    assert_eq!(found, [""; 0]);
}
