//! Archives that were written in several goes, and from which something was
//! taken out.

use fixtures::snapshot::Snapshot;
use fixtures::tree::{Node, TreeSpec};

use crate::import::{differences, imported, tree_of};
use crate::scratch::Scratch;
use crate::writers::written;

/// How the tree is at first.
fn first() -> TreeSpec {
    TreeSpec::new()
        .with(Node::dir("").mtime(1_000_000_000, 1))
        .with(Node::dir("d").mtime(1_000_000_001, 2))
        .with(Node::file("d/grown", "first\n"))
        .with(Node::file("d/kept", "first\n"))
        .with(Node::file("d/mode", "first\n"))
        .with(Node::file("linked", "one inode\n"))
        .with(Node::hard_link("linked-too", "linked"))
        .with(Node::hard_link("linked-three", "linked"))
        .with(Node::symlink("was-symlink", "d"))
        .with(Node::file("was-file", "first\n"))
        .with(Node::dir("was-directory"))
        .with(Node::fifo("was-fifo"))
        .with(Node::file("was-read-only", "first\n").mode(0o400))
}

/// What is done to it, so that no name is gone and no inode written to that has
/// names which stay.
const WORK: &str = "
    echo more >>d/grown
    chmod 4711 d/mode; chown 5:6 d/mode; setfattr -n user.note -v new d/mode
    rm linked; echo another inode >linked; ln -f linked was-file
    rm was-symlink; mkdir was-symlink; echo inside >was-symlink/file
    rmdir was-directory; ln -s nowhere was-directory
    rm was-fifo; echo text >was-fifo
    rm was-read-only; mknod was-read-only c 1 3
    mkdir d/new; echo new >d/new/file
    touch -d @1100000000.5 d .
";

/// Every member a second time, as it is by then.
#[test]
#[ignore = "needs root, GNU tar and bsdtar; .ci/run runs it"]
fn the_last_member_of_a_name_counts() {
    for (write, append) in [
        (
            "tar --format=posix -cf ../archive .",
            "tar --format=posix --xattrs -rf ../archive .",
        ),
        (
            "bsdtar --format=pax -cf ../archive .",
            "bsdtar --format=pax -rf ../archive .",
        ),
        // One archive's members behind another's, as only tar itself can put them.
        (
            "tar --format=posix -cf ../archive .",
            "tar --format=posix --xattrs -cf ../more . && tar -Af ../archive ../more",
        ),
    ] {
        let scratch = Scratch::new();
        let tree = scratch.tree("tree", &first());
        for line in [write, WORK, append] {
            written(line, &tree);
        }
        let archive = written("cat ../archive", &tree);
        let found = tree_of(append, &archive, &scratch.path("import"));
        let lines = differences(&Snapshot::of(&tree), &found);
        assert_eq!(lines, [""; 0], "{append}");
    }
}

/// `cat` puts the end of one archive before the other: what tar takes for the
/// end without a word may as well be damage.
#[test]
#[ignore = "needs root and GNU tar; .ci/run runs it"]
fn archives_behind_each_other_are_refused() {
    let scratch = Scratch::new();
    let tree = scratch.tree("tree", &first());
    let archive = written("for n in 1 2; do tar -cf - .; done", &tree);
    let error = imported(&archive, &scratch.path("import")).expect_err("something follows");
    assert!(
        error.to_string().contains("follows the end-of-archive"),
        "{error}"
    );
}

/// Links before what they link to, as merging and sorting may leave them: first
/// all but the files themselves, then these.
#[test]
#[ignore = "needs root and GNU tar; .ci/run runs it"]
fn links_may_come_before_what_they_link() {
    let scratch = Scratch::new();
    let tree = first()
        .with(Node::hard_link("d/symlink-too", "was-symlink"))
        .with(Node::hard_link("d/linked-four", "linked"));
    let tree = scratch.tree("tree", &tree);
    let archive = written(
        "set -e
        tar --format=posix --sort=name -cf ../links *
        cp ../links ../files
        tar --delete -f ../links d was-directory was-fifo was-file was-read-only
        tar --delete -f ../files linked linked-three linked-too was-symlink
        tar -A -f ../links ../files
        cat ../links",
        &tree,
    );
    // An extension header and its records come before the member's own header.
    assert_eq!(archive[1024 + 156], b'1', "it begins with a link");
    let found = tree_of("links first", &archive, &scratch.path("import"));
    let expected = Snapshot::of(&tree).without_top();
    assert_eq!(differences(&expected, &found.without_top()), [""; 0]);
}

/// `tar --delete` takes out members, not names: a further name of an inode is
/// then a link to nothing.
#[test]
#[ignore = "needs root and GNU tar; .ci/run runs it"]
fn what_was_deleted_is_not_there() {
    let scratch = Scratch::new();
    let tree = scratch.tree("tree", &first());
    let delete = |names: &str| {
        let line = "tar --format=posix --sort=name -cf ../FILE . && tar --delete -f ../FILE NAMES \
                    && cat ../FILE";
        written(
            &line.replace("FILE", "deleted").replace("NAMES", names),
            &tree,
        )
    };
    let archive = delete("./linked-three ./d");
    let mut expected = Snapshot::of(&tree);
    expected
        .entries
        .retain(|path, _| path != b"linked-three" && !path.starts_with(b"d"));
    let found = tree_of("deleted", &archive, &scratch.path("import"));
    assert_eq!(differences(&expected, &found), [""; 0]);
    let archive = delete("./linked");
    let error = imported(&archive, &scratch.path("refused")).expect_err("a link to nothing");
    assert!(
        error.to_string().contains("is not in the archive"),
        "{error}"
    );
}
