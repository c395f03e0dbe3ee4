//! Rules on what a node needs to come up.

use super::FHS;
use crate::rules::Group::Preflight;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Warning};

/// The shell or the first program leads nowhere.
pub static ESSENTIAL_LINK: Rule = Rule {
    name: "essential-link",
    severity: Error,
    group: Preflight,
    summary: "bin/sh or sbin/init leads to no file of the tree",
    reason: "the kernel starts sbin/init, and scripts start bin/sh: a node without them does not \
             boot",
    remedy: "install the packages they belong to, or correct the symlink",
    source: FHS,
};

/// `/etc/fstab` names disks of one machine.
pub static FSTAB_BUILD_HOST: Rule = Rule {
    name: "fstab-build-host",
    severity: Warning,
    group: Preflight,
    summary: "etc/fstab names disks by identifiers of one machine",
    reason: "no node has the disk of the machine the image was made on; its boot waits for it in \
             vain",
    remedy: "remove these lines; the node-installer writes those of the nodes",
    source: "fstab(5): UUID, PARTUUID and /dev/disk/by-*; BCM Administrator Manual: disk layouts",
};
