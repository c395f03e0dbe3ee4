//! Opaque directories: a layer says that nothing of a directory is left of
//! those beneath it, and `.wh..wh..opq` may stand anywhere in that layer.

use crate::layered::assert_made;

#[test]
fn an_opaque_directory_has_nothing_of_lower_layers() {
    const OPAQUE: &str = "d/ d/.wh..wh..opq d/c:1";
    assert_made(&[
        ("marker first", &["d/ d/a:0 d/b:0", OPAQUE], "d/ d/c:1"),
        (
            "marker last",
            &["d/ d/a:0", "d/ d/c:1 d/.wh..wh..opq"],
            "d/ d/c:1",
        ),
        (
            "marker before its directory",
            &["d/ d/a:0", "d/.wh..wh..opq d/ d/c:1"],
            "d/ d/c:1",
        ),
        ("marker alone", &["d/ d/a:0", "d/.wh..wh..opq"], "d/"),
        ("the same name", &["d/ d/c:0", OPAQUE], "d/ d/c:1"),
        (
            "twice",
            &["d/ d/a:0", "d/ d/.wh..wh..opq d/.wh..wh..opq"],
            "d/",
        ),
        (
            "through several layers",
            &["d/ d/a:0", "d/b:1", "d/.wh..wh..opq"],
            "d/",
        ),
        (
            "not those above",
            &["d/ d/a:0", "d/.wh..wh..opq", "d/e:2"],
            "d/ d/e:2",
        ),
        (
            "not its neighbours",
            &["d/ d/a:0 e/ e/a:0 f:0", OPAQUE],
            "d/ d/c:1 e/ e/a:0 f:0",
        ),
        ("the root", &["a:0 d/ d/b:0", ".wh..wh..opq c:1"], "c:1"),
        (
            "directories inside, described anew",
            &["d/ d/e/ d/e/f:0 d/g:0", "d/ d/e/ d/e/h:1 d/.wh..wh..opq"],
            "d/ d/e/ d/e/h:1",
        ),
        (
            "directories inside, gone",
            &["d/ d/e/ d/e/f/ d/e/f/g:0", "d/.wh..wh..opq"],
            "d/",
        ),
        (
            "beside a whiteout",
            &["d/ d/a:0 b:0", "d/.wh..wh..opq .wh.b"],
            "d/",
        ),
        ("where a file was", &["d:0", OPAQUE], "d/ d/c:1"),
    ]);
}
