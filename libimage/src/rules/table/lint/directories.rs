//! Rules on the directories that every root filesystem has.

use super::{FHS, UPGRADE};
use crate::rules::Group::Preflight;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Note, Warning};

/// Something is mounted beneath the tree.
pub static MOUNT_LEFTOVER: Rule = Rule {
    name: "mount-leftover",
    severity: Error,
    group: Preflight,
    summary: "something is mounted inside the tree",
    reason: "whoever copies or deletes the tree goes into what is mounted: the devices and \
             processes of this very machine",
    remedy: "unmount it, or leave the chroot helper that mounted it, then run the command again",
    source: "BCM Administrator Manual: cm-chroot-sw-img mounts dev, proc, sys and run under an \
             image; mount(8)",
};

/// The tree holds what a kernel once showed in `/proc` or `/sys`.
pub static PROC_SYS_CAPTURED: Rule = Rule {
    name: "proc-sys-captured",
    severity: Error,
    group: Preflight,
    summary: "proc or sys hold what a running kernel showed in them",
    reason: "the tree is larger by files that lie: processes, addresses and devices of the \
             machine it was taken from",
    remedy: "remove what is in proc and sys of the tree, with nothing mounted there",
    source: "proc(5), sysfs(5)",
};

/// A directory that a node mounts something on is not there.
pub static DIRECTORY_MISSING: Rule = Rule {
    name: "directory-missing",
    severity: Error,
    group: Preflight,
    summary: "dev, proc, sys, run or tmp is missing or no directory",
    reason: "what is mounted there at boot has no place, so the node does not come up",
    remedy: "make the directory, empty, of mode 0755 (0555 for proc and sys, 1777 for tmp)",
    source: FHS,
};

/// `/etc/network/interfaces.d` is not there in an Ubuntu image.
pub static INTERFACES_D_MISSING: Rule = Rule {
    name: "interfaces-d-missing",
    severity: Warning,
    group: Preflight,
    summary: "an Ubuntu image has no etc/network/interfaces.d",
    reason: "the node-installer writes the interfaces of a node there",
    remedy: "make the directory, or install the package ifupdown",
    source: UPGRADE,
};

/// `/tmp` or `/var/tmp` cannot be used by everyone safely.
pub static TMP_MODE: Rule = Rule {
    name: "tmp-mode",
    severity: Error,
    group: Preflight,
    summary: "tmp or var/tmp has another mode than 1777",
    reason: "without the sticky bit users remove the files of others, without the other bits \
             their programs fail",
    remedy: "chmod 1777 the directory",
    source: FHS,
};

/// There are plain files where kernels show their own.
pub static PSEUDO_FILES: Rule = Rule {
    name: "pseudo-files",
    severity: Warning,
    group: Preflight,
    summary: "dev, proc or sys hold files of their own",
    reason: "the kernel mounts its own over them; in dev they are often output that was meant for \
             a device",
    remedy: "remove them; device nodes in dev may stay",
    source: FHS,
};

/// There are files in `/run`, which is empty on each boot.
pub static RUN_FILES: Rule = Rule {
    name: "run-files",
    severity: Note,
    group: Preflight,
    summary: "run holds files",
    reason: "they belong to processes that ran while the image was made; nodes mount a tmpfs over \
             them",
    remedy: "remove them",
    source: FHS,
};
