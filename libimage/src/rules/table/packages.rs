//! Rules on whether a tree's package database and release files fit the tree.

use crate::rules::Group::Architecture;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Note, Warning};

pub(super) static PACKAGES: &[&Rule] = &[
    &PACKAGE_DB_ARCH,
    &PACKAGE_DB_DISTRO,
    &PACKAGE_DB_RELEASE,
    &PACKAGE_DB_UNREADABLE,
    &PACKAGE_DB_NOT_UNPACKED,
    &DGX_RELEASE_DISTRO,
];

const DATABASES: &str = "dpkg(1), FILES: /var/lib/dpkg/status; RPM: docs/manual/format_header.md \
                         and lib/backend for sqlite, ndb and Berkeley DB";
const RELEASES: &str = "os-release(5): ID, VERSION_ID; the version of base-files, or of the \
                        package that os-release is in";

/// The package database is one of another architecture.
pub static PACKAGE_DB_ARCH: Rule = Rule {
    name: "package-db-arch",
    severity: Error,
    group: Architecture,
    summary: "most packages in the package database are for another architecture than the tree's \
              programs",
    reason: "the package manager installs and upgrades for the wrong architecture; the tree was \
             put together from two",
    remedy: "build the tree again for one architecture",
    source: DATABASES,
};

/// The package database is one of another distribution.
pub static PACKAGE_DB_DISTRO: Rule = Rule {
    name: "package-db-distro",
    severity: Error,
    group: Architecture,
    summary: "os-release names another distribution, or another major release, than the package \
              database shows",
    reason: "what the tree is taken for is not what is installed in it",
    remedy: "restore os-release from its package, or build the tree again",
    source: RELEASES,
};

/// The package database is one of another minor release.
pub static PACKAGE_DB_RELEASE: Rule = Rule {
    name: "package-db-release",
    severity: Warning,
    group: Architecture,
    summary: "os-release names another minor release than the package database shows",
    reason: "an upgrade was not completed, or os-release was edited",
    remedy: "complete the upgrade, or restore os-release from its package",
    source: RELEASES,
};

/// The package database could not be read, so it was not judged.
pub static PACKAGE_DB_UNREADABLE: Rule = Rule {
    name: "package-db-unreadable",
    severity: Warning,
    group: Architecture,
    summary: "the package database could not be read in full, so it was not checked",
    reason: "what was not read may be for any architecture and of any distribution",
    remedy: "see whether the package manager reads it: `dpkg --root TREE --audit`, \
             `rpm --root TREE -qa`",
    source: DATABASES,
};

/// The package database of an archive was not read.
pub static PACKAGE_DB_NOT_UNPACKED: Rule = Rule {
    name: "package-db-not-unpacked",
    severity: Note,
    group: Architecture,
    summary: "the package database is read only once the archive is unpacked",
    reason: "what it says was neither proven nor disproven",
    remedy: "import the archive, which reads it before anything is published",
    source: DATABASES,
};

/// DGX OS is not of the Ubuntu that it is made of.
pub static DGX_RELEASE_DISTRO: Rule = Rule {
    name: "dgx-release-distro",
    severity: Warning,
    group: Architecture,
    summary: "dgx-release names a DGX OS that is made of another Ubuntu than os-release names",
    reason: "an upgrade of DGX OS was not completed, or one of the files comes from another image",
    remedy: "complete the upgrade as the DGX OS User Guide has it, or correct the file",
    source: "NVIDIA DGX OS User Guides: DGX OS 4 is Ubuntu 18.04, 5 is 20.04, 6 is 22.04, \
             7 is 24.04",
};
