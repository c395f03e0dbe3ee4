//! Whiteouts: how a layer says what is gone of those beneath it.
//!
//! Source: OCI image specification, "Image Layer Filesystem Changeset": they
//! hide what lower layers have, wherever they stand in their own.

use crate::layered::{assert_made, assert_refused};

#[test]
fn a_whiteout_hides_one_name_of_lower_layers() {
    assert_made(&[
        ("a file", &["a:0 b:0", ".wh.a"], "b:0"),
        ("its own directory stays", &["d/ d/a:0", "d/ d/.wh.a"], "d/"),
        (
            "in a directory not listed",
            &["d/ d/a:0 d/b:0", "d/.wh.a"],
            "d/ d/b:0",
        ),
        (
            "a directory with all in it",
            &["d/ d/e/ d/e/f:0 b:0", ".wh.d"],
            "b:0",
        ),
        (
            "a directory that was never listed",
            &["d/e/f:0", "d/.wh.e"],
            "d/",
        ),
        ("an empty directory", &["d/ b:0", ".wh.d"], "b:0"),
        ("a symlink, not its target", &["t:0 l->t", ".wh.l"], "t:0"),
        (
            "a symlink, not the directory behind",
            &["d/ d/a:0 l->d", ".wh.l"],
            "d/ d/a:0",
        ),
        ("a pipe", &["p| b:0", ".wh.p"], "b:0"),
        (
            "a name, not one that begins like it",
            &["a:0 ab:0", ".wh.a"],
            "ab:0",
        ),
        (
            "names that begin with dots",
            &[".x:0 ...:0 b:0", ".wh..x .wh...."],
            "b:0",
        ),
        ("a leading slash", &["a:0 b:0", "/.wh.a"], "b:0"),
        ("a leading dot", &["a:0 b:0", "./.wh.a"], "b:0"),
        ("content means nothing", &["a:0 b:0", ".wh.a:text"], "b:0"),
    ]);
}

#[test]
fn a_whiteout_of_nothing_is_nothing() {
    assert_made(&[
        ("no such name", &["a:0", ".wh.b"], "a:0"),
        ("no such directory", &["a:0", "d/.wh.b"], "a:0"),
        ("in the lowest layer", &[".wh.a b:0"], "b:0"),
        ("hidden before", &["a:0 b:0", ".wh.a", ".wh.a"], "b:0"),
        ("twice in a layer", &["a:0 b:0", ".wh.a .wh.a"], "b:0"),
        ("it came later", &["b:0", ".wh.a", "a:2"], "a:2 b:0"),
        (
            "opaque, no such directory",
            &["a:0", "d/.wh..wh..opq"],
            "a:0",
        ),
    ]);
}

#[test]
fn a_whiteout_never_hides_what_its_own_layer_has() {
    assert_made(&[
        ("file before", &["a:0", "a:1 .wh.a"], "a:1"),
        ("file behind", &["a:0", ".wh.a a:1"], "a:1"),
        ("file, nothing lower", &["b:0", "a:1 .wh.a"], "a:1 b:0"),
        (
            "directory before",
            &["d/ d/a:0", "d/ d/b:1 .wh.d"],
            "d/ d/b:1",
        ),
        (
            "directory behind",
            &["d/ d/a:0", ".wh.d d/ d/b:1"],
            "d/ d/b:1",
        ),
        ("empty directory before", &["d/ d/a:0", "d/ .wh.d"], "d/"),
        ("empty directory behind", &["d/ d/a:0", ".wh.d d/"], "d/"),
        (
            "nested before",
            &["d/ d/e/ d/e/f:0", "d/ d/e/ .wh.d"],
            "d/ d/e/",
        ),
        (
            "a file for a directory before",
            &["d/ d/a:0", "d:1 .wh.d"],
            "d:1",
        ),
        (
            "a file for a directory behind",
            &["d/ d/a:0", ".wh.d d:1"],
            "d:1",
        ),
        (
            "a directory for a file before",
            &["d:0", "d/ d/b:1 .wh.d"],
            "d/ d/b:1",
        ),
        (
            "a directory for a file behind",
            &["d:0", ".wh.d d/ d/b:1"],
            "d/ d/b:1",
        ),
        (
            "only a file beneath",
            &["d/ d/a:0", "d/b:1 .wh.d"],
            "d/ d/b:1",
        ),
        (
            "a layer above brings it back",
            &["a:0", ".wh.a", "a:2"],
            "a:2",
        ),
        (
            "and it goes again",
            &["a:0 b:0", ".wh.a", "a:2", ".wh.a"],
            "b:0",
        ),
    ]);
}

#[test]
fn whiteouts_go_through_symlinks_as_members_do() {
    const ABSOLUTE: &str = "run/ run/x:0 run/y:0 var/ var/run->/run";
    const RELATIVE: &str = "run/ run/x:0 run/y:0 var/ var/run->../run";
    assert_made(&[
        (
            "absolute",
            &[ABSOLUTE, "var/run/.wh.x"],
            "run/ run/y:0 var/ var/run->/run",
        ),
        (
            "relative",
            &[RELATIVE, "var/run/.wh.x"],
            "run/ run/y:0 var/ var/run->../run",
        ),
        (
            "opaque",
            &[ABSOLUTE, "var/run/.wh..wh..opq"],
            "run/ var/ var/run->/run",
        ),
        (
            "the symlink itself",
            &[ABSOLUTE, "var/.wh.run"],
            "run/ run/x:0 run/y:0 var/",
        ),
        (
            "to nowhere",
            &["l->/nowhere b:0", "l/.wh.x"],
            "l->/nowhere b:0",
        ),
    ]);
}

#[test]
fn whiteouts_that_are_none_are_refused() {
    assert_refused(&[
        ("of no name", &["a:0", ".wh."], "whiteout of no name"),
        (
            "of its own directory",
            &["a:0", ".wh.."],
            "whiteout of no name",
        ),
        (
            "of the directory above",
            &["a:0", ".wh..."],
            "whiteout of no name",
        ),
        (
            "of no name, deeper",
            &["d/ d/a:0", "d/.wh."],
            "whiteout of no name",
        ),
        (
            "of the directory above, deeper",
            &["d/ d/a:0", "d/.wh..."],
            "whiteout of no name",
        ),
        ("in the lowest layer", &[".wh."], "whiteout of no name"),
        ("left by AUFS", &["a:0", ".wh..wh.plnk/"], "leaves open"),
        ("of a whiteout", &["a:0", ".wh..wh.a"], "leaves open"),
        ("nearly opaque", &["a:0", ".wh..wh..opqx"], "leaves open"),
        (
            "a directory of that name",
            &["a:0", ".wh.a/b:1"],
            "it is a whiteout",
        ),
        (
            "a directory, deeper",
            &["a:0", "d/.wh.a/b:1"],
            "it is a whiteout",
        ),
        (
            "a whiteout in such a directory",
            &["a:0", ".wh.a/.wh.b"],
            "it is a whiteout",
        ),
        (
            "opaque, in such a directory",
            &["a:0", ".wh.a/.wh..wh..opq"],
            "it is a whiteout",
        ),
        ("outside", &["a:0", "../.wh.a"], ".."),
        ("outside by a way around", &["d/ d/a:0", "d/../.wh.a"], ".."),
        (
            "out through a symlink",
            &["up->..", "up/.wh.a"],
            "leaves the tree",
        ),
        (
            "out through an absolute symlink",
            &["up->/..", "up/.wh.a"],
            "leaves the tree",
        ),
        (
            "opaque, out through a symlink",
            &["up->..", "up/.wh..wh..opq"],
            "leaves the tree",
        ),
        (
            "in a circle",
            &["a->b b->a", "a/.wh.x"],
            "circle of symlinks",
        ),
    ]);
}

/// umoci writes a whiteout for everything that was in a directory, even where
/// something else takes the directory's place in the same layer. What stood
/// there in lower layers is what is meant.
#[test]
fn whiteouts_do_not_look_through_their_own_layer() {
    assert_made(&[
        ("a file", &["d/ d/a:0", "d:1 d/.wh.a"], "d:1"),
        ("a pipe", &["d/ d/a:0", "d| d/.wh.a"], "d|"),
        (
            "a symlink",
            &["d/ d/a:0 x/ x/a:0", "d->x d/.wh.a"],
            "d->x x/ x/a:0",
        ),
        (
            "an absolute symlink",
            &["d/ d/a:0 a:0", "d->/ d/.wh.a"],
            "d->/ a:0",
        ),
        (
            "a symlink, opaque",
            &["d/ d/a:0 x/ x/a:0", "d->x d/.wh..wh..opq"],
            "d->x x/ x/a:0",
        ),
        ("a file, opaque", &["d/ d/a:0", "d:1 d/.wh..wh..opq"], "d:1"),
        (
            "a symlink, deeper",
            &["d/ d/e/ d/e/a:0 x/ x/e/ x/e/a:0", "d->x d/e/.wh.a"],
            "d->x x/ x/e/ x/e/a:0",
        ),
        ("a dangling symlink", &["d/ d/a:0", "d->x d/.wh.a"], "d->x"),
    ]);
}
