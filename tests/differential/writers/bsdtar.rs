//! bsdtar.

use super::{Writer, check};
use crate::losses::{bsdtar, formats, programs};

const PAX: Writer = Writer {
    line: "",
    status: 0,
    holes: true,
    losses: &[
        formats::SOCKETS,
        bsdtar::LINKED_DEVICES,
        bsdtar::NEGATIVE_FRACTIONS,
        bsdtar::ACL_IDS,
    ],
};

#[test]
#[ignore = "needs root and bsdtar; .ci/run runs it"]
fn bsdtar_keeps_everything_in_pax_archives() {
    check(&[
        Writer {
            line: "bsdtar --format=pax --xattrs --acls --numeric-owner -cf - .",
            ..PAX
        },
        Writer {
            line: "bsdtar -cf - .",
            losses: &[
                formats::SOCKETS,
                bsdtar::LINKED_DEVICES,
                bsdtar::NEGATIVE_FRACTIONS,
                bsdtar::ACL_IDS,
                bsdtar::SELDOM_PAX,
            ],
            ..PAX
        },
        Writer {
            line: "bsdtar --format=pax --no-read-sparse -cf - .",
            holes: false,
            ..PAX
        },
        Writer {
            line: "bsdtar --format=pax -cf - *",
            losses: &[
                formats::SOCKETS,
                bsdtar::LINKED_DEVICES,
                bsdtar::NEGATIVE_FRACTIONS,
                bsdtar::ACL_IDS,
                formats::TOP,
            ],
            ..PAX
        },
    ]);
}

#[test]
#[ignore = "needs root and bsdtar; .ci/run runs it"]
fn bsdtar_keeps_what_other_formats_hold() {
    check(&[
        Writer {
            line: "bsdtar --format=gnutar -cf - .",
            holes: false,
            losses: &[
                formats::SOCKETS,
                bsdtar::LINKED_DEVICES,
                bsdtar::MASKS,
                bsdtar::MINORS,
                formats::ATTRIBUTES,
                formats::FRACTIONS,
                programs::NO_TIME_BEFORE_1970,
                bsdtar::LATE_TIMES,
            ],
            ..PAX
        },
        Writer {
            line: "find . -print0 | sort -z | bsdtar --format=ustar -n --null -T - -cf -",
            holes: false,
            losses: &[
                formats::SOCKETS,
                bsdtar::LINKED_DEVICES,
                bsdtar::MASKS,
                bsdtar::MINORS,
                formats::ATTRIBUTES,
                formats::FRACTIONS,
                formats::SIX_DIGIT_IDS,
                formats::TIMES,
                formats::LONG_TARGETS,
                formats::LONG_NAMES,
            ],
            ..PAX
        },
    ]);
}
