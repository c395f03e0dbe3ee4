//! Members of a layer whose path runs through a lower layer's symlink.

use crate::layered::{assert_made, assert_refused};

#[test]
fn they_land_where_a_chroot_would_put_them() {
    const RUN: &str = "run/ var/ var/run->/run";
    assert_made(&[
        (
            "absolute",
            &[RUN, "var/run/x:1"],
            "run/ run/x:1 var/ var/run->/run",
        ),
        (
            "relative",
            &["run/ var/ var/run->../run", "var/run/x:1"],
            "run/ run/x:1 var/ var/run->../run",
        ),
        (
            "a directory",
            &[RUN, "var/run/d/"],
            "run/ run/d/ var/ var/run->/run",
        ),
        (
            "a symlink",
            &[RUN, "var/run/l->x"],
            "run/ run/l->x var/ var/run->/run",
        ),
        (
            "a hard link",
            &[RUN, "a:1 var/run/b=a"],
            "a:1 run/ run/b=a var/ var/run->/run",
        ),
        (
            "over what is there",
            &["run/ run/x:0 var/ var/run->/run", "var/run/x:1"],
            "run/ run/x:1 var/ var/run->/run",
        ),
        (
            "two of them",
            &["usr/ usr/lib/ lib->usr/lib l->lib", "l/a:1"],
            "usr/ usr/lib/ usr/lib/a:1 lib->usr/lib l->lib",
        ),
        (
            "to a directory that is missing",
            &["l->/d", "l/a:1"],
            "l->/d d/ d/a:1",
        ),
        (
            "the symlink in a layer of its own",
            &["usr/ usr/bin/ usr/bin/a:0", "bin->usr/bin", "bin/b:2"],
            "usr/ usr/bin/ usr/bin/a:0 usr/bin/b:2 bin->usr/bin",
        ),
        (
            "not any more, once it is hidden",
            &[RUN, "var/.wh.run", "var/run/x:2"],
            "run/ var/ var/run/ var/run/x:2",
        ),
    ]);
}

#[test]
fn they_never_leave_the_tree() {
    assert_refused(&[
        ("above the root", &["up->..", "up/x:1"], "leaves the tree"),
        (
            "far above",
            &["d/ d/up->../../../..", "d/up/x:1"],
            "leaves the tree",
        ),
        (
            "by two steps",
            &["d/ d/a->.. d/b->a/..", "d/b/x:1"],
            "leaves the tree",
        ),
        (
            "absolute, then above",
            &["up->/../..", "up/x:1"],
            "leaves the tree",
        ),
        ("a directory", &["up->..", "up/d/"], "leaves the tree"),
        (
            "two layers down",
            &["up->..", "a:1", "up/x:2"],
            "leaves the tree",
        ),
        ("a circle", &["a->b b->a", "a/x:1"], "circle of symlinks"),
        ("to a file", &["f:0 l->f", "l/x:1"], "no directory"),
    ]);
}
