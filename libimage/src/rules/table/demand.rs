//! Rules on what a tree must be, as the user says.

use super::{BCM, ELF};
use crate::rules::Group::Demand;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Note};

pub(super) static DEMAND: &[&Rule] = &[
    &ARCH_MISMATCH,
    &ARCH_UNKNOWN,
    &DISTRO_MISMATCH,
    &DISTRO_UNKNOWN,
    &DISTRO_NOT_PROVABLE,
    &DISTRO_TOO_OLD,
    &KIND_MISMATCH,
    &KIND_NOT_PROVABLE,
];

/// The tree is for another architecture than the one demanded.
pub static ARCH_MISMATCH: Rule = Rule {
    name: "arch-mismatch",
    severity: Error,
    group: Demand,
    summary: "most ELF files are for another architecture than the one demanded",
    reason: "nodes cannot run the programs in this tree",
    remedy: "take the tree or archive built for the demanded architecture, or correct --arch",
    source: ELF,
};

/// An architecture is demanded and no file shows any.
pub static ARCH_UNKNOWN: Rule = Rule {
    name: "arch-unknown",
    severity: Error,
    group: Demand,
    summary: "an architecture is demanded and there is no ELF file to prove it by",
    reason: "what cannot be proven is not reported as proven",
    remedy: "leave out --arch for a tree without programs",
    source: ELF,
};

/// The tree holds another distribution than the one demanded.
pub static DISTRO_MISMATCH: Rule = Rule {
    name: "distro-mismatch",
    severity: Error,
    group: Demand,
    summary: "os-release names another distribution than the one demanded",
    reason: "image, node-installer and shared tree must be of the same distribution",
    remedy: "take the tree or archive of the demanded distribution, or correct --distro",
    source: "os-release(5): ID, VERSION_ID",
};

/// A distribution is demanded of a root filesystem that names none.
pub static DISTRO_UNKNOWN: Rule = Rule {
    name: "distro-unknown",
    severity: Error,
    group: Demand,
    summary: "a distribution is demanded and the tree has no os-release",
    reason: "what cannot be proven is not reported as proven",
    remedy: "leave out --distro for a tree without os-release",
    source: "os-release(5): /etc/os-release, /usr/lib/os-release",
};

/// A distribution is demanded of a shared tree, which names none by nature.
pub static DISTRO_NOT_PROVABLE: Rule = Rule {
    name: "distro-not-provable",
    severity: Note,
    group: Demand,
    summary: "a shared tree has no os-release, so its distribution was not checked",
    reason: "the demand was neither met nor broken",
    remedy: "compare the name or origin of the shared tree yourself",
    source: BCM,
};

/// The tree is another component than the one demanded.
pub static KIND_MISMATCH: Rule = Rule {
    name: "kind-mismatch",
    severity: Error,
    group: Demand,
    summary: "the content is that of another component than the one demanded",
    reason: "nodes boot software images, are installed by node-installers and mount shared trees; \
             none can stand in for another",
    remedy: "take the tree or archive of the demanded component, or correct --kind",
    source: BCM,
};

/// The tree was said to be a shared tree, and nothing shows or denies it.
pub static KIND_NOT_PROVABLE: Rule = Rule {
    name: "kind-not-provable",
    severity: Note,
    group: Demand,
    summary: "the content does not tell the kind, so it was taken as given",
    reason: "the demand was neither met nor broken",
    remedy: "check that the tree holds what /cm/shared is to hold",
    source: BCM,
};

/// A shared tree was built for a newer distribution than the one demanded.
pub static DISTRO_TOO_OLD: Rule = Rule {
    name: "distro-too-old",
    severity: Error,
    group: Demand,
    summary: "the programs of a shared tree need a newer glibc than the demanded distribution has",
    reason: "they end with `version GLIBC_… not found` on its nodes",
    remedy: "take the shared tree of the demanded distribution, or correct --distro",
    source: "Linux Standard Base 5.0, 10.7: symbol versions; the glibc of each distribution",
};
