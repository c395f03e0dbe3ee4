//! Whether the package database and the release files fit the tree.

use super::finding::counted;
use super::{
    DGX_RELEASE_DISTRO, Finding, PACKAGE_DB_ARCH, PACKAGE_DB_DISTRO, PACKAGE_DB_NOT_UNPACKED,
    PACKAGE_DB_RELEASE, PACKAGE_DB_UNREADABLE,
};
use crate::escape::Escaped;
use crate::inspect::{Agreement, Facts, Package, Packages, UnreadReason};

/// How many packages or files a message names.
const EXAMPLES: usize = 3;

/// Distributions that a package database shows for what they are. A derivative
/// (its own `os-release` over another's packages) contradicts nothing.
const TOLD: [&str; 16] = [
    "almalinux",
    "centos",
    "debian",
    "eurolinux",
    "fedora",
    "ol",
    "opensuse-leap",
    "opensuse-tumbleweed",
    "rhel",
    "rocky",
    "scientific",
    "sle_hpc",
    "sled",
    "sles",
    "sles_sap",
    "ubuntu",
];

pub(super) fn findings(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(packages) = &facts.packages {
        findings.extend(arch(packages, facts));
        findings.extend(distro(packages, facts));
        findings.extend(unread(packages));
    }
    findings.extend(dgx(facts));
    findings
}

fn arch(packages: &Packages, facts: &Facts) -> Option<Finding> {
    let (found, expected) = (packages.architecture()?, facts.arch?);
    if found == expected {
        return None;
    }
    let count = packages.of_architecture(found).count();
    let examples: Vec<_> = packages
        .of_architecture(found)
        .take(EXAMPLES)
        .map(shown)
        .collect();
    let message = format!(
        "the database of {} in `{}` is for {found}, the tree's programs are for {expected}: \
         {count} of {} {} for {found}, such as {}",
        packages.format.manager(),
        packages.path,
        counted(packages.installed().count() as u64, "package"),
        if count == 1 { "is" } else { "are" },
        examples.join(", "),
    );
    Some(Finding::new(
        &PACKAGE_DB_ARCH,
        Some(&packages.path),
        message,
    ))
}

fn distro(packages: &Packages, facts: &Facts) -> Option<Finding> {
    let (distro, release) = facts.distro.as_ref().zip(facts.os_release.as_ref())?;
    if !TOLD.contains(&distro.id()) {
        return None;
    }
    let found = packages.distro()?;
    let rule = match distro.agreement(&found.distro) {
        Agreement::Same => return None,
        Agreement::OtherMinor => &PACKAGE_DB_RELEASE,
        Agreement::OtherMajor | Agreement::OtherDistribution => &PACKAGE_DB_DISTRO,
    };
    let message = format!(
        "`{}` says {distro}, the database of {} in `{}` shows {}, by {}",
        release.path,
        packages.format.manager(),
        packages.path,
        found.distro,
        shown(found.by),
    );
    Some(Finding::new(rule, Some(&packages.path), message))
}

fn unread(packages: &Packages) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (archived, damaged): (Vec<_>, Vec<_>) = packages
        .unread
        .iter()
        .partition(|unread| unread.reason == UnreadReason::NotUnpacked);
    for (rule, unread) in [
        (&PACKAGE_DB_UNREADABLE, damaged),
        (&PACKAGE_DB_NOT_UNPACKED, archived),
    ] {
        let Some(first) = unread.first() else {
            continue;
        };
        let more = unread.len() - 1;
        let message = format!(
            "the database of {} was not read in full: `{}`: {}{}",
            packages.format.manager(),
            first.path,
            first.reason,
            if more == 0 {
                String::new()
            } else {
                format!("; and {more} more")
            },
        );
        findings.push(Finding::new(rule, Some(&first.path), message));
    }
    findings
}

fn dgx(facts: &Facts) -> Option<Finding> {
    let dgx = facts.release.dgx.as_ref()?;
    let (distro, release) = facts.distro.as_ref().zip(facts.os_release.as_ref())?;
    // NVIDIA's software for other distributions has versions of its own.
    if distro.id() != "ubuntu" {
        return None;
    }
    let (version, ubuntu) = (dgx.version()?, dgx.ubuntu()?);
    if release.get("VERSION_ID")? == ubuntu {
        return None;
    }
    let message = format!(
        "`{}` says DGX OS {}, which is made of Ubuntu {ubuntu}; `{}` says {distro}",
        dgx.path,
        Escaped(version.as_bytes()),
        release.path,
    );
    Some(Finding::new(&DGX_RELEASE_DISTRO, Some(&dgx.path), message))
}

fn shown(package: &Package) -> String {
    format!(
        "{} {}",
        Escaped(package.name.as_bytes()),
        Escaped(package.version.as_bytes())
    )
}

#[cfg(test)]
mod tests;
