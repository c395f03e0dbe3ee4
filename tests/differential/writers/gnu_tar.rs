//! GNU tar.

use super::{Writer, check};
use crate::losses::{formats, programs};

const PAX: Writer = Writer {
    line: "",
    status: 0,
    holes: false,
    losses: &[formats::SOCKETS, programs::GNU_LINKED_SPECIALS],
};

#[test]
#[ignore = "needs root and GNU tar; .ci/run runs it"]
fn gnu_tar_keeps_everything_in_pax_archives() {
    check(&[
        Writer {
            line: "tar --format=posix --xattrs --acls --selinux --numeric-owner -cf - .",
            ..PAX
        },
        Writer {
            line: "tar --format=posix --xattrs --xattrs-include='*' -cf - .",
            ..PAX
        },
        Writer {
            line: "tar --format=posix --xattrs --sparse --sparse-version=0.0 -cf - .",
            holes: true,
            ..PAX
        },
        Writer {
            line: "tar --format=posix --xattrs --sparse --sparse-version=0.1 -cf - .",
            holes: true,
            ..PAX
        },
        Writer {
            line: "tar --format=posix --xattrs --sparse --sparse-version=1.0 -cf - .",
            holes: true,
            ..PAX
        },
        Writer {
            line: "tar --format=posix --xattrs --acls --sparse --hole-detection=raw -cf - .",
            holes: true,
            ..PAX
        },
        // Names of the host in ACLs: those of the tree's own users.
        Writer {
            line: "tar --format=posix --acls -cf - .",
            losses: &[
                formats::SOCKETS,
                programs::GNU_LINKED_SPECIALS,
                formats::ALL_BUT_ACLS,
            ],
            ..PAX
        },
        Writer {
            line: "tar --format=posix --xattrs -cf - *",
            losses: &[
                formats::SOCKETS,
                programs::GNU_LINKED_SPECIALS,
                formats::TOP,
            ],
            ..PAX
        },
        Writer {
            line: "tar --format=posix --xattrs -b 1 --label=backup --sort=inode -cf - .",
            ..PAX
        },
        // As builds do that want the same archive every time.
        Writer {
            line: "tar --format=posix --xattrs --sort=name -cf - \
                   --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime .",
            ..PAX
        },
        Writer {
            line: "tar --format=posix --xattrs --pax-option=comment=nightly -cf - .",
            ..PAX
        },
        // Incremental, from nothing: directories come with lists of names.
        Writer {
            line: "tar --format=posix --xattrs -g ../posix.snar -cf - .",
            ..PAX
        },
    ]);
}

#[test]
#[ignore = "needs root and GNU tar; .ci/run runs it"]
fn gnu_tar_keeps_what_its_own_format_holds() {
    const GNU: Writer = Writer {
        losses: &[
            formats::SOCKETS,
            programs::GNU_LINKED_SPECIALS,
            formats::ATTRIBUTES,
            formats::FRACTIONS,
        ],
        ..PAX
    };
    check(&[
        Writer {
            line: "tar --format=gnu -cf - .",
            ..GNU
        },
        Writer {
            line: "tar --format=gnu --numeric-owner --label=backup -cf - .",
            ..GNU
        },
        Writer {
            line: "tar --format=gnu --sparse -cf - .",
            holes: true,
            ..GNU
        },
        Writer {
            line: "tar --format=oldgnu --sparse -cf - .",
            holes: true,
            ..GNU
        },
        Writer {
            line: "tar --format=gnu -g ../gnu.snar -cf - .",
            ..GNU
        },
    ]);
}

#[test]
#[ignore = "needs root and GNU tar; .ci/run runs it"]
fn gnu_tar_keeps_what_older_formats_hold() {
    check(&[
        Writer {
            line: "tar --format=ustar --sort=name -cf - .",
            status: 2,
            losses: &[
                formats::SOCKETS,
                programs::GNU_LINKED_SPECIALS,
                formats::ATTRIBUTES,
                formats::FRACTIONS,
                formats::LARGE_IDS,
                formats::TIMES,
                formats::LONG_NAMES_AND_BELOW,
                programs::GNU_CUT_TARGETS,
            ],
            ..PAX
        },
        Writer {
            line: "tar --format=v7 --sort=name -cf - .",
            status: 2,
            losses: &[
                formats::SOCKETS,
                formats::SPECIALS,
                formats::ATTRIBUTES,
                formats::FRACTIONS,
                formats::LARGE_IDS,
                formats::TIMES,
                formats::NAMES_PAST_100,
                programs::GNU_CUT_TARGETS,
            ],
            ..PAX
        },
    ]);
}
