//! Other programs read backups as what they are to them: tars.

use std::path::Path;
use std::process::Command;

use fixtures::acl::{ACCESS, Acl, DEFAULT, capability};
use fixtures::random;
use fixtures::snapshot::{EntryKind, Snapshot};
use fixtures::tree::{Node, Privilege, TreeSpec};

use crate::place::{Place, noise};

fn run(program: &str, arguments: &[&str], directory: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program}: {said}");
    said
}

/// What a tree is to a program that knows no sockets.
fn without_sockets(mut tree: Snapshot) -> Snapshot {
    for entry in tree.entries.values_mut() {
        if entry.kind == EntryKind::Socket {
            entry.kind = EntryKind::Fifo;
        }
    }
    tree
}

/// All that is hard for a tar: each alone, so that none hides another.
fn odd() -> TreeSpec {
    let long = |length: usize| "n".repeat(length);
    let deep = [long(200), long(200), long(200)];
    let acl = |user| Acl::from_mode(0o750).user(user, 5).bytes();
    let mut tree = TreeSpec::new()
        .with(Node::dir("acl").mode(0o750).xattr(DEFAULT, acl(70_000)))
        .with(
            Node::file("acl/access", "x")
                .mode(0o750)
                .xattr(ACCESS, acl(7)),
        )
        .with(Node::dir("names"))
        .with(Node::file(format!("names/{}", long(255)), "x"))
        .with(Node::file(&b"names/\xff\n\x1b"[..], "x"))
        .with(Node::symlink("names/short", long(100)))
        .with(Node::symlink("names/long", "t/".repeat(2047)))
        .with(Node::symlink("names/bytes", &b"\xff\xfe"[..]))
        .with(Node::dir("owners"))
        .with(Node::file("owners/large", "x").owner(3_000_000_000, 4_000_000_000))
        .with(Node::file("owners/last", "x").owner(2_097_151, 2_097_151))
        .with(Node::file("owners/next", "x").owner(2_097_152, 2_097_152))
        .with(Node::dir("times"))
        .with(Node::file("times/before", "x").mtime(-1, 0))
        .with(Node::file("times/between", "x").mtime(-1, 500_000_000))
        .with(Node::file("times/fraction", "x").mtime(1, 1))
        .with(Node::file("times/late", "x").mtime(1 << 33, 0))
        .with(Node::dir("links"))
        .with(Node::char_device("links/device", 1, 3))
        .with(Node::hard_link("links/device2", "links/device"))
        .with(Node::fifo("links/fifo"))
        .with(Node::hard_link("links/fifo2", "links/fifo"))
        .with(Node::socket("links/socket"))
        .with(Node::hard_link("links/socket2", "links/socket"))
        .with(Node::symlink("links/symlink", "nowhere"))
        .with(Node::hard_link("links/symlink2", "links/symlink"))
        .with(Node::dir("attributes"))
        .with(Node::file("attributes/bytes", "x").xattr("user.bytes", &b"a\nb\0c\n12 path=x\n"[..]))
        .with(Node::file("attributes/empty", "x").xattr("user.empty", ""))
        .with(Node::file("attributes/name", "x").xattr("user.a%b", "x"))
        .with(Node::file("attributes/trusted", "x").xattr("trusted.overlay.opaque", "y"))
        .with(
            Node::file("attributes/capability", "x")
                .mode(0o755)
                .xattr("security.capability", capability(1 << 13)),
        )
        .with(Node::dir("large"))
        .with(Node::file("large/over-frames", noise(1, 20 << 20)))
        .with(Node::hard_link("large/again", "large/over-frames"));
    let mut path = "deep".to_owned();
    tree = tree.with(Node::dir(&*path));
    for name in deep {
        path = format!("{path}/{name}");
        tree = tree.with(Node::dir(&*path));
    }
    tree.with(Node::file(format!("{path}/file"), "x"))
        .with(Node::hard_link(
            format!("{path}/link"),
            format!("{path}/file"),
        ))
}

const GNU_TAR: &[&str] = &[
    // It doubts times, and knows nothing of sockets.
    "--warning=no-timestamp",
    "--warning=no-unknown-keyword",
    "--zstd",
    "--xattrs",
    "--xattrs-include=*",
    "--acls",
    "-xpf",
    "../tree.tar.zst",
];

#[test]
#[ignore = "needs root, GNU tar, bsdtar and zstd"]
fn all_that_is_odd_is_unpacked_by_others() {
    let place = Place::with(&odd());
    place.back_up(2);
    let tree = place.snapshot("tree");
    for (name, program, arguments) in [
        ("tar", "tar", GNU_TAR),
        (
            "bsdtar",
            "bsdtar",
            &["--numeric-owner", "-xpf", "../tree.tar.zst"],
        ),
    ] {
        let back = place.path(name);
        std::fs::create_dir(&back).expect("new");
        assert_eq!(run(program, arguments, &back), "", "{name}");
        let mut expected = without_sockets(tree.clone()).without_top();
        let mut found = place.snapshot(name).without_top();
        if name == "bsdtar" {
            // It knows nothing of GNU tar's `%25`, and would say `user.a%25b`.
            for tree in [&mut expected, &mut found] {
                let entry = tree.entries.get_mut(&b"attributes/name"[..]);
                entry.expect("there").xattrs.clear();
            }
            // It adds the fraction of a time before 1970 to the seconds instead of
            // taking it off.
            let found = found.get("times/between").expect("there").mtime;
            let entry = expected
                .entries
                .get_mut(&b"times/between"[..])
                .expect("there");
            entry.mtime = found;
        }
        assert_eq!(expected.diff(&found), [""; 0], "{name}");
    }
    let own = place.restore("own", &[], 2).expect("whole");
    assert_eq!(own.tree.digest, place.reader().info().tree);
    assert_eq!(tree.diff(&place.snapshot("own")), [""; 0]);
}

/// Of more than a header can say.
#[test]
#[ignore = "needs root, GNU tar, bsdtar and zstd"]
fn holes_of_many_gigabytes_are_unpacked_by_others() {
    use std::os::unix::fs::{FileExt as _, MetadataExt as _};
    const SIZE: u64 = 9 << 30;
    let place = Place::with(&TreeSpec::new());
    let file = std::fs::File::create(place.tree().join("sparse")).expect("new");
    file.set_len(SIZE).expect("holes");
    let places = [0, 5 << 30, SIZE - 4096];
    for offset in places {
        file.write_all_at(b"data", offset).expect("there is room");
    }
    place.back_up(2);
    for (name, program, arguments) in [
        ("tar", "tar", GNU_TAR),
        ("bsdtar", "bsdtar", &["-xpf", "../tree.tar.zst"]),
    ] {
        let back = place.path(name);
        std::fs::create_dir(&back).expect("new");
        assert_eq!(run(program, arguments, &back), "", "{name}");
    }
    place.restore("own", &[], 2).expect("whole");
    for name in ["tar", "bsdtar", "own"] {
        let file = std::fs::File::open(place.path(name).join("sparse")).expect("there");
        let found = file.metadata().expect("there");
        assert_eq!(found.len(), SIZE, "{name}");
        assert!(found.blocks() < 1000, "{name}: {} blocks", found.blocks());
        for offset in places {
            let mut bytes = [0; 5];
            file.read_exact_at(&mut bytes, offset).expect("there");
            assert_eq!(&bytes, b"data\0", "{name}: {offset}");
        }
    }
}

#[test]
#[ignore = "needs root, GNU tar and zstd"]
fn gnu_tar_restores_all_but_sockets() {
    for seed in 0..40 {
        let place = Place::with(&random::tree(seed, 80, Privilege::Root));
        place.back_up(2);
        run("zstd", &["-tq", "tree.tar.zst"], &place.path(""));
        let back = place.path("back");
        std::fs::create_dir(&back).expect("new");
        let said = run("tar", GNU_TAR, &back);
        assert_eq!(said, "", "seed {seed}");
        let expected = without_sockets(place.snapshot("tree"));
        let lines = expected.diff(&place.snapshot("back"));
        assert_eq!(lines, [""; 0], "seed {seed}");
    }
}

#[test]
#[ignore = "needs root, bsdtar"]
fn bsdtar_restores_names_kinds_owners_and_content() {
    for seed in 0..40 {
        let place = Place::with(&random::tree(seed, 80, Privilege::Root));
        place.back_up(2);
        let back = place.path("back");
        std::fs::create_dir(&back).expect("new");
        run(
            "bsdtar",
            &["--numeric-owner", "-xpf", "../tree.tar.zst"],
            &back,
        );
        let tree = place.snapshot("tree");
        let plain = |other: Snapshot| {
            let mut other = without_sockets(other).without_top();
            for (path, entry) in &mut other.entries {
                // Names of attributes it takes for text, and of ACLs it keeps
                // what the file system makes of them.
                entry.xattrs.clear();
                // It adds the fraction of a time before 1970 to the seconds
                // instead of taking it off.
                if let Some(before) = tree.get(path).filter(|entry| entry.mtime.secs < 0) {
                    entry.mtime = before.mtime;
                }
            }
            other
        };
        let lines = plain(tree.clone()).diff(&plain(place.snapshot("back")));
        assert_eq!(lines, [""; 0], "seed {seed}");
    }
}
