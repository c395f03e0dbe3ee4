//! Rules on where packages come from.

use super::UPGRADE;
use crate::rules::Group::Preflight;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Warning};

/// A package repository is for another BCM release.
pub static REPOSITORY_SERIES: Rule = Rule {
    name: "repository-series",
    severity: Warning,
    group: Preflight,
    summary: "package repositories name another BCM release than the one intended",
    reason: "the next update installs packages of the other release, or mixes both",
    remedy: "change the release in these files, or remove them; the user name in them stays",
    source: UPGRADE,
};

/// The repository of the machine learning packages was left behind.
pub static REPOSITORY_CM_ML: Rule = Rule {
    name: "repository-cm-ml",
    severity: Warning,
    group: Preflight,
    summary: "a cm-ml repository file was left behind",
    reason: "BCM 11 has no such repository; apt fails on it",
    remedy: "remove the file",
    source: UPGRADE,
};

/// Ubuntu is taken from the network and from a medium at once.
pub static REPOSITORY_MEDIA: Rule = Rule {
    name: "repository-media",
    severity: Warning,
    group: Preflight,
    summary: "ubuntu.sources is active beside packages from a DVD or a directory",
    reason: "packages come from both, in versions that do not fit each other",
    remedy: "disable ubuntu.sources (`Enabled: no`) or the medium",
    source: "BCM 11 Upgrade Manual: preparing the upgrade; sources.list(5)",
};

/// One repository is listed with different keys.
pub static REPOSITORY_SIGNED_BY: Rule = Rule {
    name: "repository-signed-by",
    severity: Error,
    group: Preflight,
    summary: "one repository is listed twice with different Signed-By",
    reason: "apt refuses to read any list of packages then",
    remedy: "keep one of the entries",
    source: "sources.list(5): Signed-By must be the same in all entries of a repository",
};

/// One repository is listed twice.
pub static REPOSITORY_DUPLICATE: Rule = Rule {
    name: "repository-duplicate",
    severity: Warning,
    group: Preflight,
    summary: "one repository is listed twice",
    reason: "package managers warn on each run, and a change to one entry has no effect",
    remedy: "keep one of the entries",
    source: "sources.list(5), dnf.conf(5)",
};
