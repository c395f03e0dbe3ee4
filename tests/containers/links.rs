//! Hard links that layers share, or part.

use crate::layered::{assert_made, assert_refused};

#[test]
fn the_names_of_a_file_are_hidden_one_by_one() {
    assert_made(&[
        ("the first", &["a:0 b=a c=a", ".wh.a"], "b:0 c=b"),
        ("the second", &["a:0 b=a c=a", ".wh.b"], "a:0 c=a"),
        ("all but one", &["a:0 b=a c=a", ".wh.a .wh.b"], "c:0"),
        ("all", &["a:0 b=a d:0", ".wh.a .wh.b"], "d:0"),
        (
            "in an opaque directory",
            &["a:0 d/ d/b=a", "d/.wh..wh..opq"],
            "a:0 d/",
        ),
        (
            "the first, in an opaque directory",
            &["d/ d/a:0 b=d/a", "d/.wh..wh..opq"],
            "d/ b:0",
        ),
        (
            "with their directory",
            &["d/ d/a:0 d/b=d/a c=d/a", ".wh.d"],
            "c:0",
        ),
    ]);
}

#[test]
fn a_new_file_takes_one_name_and_leaves_the_others() {
    assert_made(&[
        ("the first", &["a:0 b=a", "a:1"], "a:1 b:0"),
        ("the second", &["a:0 b=a", "b:1"], "a:0 b:1"),
        ("of three", &["a:0 b=a c=a", "b:1"], "a:0 b:1 c=a"),
        ("all, linked again", &["a:0 b=a", "a:1 b=a"], "a:1 b=a"),
        (
            "all, linked the other way",
            &["a:0 b=a", "b:1 a=b"],
            "a:1 b=a",
        ),
        ("all, apart", &["a:0 b=a", "a:1 b:1"], "a:1 b:1"),
        ("by a symlink", &["a:0 b=a", "a->b"], "a->b b:0"),
        ("by a directory", &["a:0 b=a", "a/ a/c:1"], "a/ a/c:1 b:0"),
    ]);
}

#[test]
fn a_layer_links_what_lower_layers_have() {
    assert_made(&[
        ("a file", &["a:0", "b=a"], "a:0 b=a"),
        (
            "a file two layers down",
            &["a:0", "c:1", "b=a"],
            "a:0 b=a c:1",
        ),
        (
            "a name in the middle",
            &["a:0", "b=a", "c=b"],
            "a:0 b=a c=a",
        ),
        ("over another file", &["a:0 b:0", "b=a"], "a:0 b=a"),
        ("over an empty directory", &["a:0 b/", "b=a"], "a:0 b=a"),
        ("over a directory", &["a:0 b/ b/c:0", "b=a"], "a:0 b=a"),
        ("that it hides then", &["a:0", "b=a .wh.a"], "b:0"),
        ("that a layer above hides", &["a:0", "b=a", ".wh.a"], "b:0"),
        (
            "that a layer above replaces",
            &["a:0", "b=a", "a:2"],
            "a:2 b:0",
        ),
        ("a symlink", &["l->t", "m=l"], "l->t m=l"),
        ("a pipe", &["p|", "q=p"], "p| q=p"),
        ("to itself", &["a:0", "a=a"], "a:0"),
        ("what is linked already", &["a:0 b=a", "b=a"], "a:0 b=a"),
    ]);
}

/// The target may come behind the link; whiteouts between change nothing.
#[test]
fn a_link_may_come_before_its_target() {
    assert_made(&[
        ("in its own layer", &["c:0", "b=a a:1"], "a:1 b=a c:0"),
        (
            "one behind the other",
            &["x:0", "c=b b=a a:1"],
            "a:1 b=a c=a x:0",
        ),
        (
            "and be replaced meanwhile",
            &["x:0", "b=a b:1 a:1"],
            "a:1 b:1 x:0",
        ),
        (
            "and lose its directory",
            &["x:0 d/", "d/b=a d->x a:1"],
            "a:1 d->x x:0",
        ),
        ("over a lower file", &["b:0", "b=a a:1"], "a:1 b=a"),
        (
            "what is lower, since that is there",
            &["a:0", "b=a a:1"],
            "a:1 b:0",
        ),
        (
            "with its whiteout before",
            &["b:0", ".wh.b b=a a:1"],
            "a:1 b=a",
        ),
    ]);
}

#[test]
fn links_that_lead_nowhere_are_refused() {
    assert_refused(&[
        (
            "nothing of that name",
            &["a:0", "b=c"],
            "not in the archive",
        ),
        (
            "only a layer above has it",
            &["a:0", "b=c", "c:2"],
            "not in the archive",
        ),
        ("hidden before", &["a:0", ".wh.a b=a"], "not in the archive"),
        (
            "hidden by a lower layer",
            &["a:0", ".wh.a", "b=a"],
            "not in the archive",
        ),
        (
            "in an opaque directory",
            &["d/ d/a:0", "d/.wh..wh..opq b=d/a"],
            "not in the archive",
        ),
        (
            "a whiteout",
            &["a:0", ".wh.a b=.wh.a"],
            "not in the archive",
        ),
        ("a directory", &["d/", "b=d"], "hard link to the directory"),
        (
            "through a symlink",
            &["d/ d/a:0 l->d", "b=l/a"],
            "runs through a symlink",
        ),
        ("outside", &["a:0", "b=../a"], ".."),
    ]);
}

/// A link that waits for its target is of its own layer: a whiteout behind it
/// hides what a lower layer has at its place or around it, not the link.
#[test]
fn a_link_before_its_target_outlives_a_whiteout() {
    assert_made(&[
        ("its name", &["b:0", "b=a .wh.b a:1"], "a:1 b=a"),
        (
            "an opaque directory",
            &["d/ d/b:0", "d/b=d/a d/.wh..wh..opq d/a:1"],
            "d/ d/a:1 d/b=d/a",
        ),
        (
            "its directory",
            &["d/ d/x:0", "d/b=z .wh.d z:1"],
            "d/ d/b=z z:1",
        ),
        (
            "opaque above",
            &["d/ d/e/ d/e/x:0", "d/e/b=z d/.wh..wh..opq z:1"],
            "d/ d/e/ d/e/b=z z:1",
        ),
    ]);
}
