//! Rules on what is installed.

use crate::rules::Group::Preflight;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Note, Warning};

/// Packages are installed only in part.
pub static PACKAGE_UNFINISHED: Rule = Rule {
    name: "package-unfinished",
    severity: Error,
    group: Preflight,
    summary: "the installation or removal of packages was not finished",
    reason: "the package manager stops at them, and an upgrade with it",
    remedy: "run `dpkg --configure -a` in the image, then `apt-get install --fix-broken`",
    source: "dpkg-query(1): half-installed, unpacked, half-configured, triggers-awaited, \
             triggers-pending, reinstreq",
};

/// Packages of BCM are of another release than the one that is meant.
pub static BCM_SERIES: Rule = Rule {
    name: "bcm-series",
    severity: Error,
    group: Preflight,
    summary: "packages of BCM are of another release than the one intended",
    reason: "daemons and tools of two releases do not work together; an upgrade left these behind",
    remedy: "upgrade these packages from the repository of the intended release, or remove them",
    source: "BCM 11 Upgrade Manual: packages left behind; versions of BCM's packages name the \
             release (cm11.0)",
};

/// DKMS has one module twice, under two names of one architecture.
pub static DKMS_DUPLICATE: Rule = Rule {
    name: "dkms-duplicate",
    severity: Error,
    group: Preflight,
    summary: "DKMS has a module for one architecture under two names",
    reason: "the post-installation script of the kernel fails on the second one, and the kernel \
             stays half-configured",
    remedy: "remove one with `dkms remove`, or its directory beneath var/lib/dkms",
    source: "BCM 11 Upgrade Manual: DKMS status; dkms(8)",
};

/// DGX OS is older than the intended BCM release supports.
pub static DGX_RELEASE_OLD: Rule = Rule {
    name: "dgx-release-old",
    severity: Error,
    group: Preflight,
    summary: "the DGX OS is not one that the intended BCM release supports",
    reason: "BCM 11 has no packages for DGX OS 6 and before",
    remedy: "upgrade DGX OS first, or make the image anew from DGX OS 7",
    source: "BCM 11 Upgrade Manual: supported releases of DGX OS",
};

/// DGX OS brings its NVIDIA driver along.
pub static DGX_DRIVER: Rule = Rule {
    name: "dgx-driver",
    severity: Note,
    group: Preflight,
    summary: "DGX OS has an NVIDIA driver of its own",
    reason: "it is not to be changed by an upgrade of BCM",
    remedy: "leave the driver to DGX OS",
    source: "BCM 11 Upgrade Manual: DGX images",
};

/// A file gives privileges and belongs to no package.
pub static PRIVILEGED_UNPACKAGED: Rule = Rule {
    name: "privileged-unpackaged",
    severity: Warning,
    group: Preflight,
    summary: "files that give privileges belong to no package",
    reason: "nobody updates a program that whoever runs it gets the rights of its owner by, or a \
             capability",
    remedy: "find out where the files come from; take the mode (chmod u-s,g-s) or the capability \
             (setcap -r) away",
    source: "chmod(2): S_ISUID, S_ISGID; capabilities(7); the file lists of dpkg and RPM",
};
