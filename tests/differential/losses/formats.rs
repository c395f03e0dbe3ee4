//! What the formats have no room for.

use fixtures::snapshot::{Entry, EntryKind, Snapshot};

use super::Loss;
use super::take::{each, leave_out, leave_out_whole};
use crate::specimen::{SIX_DIGITS, USTAR_ID, USTAR_TIME};

pub(crate) const SOCKETS: Loss = Loss {
    what: "sockets",
    why: "no format of tar has a type for them (POSIX, pax, \"typeflag\"); GNU tar, bsdtar and \
          busybox say that they leave them out and succeed, Python says nothing, Go refuses",
    take: |tree| leave_out(tree, |_, entry| entry.kind == EntryKind::Socket),
};

pub(crate) const TOP: Loss = Loss {
    what: "what the top directory is",
    why: "it is no member where the names in it were given",
    take: |tree| {
        let first = tree.entries.values().nth(1).expect("it has entries").mtime;
        let top = tree.entries.remove(&b""[..]).expect("there is a top");
        let top = super::take::undescribed(top, first);
        tree.entries.insert(Vec::new(), top);
    },
};

pub(crate) const FRACTIONS: Loss = Loss {
    what: "fractions of seconds",
    why: "headers hold whole seconds",
    take: |tree| each(tree, |entry| entry.mtime.nanos = 0),
};

pub(crate) const ATTRIBUTES: Loss = Loss {
    what: "extended attributes and ACLs",
    why: "only PAX records hold them",
    take: |tree| each(tree, |entry| entry.xattrs.clear()),
};

pub(crate) const ALL_BUT_ACLS: Loss = Loss {
    what: "extended attributes",
    why: "only ACLs were asked for",
    take: |tree| {
        each(tree, |entry| {
            entry
                .xattrs
                .retain(|name, _| name.starts_with(b"system.posix_acl_"));
        });
    },
};

pub(crate) const SPECIALS: Loss = Loss {
    what: "fifos and devices",
    why: "v7 knows files, directories and links only",
    take: |tree| leave_out(tree, |_, entry| is_special(&entry.kind)),
};

pub(crate) const LARGE_IDS: Loss = Loss {
    what: "entries of users past 2^21",
    why: "seven octal digits; the writer says so and leaves them out",
    take: |tree| {
        leave_out(tree, |_, entry| {
            entry.uid > USTAR_ID || entry.gid > USTAR_ID
        });
    },
};

pub(crate) const SIX_DIGIT_IDS: Loss = Loss {
    what: "entries of users past 2^18",
    why: "libarchive's ustar has six octal digits and a space; it leaves them out",
    take: |tree| {
        leave_out(tree, |_, entry| {
            entry.uid > SIX_DIGITS || entry.gid > SIX_DIGITS
        });
    },
};

pub(crate) const TIMES: Loss = Loss {
    what: "entries from before 1970 or after 2242",
    why: "eleven octal digits and no sign; the writer says so and leaves them out",
    take: |tree| {
        leave_out(tree, |_, entry| {
            !(0..=USTAR_TIME).contains(&entry.mtime.secs)
        });
    },
};

pub(crate) const LONG_NAMES: Loss = Loss {
    what: "names that do not fit into 155 and 100 bytes",
    why: "ustar's two fields; the writer says so and leaves them out",
    take: |tree| leave_out(tree, |path, entry| !fits_ustar(&member(path, entry))),
};

pub(crate) const LONG_NAMES_OF_FILES: Loss = Loss {
    what: "names that do not fit into 155 and 100 bytes, or directories' into 155",
    why: "ustar's two fields, the second of which Python's tarfile leaves empty if need be",
    take: |tree| leave_out(tree, |path, entry| !fits_first(&member(path, entry))),
};

pub(crate) const LONG_NAMES_AND_BELOW: Loss = Loss {
    what: "names that do not fit into 155 and 100 bytes, and what is below them",
    why: "ustar's two fields; GNU tar says so and leaves them out",
    take: |tree| leave_out_whole(tree, |path, entry| !fits_ustar(&member(path, entry))),
};

pub(crate) const NAMES_PAST_100: Loss = Loss {
    what: "names of more than 100 bytes, and what is below them",
    why: "v7's one field; GNU tar says so and leaves them out",
    take: |tree| leave_out_whole(tree, |path, entry| member(path, entry).len() > 100),
};

pub(crate) const LONG_TARGETS: Loss = Loss {
    what: "links to more than 100 bytes",
    why: "the header's one field; the writer says so and leaves them out",
    take: |tree| {
        leave_out(
            tree,
            |_, entry| matches!(&entry.kind, EntryKind::Symlink(target) if target.len() > 100),
        );
        leave_out_far_links(tree);
    },
};

/// Leaves out further names of what has a first name too long for a target.
fn leave_out_far_links(tree: &mut Snapshot) {
    leave_out(tree, |path, entry| {
        let leader = entry.leader.as_ref();
        leader.is_some_and(|leader| leader != path && leader.len() + b"./".len() > 100)
    });
}

/// What a tree's entry is called as a member.
pub(super) fn member(path: &[u8], entry: &Entry) -> Vec<u8> {
    let is_dir = entry.kind == EntryKind::Dir && !path.is_empty();
    let end: &[u8] = if is_dir { b"/" } else { b"" };
    [b"./", path, end].concat()
}

/// Whether a name fits into ustar's fields, cut in two at a slash if need be.
fn fits_ustar(name: &[u8]) -> bool {
    let is_cut = |(at, &byte): (usize, &u8)| {
        byte == b'/' && at <= 155 && (1..=100).contains(&(name.len() - at - 1))
    };
    name.len() <= 100 || name.iter().enumerate().any(is_cut)
}

/// Whether a name fits into ustar's fields, or a directory's into the first alone.
pub(super) fn fits_first(name: &[u8]) -> bool {
    fits_ustar(name) || name.ends_with(b"/") && name.len() - 1 <= 155
}

pub(super) fn is_device(kind: &EntryKind) -> bool {
    matches!(kind, EntryKind::CharDevice(..) | EntryKind::BlockDevice(..))
}

pub(super) fn is_special(kind: &EntryKind) -> bool {
    is_device(kind) || *kind == EntryKind::Fifo
}
