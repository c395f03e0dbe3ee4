//! What bsdtar, that is libarchive 3.6, does to what its formats could hold.

use fixtures::acl::{self, Acl};
use fixtures::snapshot::EntryKind;
use fixtures::tree::Time;

use super::Loss;
use super::formats::is_device;
use super::take::{each, leave_out, unlink};
use crate::specimen::USTAR_TIME;

pub(crate) const LINKED_DEVICES: Loss = Loss {
    what: "that devices are linked",
    why: "libarchive 3.6 looks for the further names of all but directories and devices",
    take: |tree| unlink(tree, is_device),
};

pub(crate) const SELDOM_PAX: Loss = Loss {
    what: "fractions of seconds of entries with nothing else that ustar could not hold",
    why: "bsdtar writes no PAX header for them alone unless it is told to with --format=pax",
    take: |tree| {
        each(tree, |entry| {
            let is_plain = (0..=i64::from(i32::MAX)).contains(&entry.mtime.secs);
            if is_plain && entry.xattrs.is_empty() {
                entry.mtime.nanos = 0;
            }
        });
    },
};

pub(crate) const LATE_TIMES: Loss = Loss {
    what: "times after 2242",
    why: "libarchive 3.6 writes the last one that eleven octal digits hold",
    take: |tree| {
        each(tree, |entry| {
            entry.mtime.secs = entry.mtime.secs.min(USTAR_TIME);
        });
    },
};

pub(crate) const NEGATIVE_FRACTIONS: Loss = Loss {
    what: "fractions of seconds before 1970",
    why: "libarchive 3.6 writes the two halves of a timespec: -1 s and 0.5 s as -1.5",
    take: |tree| {
        each(tree, |entry| {
            let Time { secs, nanos } = entry.mtime;
            if secs < 0 && nanos > 0 {
                entry.mtime = Time {
                    secs: secs - 1,
                    nanos: 1_000_000_000 - nanos,
                };
            }
        });
    },
};

pub(crate) const ACL_IDS: Loss = Loss {
    what: "users past 2^31 in ACLs",
    why: "libarchive 3.6 has ints for them and writes 0 for negative ones",
    take: |tree| {
        each(tree, |entry| {
            if let Some(value) = entry.xattrs.get_mut(acl::ACCESS.as_bytes()) {
                let mut acl = Acl::parse(value).expect("the tree's ACLs are valid");
                for (id, _) in acl.users.iter_mut().chain(&mut acl.groups) {
                    *id = u32::try_from(id.cast_signed()).unwrap_or(0);
                }
                *value = acl.bytes();
            }
        });
    },
};

pub(crate) const MASKS: Loss = Loss {
    what: "the mode's bits for the group where there is an ACL",
    why: "the group's entry in place of the mask is what libarchive 3.6 makes of an ACL that \
          the format cannot hold",
    take: |tree| {
        each(tree, |entry| {
            if let Some(value) = entry.xattrs.get(acl::ACCESS.as_bytes()) {
                let acl = Acl::parse(value).expect("the tree's ACLs are valid");
                entry.mode = entry.mode & !0o070 | u32::from(acl.group) << 3;
            }
        });
    },
};

pub(crate) const MINORS: Loss = Loss {
    what: "devices with minor numbers past 2^18",
    why: "libarchive has six octal digits for them; it says so and leaves them out",
    take: |tree| {
        leave_out(tree, |_, entry| match entry.kind {
            EntryKind::CharDevice(_, minor) | EntryKind::BlockDevice(_, minor) => minor >= 1 << 18,
            _ => false,
        });
    },
};
