//! One tree with everything that an archive may have to hold.

mod attributes;
mod names;

use fixtures::tree::{Node, TreeSpec};

/// Where ustar's numbers of users end: seven octal digits.
pub(crate) const USTAR_ID: u32 = 2_097_151;

/// Where libarchive's ustar and gnutar end: six octal digits, unless base-256
/// is allowed.
pub(crate) const SIX_DIGITS: u32 = 262_143;

/// Where ustar's times end: eleven octal digits, in the year 2242.
pub(crate) const USTAR_TIME: i64 = 8_589_934_591;

/// The whole tree, parents first. Its top is `""`.
pub(crate) fn tree() -> TreeSpec {
    let parts = [
        top(),
        accounts(),
        kinds(),
        modes(),
        owners(),
        times(),
        attributes::attributes(),
        attributes::acls(),
        links(),
        sparse(),
        names::names(),
    ];
    parts.into_iter().fold(TreeSpec::new(), TreeSpec::with_all)
}

fn top() -> TreeSpec {
    TreeSpec::new().with(
        Node::dir("")
            .mode(0o1751)
            .owner(7, 8)
            .mtime(1_600_000_000, 999_999_999)
            .xattr("trusted.top", "of the tree"),
    )
}

/// So that the names in ACLs mean in the tree what they mean on the host: two
/// of Debian's base-passwd, which are the same everywhere.
fn accounts() -> TreeSpec {
    let passwd = "root:x:0:0::/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\n";
    TreeSpec::new()
        .with(Node::dir("etc"))
        .with(Node::file("etc/passwd", passwd))
        .with(Node::file("etc/group", "root:x:0:\nadm:x:4:\n"))
}

fn kinds() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("kinds"))
        .with(Node::file("kinds/file", "text\n"))
        .with(Node::file("kinds/empty", ""))
        .with(Node::file("kinds/block", [b'x'; 512]))
        .with(Node::dir("kinds/directory"))
        .with(Node::symlink("kinds/symlink", "file"))
        .with(Node::symlink("kinds/dangling", "/no/where"))
        .with(Node::symlink("kinds/trailing-slash", "directory/"))
        .with(Node::symlink("kinds/upwards", "../../../.."))
        .with(Node::fifo("kinds/fifo").mode(0o640).owner(1, 2))
        .with(Node::socket("kinds/socket").mode(0o755))
        .with(Node::char_device("kinds/null", 1, 3).mode(0o666))
        .with(Node::block_device("kinds/disk", 259, 7).mode(0o660))
        .with(Node::char_device("kinds/largest", 4095, 1_048_575))
}

fn modes() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("modes"))
        .with(Node::file("modes/setuid", "").mode(0o4755).owner(1, 1))
        .with(Node::file("modes/setgid", "").mode(0o2755).owner(1, 1))
        .with(Node::file("modes/sticky", "").mode(0o1644))
        .with(Node::file("modes/all", "").mode(0o7777).owner(3, 4))
        .with(Node::file("modes/none", "text\n").mode(0))
        .with(Node::dir("modes/shared").mode(0o3777).owner(0, 9))
        .with(Node::dir("modes/read-only").mode(0o555))
        .with(Node::file("modes/read-only/file", "text\n").mode(0o444))
        .with(Node::dir("modes/closed").mode(0))
        .with(Node::dir("modes/closed/inner").mode(0o111))
        .with(Node::file("modes/closed/inner/file", "text\n").mode(0o400))
}

fn owners() -> TreeSpec {
    let ids = [
        1,
        65_534,
        65_536,
        SIX_DIGITS,
        SIX_DIGITS + 1,
        USTAR_ID,
        USTAR_ID + 1,
        2_147_483_647,
        2_147_483_648,
        4_294_967_294,
    ];
    let mut tree = TreeSpec::new().with(Node::dir("owners"));
    for id in ids {
        tree.push(Node::file(format!("owners/user-{id}"), "").owner(id, 5));
        tree.push(Node::dir(format!("owners/group-{id}")).owner(5, id));
        tree.push(Node::symlink(format!("owners/both-{id}"), "to").owner(id, id));
    }
    tree
}

fn times() -> TreeSpec {
    let times = [
        (1_700_000_000, 123_456_789),
        (1_700_000_000, 1),
        (1_700_000_000, 100_000_000),
        (0, 0),
        // The least above 1970 that Python writes without an exponent.
        (0, 100_000),
        (-1, 0),
        (-1, 500_000_000),
        (-2, 999_999_999),
        (-2_147_483_648, 0),
        (2_147_483_648, 5),
        (4_294_967_296, 999_999_999),
        (USTAR_TIME, 999_999_999),
        (USTAR_TIME + 1, 7),
    ];
    let mut tree = TreeSpec::new().with(Node::dir("times").mtime(1_500_000_000, 42));
    for (secs, nanos) in times {
        let name = |kind| format!("times/{kind}{secs}.{nanos}");
        tree.push(Node::file(name("file"), "").mtime(secs, nanos));
        tree.push(Node::dir(name("dir")).mtime(secs, nanos));
        tree.push(Node::symlink(name("link"), "to").mtime(secs, nanos));
    }
    tree
}

/// Inodes of several names, which writers meet in another order than here.
fn links() -> TreeSpec {
    let file = Node::file("links/m", "three names\n");
    TreeSpec::new()
        .with(Node::dir("links"))
        .with(file.mode(0o640).owner(1, 2).xattr("user.note", "one"))
        .with(Node::dir("links/a"))
        .with(Node::hard_link("links/a/x", "links/m"))
        .with(Node::dir("links/z"))
        .with(Node::hard_link("links/z/y", "links/m"))
        .with(Node::symlink("links/symlink", "m").owner(3, 4))
        .with(Node::hard_link("links/symlink-too", "links/symlink"))
        .with(Node::fifo("links/fifo"))
        .with(Node::hard_link("links/fifo-too", "links/fifo"))
        .with(Node::char_device("links/zero", 1, 5))
        .with(Node::hard_link("links/zero-too", "links/zero"))
        .with(Node::file("links/empty", ""))
        .with(Node::hard_link("links/empty-too", "links/empty"))
        .with(Node::sparse("links/holes", 1 << 20, &[(4096, b"island")]))
        .with(Node::hard_link("links/holes-too", "links/holes"))
}

fn sparse() -> TreeSpec {
    let block = [b'x'; 4096];
    let many: Vec<(u64, &[u8])> = (0..50).map(|n| (n * 65_536, &block[..])).collect();
    let mebi = |name: String| Node::sparse(name, 1 << 20, &[(65_536, b"island")]);
    TreeSpec::new()
        .with(Node::dir("sparse"))
        .with(Node::sparse(
            "sparse/middle",
            200_003,
            &[(0, b"a"), (200_002, b"z")],
        ))
        .with(Node::sparse("sparse/only-hole", 1 << 20, &[]))
        .with(Node::sparse("sparse/many", 50 * 65_536, &many))
        .with(
            mebi("sparse/attributes".to_owned())
                .mode(0o4711)
                .owner(9, 9)
                .mtime(1_234_567_890, 987_654_321)
                .xattr("user.note", "kept"),
        )
        .with(mebi("sparse/gr\u{fc}\u{df}e".to_owned()))
        .with(mebi(names::long("sparse", 180)))
}
