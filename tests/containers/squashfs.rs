//! A squashfs is the tree that mksquashfs was given, but for what squashfs
//! cannot hold. One with sockets is refused (see `sqfs2tar.rs`).

use std::fs;
use std::path::Path;

use fixtures::acl::{ACCESS, Acl, DEFAULT, capability};
use fixtures::random;
use fixtures::snapshot::Snapshot;
use fixtures::tree::{Kind, Node, Privilege, Time, TreeSpec};
use libimage::import::{ImportError, Options, Outcome, Source, import};
use libimage::monitor::Silent;
use libimage::source::Form;
use libimage::writer::Destination;

use crate::programs::{run, scratch, without_sockets};

const COMPRESSORS: [&str; 4] = ["gzip", "xz", "zstd", "lz4"];

pub(crate) fn imported(source: Source, into: &Path) -> Result<Outcome, ImportError> {
    let destination = Destination::new(into).expect("its parent is there");
    import(source, &destination, &Options::default(), &Silent)
}

pub(crate) fn opened(path: &Path) -> Source {
    Source::open(path).expect("it was just made")
}

/// A tree as far as squashfs holds it.
fn held(mut tree: Snapshot) -> Snapshot {
    for entry in tree.entries.values_mut() {
        // An inode has 32 bits for seconds, which mksquashfs cuts off
        // (squashfs_fs.h: `mtime`).
        entry.mtime = Time {
            secs: entry.mtime.secs.rem_euclid(1 << 32),
            nanos: 0,
        };
        // Prefixes of attributes are user, trusted and security
        // (squashfs_fs.h: `SQUASHFS_XATTR_*`), so there are no ACLs.
        entry.xattrs.retain(|name, _| !name.starts_with(b"system."));
    }
    tree
}

/// The tree without sockets, which are refused, and without further names of symlinks: mksquashfs
/// knows an inode again by all that stat(2) says, and looking at a symlink
/// changes when that was.
fn without_lost_links(tree: &TreeSpec) -> TreeSpec {
    let is_lost = |node: &Node| {
        let of = &tree.leader(node).kind;
        matches!(node.kind, Kind::HardLink(_)) && matches!(of, Kind::Symlink(_))
    };
    let mut rest = without_sockets(tree);
    rest.nodes.retain(|node| !is_lost(node));
    rest
}

/// Everything that is special, once.
pub(crate) fn special() -> TreeSpec {
    let acl = Acl::from_mode(0o770).user(1000, 7);
    let at = |name: &str, secs, nanos| Node::file(name, "text").mtime(secs, nanos);
    TreeSpec::new()
        .with(
            Node::dir("")
                .mode(0o1751)
                .owner(1, 2)
                .mtime(1_500_000_000, 0),
        )
        .with(Node::dir("acl").mode(0o770).xattr(DEFAULT, acl.bytes()))
        .with(
            Node::file("acl/file", "text")
                .mode(0o770)
                .xattr(ACCESS, acl.bytes()),
        )
        .with(
            Node::file("ping", "text")
                .mode(0o755)
                .xattr("security.capability", capability(1 << 13)),
        )
        .with(Node::file("su", "text").mode(0o4755))
        .with(Node::file("owned", "text").owner(70_000, 4_294_967_294))
        .with(
            Node::file("empty", "")
                .xattr("user.empty", "")
                .xattr("trusted.x", "y"),
        )
        .with(Node::file("linked", "text").xattr("user.a", "b"))
        .with(Node::hard_link("link", "linked"))
        .with(Node::symlink("symlink", "linked"))
        .with(Node::fifo("pipe"))
        .with(Node::char_device("null", 1, 3))
        .with(Node::block_device("disk", 8, 1))
        .with(Node::char_device("large", 4095, 1_048_575))
        .with(Node::sparse("holes", 3 << 20, &[(1 << 20, b"data")]))
        .with(Node::sparse("hole", 1 << 20, &[]))
        .with(Node::file("blocks", "0123456789abcdef".repeat(40_000)))
        .with(at("before-1970", -7, 5))
        .with(at("fraction", 1, 999_999_999))
        .with(at("in-2040", 2_208_988_800, 0))
        .with(at("in-2110", 4_417_977_600, 0))
}

pub(crate) fn assert_held(tree: &TreeSpec, compressors: &[&str], what: &str) {
    let scratch = scratch();
    let original = scratch.path().join("original");
    tree.create(&original, Privilege::Root);
    let expected = held(Snapshot::of(&original));
    for compressor in compressors {
        let file = scratch.path().join(compressor);
        let arguments = [
            "original",
            compressor,
            "-comp",
            compressor,
            "-quiet",
            "-no-progress",
        ];
        run("mksquashfs", arguments, scratch.path());
        let piped = fs::File::open(&file).expect("it was just made");
        let sources = [opened(&file), Source::stream("-", Box::new(piped), None)];
        for (number, source) in sources.into_iter().enumerate() {
            let into = scratch.path().join(format!("{compressor}-{number}"));
            let outcome = imported(source, &into)
                .unwrap_or_else(|error| panic!("{what} {compressor}: {error}"));
            assert_eq!(outcome.received.form, Form::Squashfs);
            let differences = expected.diff(&Snapshot::of(&into));
            assert_eq!(differences, [""; 0], "{what} {compressor} {number}");
        }
    }
}

#[test]
#[ignore = "needs root, mksquashfs and sqfs2tar; .ci/run runs it"]
fn every_compressor_keeps_everything_that_squashfs_holds() {
    assert_held(&special(), &COMPRESSORS, "special");
}

#[test]
#[ignore = "needs root, mksquashfs and sqfs2tar; .ci/run runs it"]
fn random_trees_come_back() {
    for (seed, compressor) in (0..20).zip(COMPRESSORS.into_iter().cycle()) {
        let tree = without_lost_links(&random::tree(seed, 100, Privilege::Root));
        assert_held(&tree, &[compressor], &format!("seed {seed}"));
    }
}
