//! Rules on what was left behind while an image was made.

use crate::rules::Group::Preflight;
use crate::rules::Rule;
use crate::rules::Severity::{Note, Warning};

/// A file takes space on the disk for zeros.
pub static FILE_INFLATED: Rule = Rule {
    name: "file-inflated",
    severity: Warning,
    group: Preflight,
    summary: "files take space on the disk for nothing but zeros",
    reason: "a sparse file was unpacked or copied without its holes, and is sent so to every node",
    remedy: "remove it, or make the holes again with `fallocate --dig-holes`",
    source: "fallocate(1), lseek(2): SEEK_HOLE",
};

/// The tree holds a swap file.
pub static SWAP_FILE: Rule = Rule {
    name: "swap-file",
    severity: Warning,
    group: Preflight,
    summary: "a swap file is in the tree",
    reason: "it is sent to every node, and may hold what was in the memory of the machine it was \
             taken from",
    remedy: "swapoff and remove it; nodes get swap space by their disk layout",
    source: "mkswap(8): the signature SWAPSPACE2",
};

/// The tree holds dumps of processes.
pub static CORE_DUMP: Rule = Rule {
    name: "core-dump",
    severity: Warning,
    group: Preflight,
    summary: "dumps of crashed processes are in the tree",
    reason: "they are large, and hold what was in the memory of the process, at times passwords \
             and keys",
    remedy: "remove them",
    source: "core(5), elf(5): ET_CORE",
};

/// Services are kept from starting, as chroot helpers do it.
pub static POLICY_RC_D: Rule = Rule {
    name: "policy-rc-d",
    severity: Warning,
    group: Preflight,
    summary: "usr/sbin/policy-rc.d keeps services from starting when packages are installed",
    reason: "chroot helpers put it there and forget it; on a node, an update then leaves services \
             stopped",
    remedy: "remove the file, unless nodes are meant to have it",
    source: "invoke-rc.d(8), policy-rc.d of Debian Policy 9.3.3",
};

/// Files of a package that was not installed to its end.
pub static UNPACKING_INTERRUPTED: Rule = Rule {
    name: "unpacking-interrupted",
    severity: Warning,
    group: Preflight,
    summary: "files of interrupted package installations were left behind",
    reason: "the package they belong to is neither the old one nor the new one",
    remedy: "finish with `dpkg --configure -a` or reinstall the package, then remove the files",
    source: "dpkg(1): .dpkg-new and .dpkg-tmp; rpm: names that end in ; and eight digits",
};

/// dpkg installs files under other names, because the administrator said so.
pub static LOCAL_DIVERSION: Rule = Rule {
    name: "local-diversion",
    severity: Note,
    group: Preflight,
    summary: "local diversions send files of packages to other names",
    reason: "chroot helpers divert programs, such as those that start services, and may forget it",
    remedy: "look at `dpkg-divert --list`, and remove those that are not meant with `dpkg-divert \
             --remove`",
    source: "dpkg-divert(1)",
};

/// Package managers left another version of a configuration file.
pub static CONFIGURATION_LEFTOVER: Rule = Rule {
    name: "configuration-leftover",
    severity: Note,
    group: Preflight,
    summary: "etc holds versions of configuration files that package managers set aside",
    reason: "either the package's changes or those of the administrator were not taken over",
    remedy: "compare them with the files beside them, then remove them",
    source: "dpkg(1): .dpkg-old, .dpkg-dist; ucf(1); rpm(8): .rpmnew, .rpmsave, .rpmorig",
};
