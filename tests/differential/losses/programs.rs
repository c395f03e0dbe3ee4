//! What other programs do to what their formats could hold.

use fixtures::snapshot::{Entry, EntryKind};
use fixtures::tree::Time;

use super::Loss;
use super::formats::{fits_first, is_special, member};
use super::take::{each, leave_out, unlink};

pub(crate) const GNU_LINKED_SPECIALS: Loss = Loss {
    what: "that fifos and devices are linked",
    why: "GNU tar 1.34 looks for the further names of files and symlinks only",
    take: |tree| unlink(tree, is_special),
};

pub(crate) const GNU_CUT_TARGETS: Loss = Loss {
    what: "the end of targets of more than 100 bytes",
    why: "the header's one field; GNU tar 1.34 says \"not dumped\" and writes its beginning",
    take: |tree| {
        each(tree, |entry| {
            if let EntryKind::Symlink(target) = &mut entry.kind {
                target.truncate(100);
            }
        });
    },
};

pub(crate) const TARFILE_LINKED_BUT_FILES: Loss = Loss {
    what: "that symlinks, fifos and devices are linked",
    why: "Python's tarfile looks for the further names of files only",
    take: |tree| unlink(tree, |kind| !matches!(kind, EntryKind::File { .. })),
};

pub(crate) const CPIO_LINKED_SYMLINKS: Loss = Loss {
    what: "that symlinks are linked",
    why: "GNU cpio 2.13 looks for the further names of all but these in ustar",
    take: |tree| unlink(tree, |kind| matches!(kind, EntryKind::Symlink(_))),
};

pub(crate) const NO_TIME_BEFORE_1970: Loss = Loss {
    what: "times before 1970",
    why: "busybox 1.35 and libarchive 3.6 write 0 where a header needs base-256 for them",
    take: |tree| each(tree, |entry| entry.mtime.secs = entry.mtime.secs.max(0)),
};

pub(crate) const CPIO_SOCKETS: Loss = Loss {
    what: "that sockets are sockets",
    why: "GNU cpio 2.13 writes an empty file for each",
    take: |tree| {
        each(tree, |entry| {
            if entry.kind == EntryKind::Socket {
                let hash = Some(blake3::hash(b""));
                entry.kind = EntryKind::File { size: 0, hash };
            }
        });
    },
};

pub(crate) const CPIO_LONG_NAMES: Loss = Loss {
    what: "names that do not fit into 155 and 100 bytes, or directories' into 155",
    why: "ustar's two fields; GNU cpio takes off ./ and leaves the second empty if need be",
    take: |tree| {
        leave_out(tree, |path, entry| {
            let name = member(path, entry);
            !fits_first(name.strip_prefix(b"./").expect("all names begin so"))
        });
    },
};

pub(crate) const CPIO_LONG_TARGETS: Loss = Loss {
    what: "symlinks to more than 99 bytes",
    why: "the header's one field, with a NUL; GNU cpio says so and leaves them out",
    take: |tree| {
        leave_out(
            tree,
            |_, entry| matches!(&entry.kind, EntryKind::Symlink(target) if target.len() > 99),
        );
    },
};

pub(crate) const BUSYBOX_IDS: Loss = Loss {
    what: "users past 2^24",
    why: "busybox 1.35 writes the last eight octal digits of the number",
    take: |tree| {
        each(tree, |entry| {
            entry.uid &= 0o7777_7777;
            entry.gid &= 0o7777_7777;
        });
    },
};

pub(crate) const TARFILE_FRACTIONS: Loss = Loss {
    what: "fractions of seconds, towards 1970",
    why: "headers hold whole seconds, and Python's int() cuts those of a floating-point number",
    take: |tree| {
        each(tree, |entry| {
            let Time { secs, nanos } = as_a_float(entry.mtime);
            let secs = secs + i64::from(secs < 0 && nanos > 0);
            entry.mtime = Time { secs, nanos: 0 };
        });
    },
};

pub(crate) const TARFILE_FLOATS: Loss = Loss {
    what: "the last digits of times",
    why: "Python's tarfile keeps times as floating-point numbers of 53 bits",
    take: |tree| each(tree, |entry| entry.mtime = as_a_float(entry.mtime)),
};

pub(crate) const TARFILE_KEYWORDS: Loss = Loss {
    what: "entries with attributes whose names are no UTF-8",
    why: "Python's tarfile refuses such keywords",
    take: |tree| {
        leave_out(tree, |_, Entry { xattrs, .. }| {
            xattrs.keys().any(|name| std::str::from_utf8(name).is_err())
        });
    },
};

pub(crate) const GO_KEYWORDS: Loss = Loss {
    what: "entries with attributes whose names have a `=`",
    why: "Go's archive/tar refuses such keywords, and has no code for them",
    take: |tree| {
        leave_out(tree, |_, Entry { xattrs, .. }| {
            xattrs.keys().any(|name| name.contains(&b'='))
        });
    },
};

/// The nearest floating-point number, as Python prints it, to nine digits.
fn as_a_float(Time { secs, nanos }: Time) -> Time {
    #[expect(clippy::cast_precision_loss, reason = "that is what happens")]
    let time = secs as f64 + 1e-9 * f64::from(nanos);
    let shortest = time.abs().to_string();
    let (whole, fraction) = shortest.split_once('.').unwrap_or((&shortest, ""));
    let digits = format!("{fraction:0<9}");
    let nanos: u32 = digits[..9].parse().expect("nine digits");
    let secs: i64 = whole.parse().expect("some digits");
    match (time < 0.0, nanos) {
        (false, _) => Time { secs, nanos },
        (true, 0) => Time { secs: -secs, nanos },
        (true, _) => Time {
            secs: -secs - 1,
            nanos: 1_000_000_000 - nanos,
        },
    }
}
