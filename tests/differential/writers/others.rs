//! Writers that are not first of all a tar: busybox, cpio, and the libraries of
//! Python and Go.

use fixtures::tree::{Node, TreeSpec};

use super::{Writer, check, written};
use crate::import::imported;
use crate::losses::{formats, programs};
use crate::scratch::Scratch;

const WRITER: Writer = Writer {
    line: "",
    status: 0,
    holes: false,
    losses: &[],
};

#[test]
#[ignore = "needs root and busybox; .ci/run runs it"]
fn busybox_keeps_what_its_format_holds() {
    check(&[Writer {
        line: "busybox tar -cf - .",
        losses: &[
            formats::SOCKETS,
            formats::ATTRIBUTES,
            formats::FRACTIONS,
            programs::NO_TIME_BEFORE_1970,
            programs::BUSYBOX_IDS,
        ],
        ..WRITER
    }]);
}

#[test]
#[ignore = "needs root and cpio; .ci/run runs it"]
fn cpio_keeps_what_its_format_holds() {
    check(&[Writer {
        line: "find . -print0 | sort -z | cpio --quiet -0 -o -H ustar",
        losses: &[
            programs::CPIO_SOCKETS,
            programs::CPIO_LINKED_SYMLINKS,
            formats::ATTRIBUTES,
            formats::FRACTIONS,
            formats::LARGE_IDS,
            formats::TIMES,
            programs::CPIO_LONG_NAMES,
            programs::CPIO_LONG_TARGETS,
        ],
        ..WRITER
    }]);
}

#[test]
#[ignore = "needs root and Python; .ci/run runs it"]
fn tarfile_keeps_what_its_formats_hold() {
    check(&[
        Writer {
            line: "python3 $DIFFERENTIAL/write_tarfile.py PAX",
            losses: &[
                formats::SOCKETS,
                programs::TARFILE_LINKED_BUT_FILES,
                programs::TARFILE_FLOATS,
                programs::TARFILE_KEYWORDS,
            ],
            ..WRITER
        },
        Writer {
            line: "python3 $DIFFERENTIAL/write_tarfile.py GNU",
            losses: &[
                formats::SOCKETS,
                programs::TARFILE_LINKED_BUT_FILES,
                formats::ATTRIBUTES,
                programs::TARFILE_FRACTIONS,
            ],
            ..WRITER
        },
        Writer {
            line: "python3 $DIFFERENTIAL/write_tarfile.py USTAR",
            losses: &[
                formats::SOCKETS,
                programs::TARFILE_LINKED_BUT_FILES,
                formats::ATTRIBUTES,
                programs::TARFILE_FRACTIONS,
                formats::LARGE_IDS,
                formats::TIMES,
                formats::LONG_TARGETS,
                formats::LONG_NAMES_OF_FILES,
            ],
            ..WRITER
        },
    ]);
}

/// Less than a ten thousandth of a second from 1970, Python writes `1e-09`. That
/// is no decimal fraction (POSIX, pax, "Extended Header File Times").
#[test]
#[ignore = "needs root and Python; .ci/run runs it"]
fn a_time_that_tarfile_writes_with_an_exponent_is_refused() {
    let scratch = Scratch::new();
    let tree = TreeSpec::new().with(Node::file("f", "").mtime(0, 1));
    let tree = scratch.tree("tree", &tree);
    let archive = written("python3 $DIFFERENTIAL/write_tarfile.py PAX", &tree);
    let error = imported(&archive, &scratch.path("import")).expect_err("it is no time");
    assert!(error.to_string().contains("`1e-09` is no time"), "{error}");
}

#[test]
#[ignore = "needs root and Go; .ci/run runs it"]
fn go_keeps_everything() {
    check(&[Writer {
        line: "go run $DIFFERENTIAL/write_tar.go",
        losses: &[formats::SOCKETS, programs::GO_KEYWORDS],
        ..WRITER
    }]);
}
