//! What a layer puts in the place of what lower layers have.

use crate::layered::{assert_made, assert_refused};

#[test]
fn the_upper_layer_wins() {
    assert_made(&[
        ("file by file", &["a:0", "a:1"], "a:1"),
        ("file by a shorter one", &["a:long-text", "a:1"], "a:1"),
        ("file by an empty one", &["a:0", "a"], "a"),
        ("file by symlink", &["a:0 t:0", "a->t"], "a->t t:0"),
        ("file by directory", &["a:0", "a/ a/b:1"], "a/ a/b:1"),
        ("file by pipe", &["a:0", "a|"], "a|"),
        ("pipe by file", &["a|", "a:1"], "a:1"),
        ("symlink by symlink", &["l->a", "l->b"], "l->b"),
        ("empty directory by file", &["d/", "d:1"], "d:1"),
        (
            "directory by file",
            &["d/ d/a:0 d/e/ d/e/f:0", "d:1"],
            "d:1",
        ),
        ("directory by symlink", &["d/ d/a:0 t/", "d->t"], "d->t t/"),
        ("directory by pipe", &["d/ d/a:0", "d|"], "d|"),
        (
            "directory by directory is both",
            &["d/ d/a:0", "d/ d/b:1"],
            "d/ d/a:0 d/b:1",
        ),
        ("directory never listed by file", &["d/e/a:0", "d:1"], "d:1"),
        (
            "there and back",
            &["d/ d/a:0", "d:1", "d/ d/b:2"],
            "d/ d/b:2",
        ),
        (
            "in the middle of a path",
            &["d/ d/e/ d/e/a:0", "d/e:1"],
            "d/ d/e:1",
        ),
    ]);
}

/// Nothing is ever written through what it replaces.
#[test]
fn a_symlink_is_replaced_and_its_target_left_alone() {
    assert_made(&[
        ("by file", &["l->t t:0", "l:1"], "l:1 t:0"),
        (
            "by empty directory",
            &["l->t t/ t/a:0", "l/"],
            "l/ t/ t/a:0",
        ),
        (
            "by directory",
            &["l->t t/ t/a:0", "l/ l/b:1"],
            "l/ l/b:1 t/ t/a:0",
        ),
        ("by hard link", &["l->t t:0 a:0", "l=a"], "l=a t:0 a:0"),
        ("dangling, by file", &["l->t", "l:1"], "l:1"),
        ("to the outside, by file", &["l->../x", "l:1"], "l:1"),
        (
            "to the outside, by directory",
            &["l->..", "l/ l/b:1"],
            "l/ l/b:1",
        ),
    ]);
}

#[test]
fn what_contradicts_itself_is_refused() {
    assert_refused(&[
        ("a file in a lower file", &["f:0", "f/x:1"], "no directory"),
        ("a file in a lower pipe", &["f|", "f/x:1"], "no directory"),
        (
            "a file for its own layer's directory",
            &["a:0", "d/ d/b:1 d:1"],
            "not empty",
        ),
        (
            "over an own file in a lower directory",
            &["d/ d/a:0", "d/b:1 d:1"],
            "not empty",
        ),
        ("a file for the root", &["a:0", ".:1"], "root"),
    ]);
}
