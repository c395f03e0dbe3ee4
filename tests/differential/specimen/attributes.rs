//! Extended attributes and ACLs.

use fixtures::acl::{self, Acl, capability};
use fixtures::tree::{Node, TreeSpec};

pub(super) fn attributes() -> TreeSpec {
    let file = |name: &str| Node::file(format!("attributes/{name}"), "");
    let context = b"system_u:object_r:bin_t:s0\0";
    TreeSpec::new()
        .with(Node::dir("attributes").xattr("user.directory", "1"))
        .with(file("user").xattr("user.note", "kept"))
        .with(file("empty").xattr("user.empty", ""))
        .with(file("binary").xattr("user.binary", &b"\0\n=\xff13 path=x\n\0"[..]))
        .with(file("long").xattr("user.long", vec![b'v'; 3_000]))
        .with(file("equals").xattr("user.a=b%c%3D d", "1"))
        .with(file("utf-8").xattr("user.gr\u{fc}\u{df}e", "1"))
        .with(file("bytes").xattr(&b"user.\xff\xfe"[..], "1"))
        .with(
            file("several")
                .xattr("user.b", "2")
                .xattr("user.a", "1")
                .xattr("trusted.c", "3"),
        )
        .with(file("read-only").mode(0o444).xattr("user.note", "kept"))
        .with(
            file("capable")
                .mode(0o755)
                .owner(5, 6)
                .xattr("security.capability", capability(1 << 13)),
        )
        .with(file("labelled").xattr("security.selinux", &context[..]))
        .with(file("measured").xattr("security.ima", &b"\x01\x02\x03"[..]))
        .with(file("trusted").xattr("trusted.note", "kept"))
        .with(Node::dir("attributes/directory").xattr("trusted.overlay.opaque", "y"))
        .with(Node::symlink("attributes/symlink", "user").xattr("trusted.note", "link"))
        .with(Node::fifo("attributes/fifo").xattr("trusted.note", "fifo"))
        .with(Node::char_device("attributes/device", 1, 5).xattr("security.note", "device"))
}

/// Users and groups that have names on the host, and such that have none.
pub(super) fn acls() -> TreeSpec {
    let with_acl = |node: Node, acl: &Acl| {
        let mode = node.mode & !0o070 | u32::from(acl.mask) << 3;
        node.mode(mode).xattr(acl::ACCESS, acl.bytes())
    };
    let file = |name: &str, mode| Node::file(format!("acls/{name}"), "").mode(mode);
    let dir = |name: &str| Node::dir(format!("acls/{name}"));
    let unnamed = Acl::from_mode(0o640).user(70_000, 6).group(70_001, 4);
    let largest = Acl::from_mode(0o640)
        .user(2_147_483_648, 6)
        .group(4_294_967_294, 4);
    let named = Acl::from_mode(0o750)
        .user(1, 7)
        .group(4, 5)
        .group(70_001, 1);
    // The group may more than the mask lets it.
    let masked = Acl {
        group: 7,
        mask: 1,
        ..Acl::from_mode(0o705).user(70_002, 7)
    };
    let default = Acl::from_mode(0o770).user(70_000, 7).group(4, 5).bytes();
    let minimal = Acl::from_mode(0o750).bytes();
    TreeSpec::new()
        .with(Node::dir("acls"))
        .with(with_acl(file("unnamed", 0o640).owner(1, 2), &unnamed))
        .with(with_acl(file("largest", 0o640), &largest))
        .with(with_acl(file("named", 0o4750), &named))
        .with(with_acl(file("masked", 0o705), &masked))
        .with(
            dir("default")
                .mode(0o750)
                .xattr(acl::DEFAULT, default.clone()),
        )
        // Made beneath a default ACL, which they must not inherit.
        .with(file("default/file", 0o604))
        .with(dir("default/inner").mode(0o700))
        .with(dir("minimal").xattr(acl::DEFAULT, minimal))
        .with(with_acl(dir("both").mode(0o3750), &named).xattr(acl::DEFAULT, default))
}
