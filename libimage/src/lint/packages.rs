//! What is installed: packages, BCM, DGX OS, modules that DKMS builds.

use std::collections::BTreeMap;

use super::{Gap, Series, Subject};
use crate::escape::Escaped;
use crate::inspect::{DkmsBuild, Package, Packages};
use crate::rules::{
    BCM_SERIES, DGX_DRIVER, DGX_RELEASE_OLD, DKMS_DUPLICATE, Finding, PACKAGE_UNFINISHED, counted,
};

/// How many packages a message names.
const EXAMPLES: usize = 3;

/// The first release of BCM that is only for newer ones of DGX OS, and the
/// first of those.
const FOR_NEW_DGX: Series = Series {
    major: 11,
    minor: 0,
};
const NEW_DGX: u32 = 7;

/// Names of one architecture each: dpkg's and the kernel's.
const SAME_ARCH: [[&[u8]; 2]; 2] = [[b"amd64", b"x86_64"], [b"arm64", b"aarch64"]];

/// The database of the tree; a gap where it was not read in full.
fn database<'a>(subject: &'a Subject<'_>) -> Result<&'a Packages, Gap> {
    let Some(packages) = &subject.facts.packages else {
        return Err(Gap::Inapplicable(
            "the tree has no package database".to_owned(),
        ));
    };
    match packages.unread.first() {
        None => Ok(packages),
        Some(unread) => Err(Gap::Open(format!(
            "the package database was not read in full: `{}`: {}",
            unread.path, unread.reason
        ))),
    }
}

/// Answers with a gap if nothing was found in a database that hides some.
fn unless_hidden(findings: Vec<Finding>, subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    if findings.is_empty() {
        database(subject)?;
    }
    Ok(findings)
}

/// Packages whose installation or removal was not finished.
pub(super) fn unfinished(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let Some(packages) = &subject.facts.packages else {
        database(subject)?;
        return Ok(Vec::new());
    };
    let unfinished: Vec<_> = packages.unfinished().collect();
    if unfinished.is_empty() {
        return unless_hidden(Vec::new(), subject);
    }
    let state = |package: &&Package| {
        let broken = if package.state.reinstall {
            ", to be installed again"
        } else {
            ""
        };
        let name = Escaped(package.name.as_bytes());
        format!("{name} ({}{broken})", package.state.stage.word())
    };
    let message = format!(
        "{} not finished: {}",
        counted(unfinished.len() as u64, "package"),
        listed(unfinished.iter().map(state), unfinished.len()),
    );
    Ok(vec![Finding::new(
        &PACKAGE_UNFINISHED,
        Some(&packages.path),
        message,
    )])
}

/// The first few of some words, and how many there are besides.
fn listed(words: impl Iterator<Item = String>, count: usize) -> String {
    let shown: Vec<_> = words.take(EXAMPLES).collect();
    let shown = shown.join(", ");
    match count.saturating_sub(EXAMPLES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Packages of BCM that are of another release than is meant, or than most.
pub(super) fn bcm_series(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let Some(bcm) = &subject.facts.release.bcm else {
        database(subject)?;
        return Err(Gap::Inapplicable(
            "no package of BCM is installed".to_owned(),
        ));
    };
    let path = subject
        .facts
        .packages
        .as_ref()
        .map(|packages| &packages.path);
    let others = bcm.others.iter().map(|package| {
        let (name, version) = (package.name.as_bytes(), package.version.as_bytes());
        format!("{} {}", Escaped(name), Escaped(version))
    });
    let Some(intended) = subject.series else {
        if bcm.others.is_empty() {
            return Err(Gap::Open(format!(
                "the packages are of BCM {}; which release is meant is not known: give --bcm",
                bcm.series
            )));
        }
        let count = bcm.others.len();
        let message = format!(
            "most packages of BCM are of {}, and {} not: {}",
            bcm.series,
            counted(count as u64, "package"),
            listed(others, count)
        );
        return Ok(vec![Finding::new(&BCM_SERIES, path, message)]);
    };
    let intended = intended.to_string();
    let mut findings = Vec::new();
    if bcm.series != intended {
        let message = format!(
            "{} of BCM {} installed, not {intended}",
            counted(bcm.count, "package"),
            bcm.series
        );
        findings.push(Finding::new(&BCM_SERIES, path, message));
    }
    let left = bcm.others.iter().filter(|one| one.series != intended);
    let count = left.clone().count();
    if count > 0 {
        let left = left.map(|package| {
            let (name, version) = (package.name.as_bytes(), package.version.as_bytes());
            format!("{} {}", Escaped(name), Escaped(version))
        });
        let message = format!(
            "{} of BCM not of {intended}: {}",
            counted(count as u64, "package"),
            listed(left, count)
        );
        findings.push(Finding::new(&BCM_SERIES, path, message));
    }
    unless_hidden(findings, subject)
}

/// One module for one kernel, built under two names of an architecture.
pub(super) fn dkms_duplicate(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let builds = &subject.facts.release.dkms;
    if builds.is_empty() {
        return Err(Gap::Inapplicable("DKMS has built nothing".to_owned()));
    }
    let mut by_kernel: BTreeMap<_, Vec<&DkmsBuild>> = BTreeMap::new();
    for build in builds {
        if let Some(arch) = SAME_ARCH.iter().find(|names| names.contains(&&*build.arch)) {
            let module = (&build.module, &build.version, &build.kernel, arch);
            by_kernel.entry(module).or_default().push(build);
        }
    }
    let shown = |build: &&DkmsBuild| {
        let how = if build.installed {
            "installed"
        } else {
            "built"
        };
        format!("{how} for {}", Escaped(&build.arch))
    };
    Ok(by_kernel
        .into_values()
        .filter(|builds| builds.len() > 1)
        .map(|builds| {
            let first = builds[0];
            let ways: Vec<_> = builds.iter().map(shown).collect();
            let message = format!(
                "{} {} for the kernel {} is there twice: {}",
                Escaped(&first.module),
                Escaped(&first.version),
                Escaped(&first.kernel),
                ways.join(", ")
            );
            Finding::new(&DKMS_DUPLICATE, Some(&first.path), message)
        })
        .collect())
}

/// DGX OS, against the BCM that is meant.
pub(super) fn dgx_release_old(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let Some(dgx) = &subject.facts.release.dgx else {
        return Err(no_dgx());
    };
    let Some(intended) = subject.series else {
        return Err(Gap::Open(
            "which DGX OS is supported depends on the release: give --bcm".to_owned(),
        ));
    };
    if intended < FOR_NEW_DGX {
        return Ok(Vec::new());
    }
    let version = dgx.version();
    let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    let (Some(version), Some(major)) = (version, major) else {
        return Err(Gap::Open(format!("`{}` names no release", dgx.path)));
    };
    if major >= NEW_DGX {
        return Ok(Vec::new());
    }
    let message = format!(
        "`{}` says DGX OS {}, BCM {intended} is for {NEW_DGX} and later",
        dgx.path,
        Escaped(version.as_bytes())
    );
    Ok(vec![Finding::new(
        &DGX_RELEASE_OLD,
        Some(&dgx.path),
        message,
    )])
}

/// The driver that comes with DGX OS.
pub(super) fn dgx_driver(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let release = &subject.facts.release;
    let Some(dgx) = &release.dgx else {
        return Err(no_dgx());
    };
    let Some(driver) = &release.driver else {
        return Ok(Vec::new());
    };
    let version = driver.version.as_deref().unwrap_or("of unknown version");
    let message = format!(
        "the NVIDIA driver {} belongs to DGX OS (`{}`)",
        Escaped(version.as_bytes()),
        Escaped(&driver.shown_by)
    );
    Ok(vec![Finding::new(&DGX_DRIVER, Some(&dgx.path), message)])
}

fn no_dgx() -> Gap {
    Gap::Inapplicable("the tree is no DGX OS".to_owned())
}
