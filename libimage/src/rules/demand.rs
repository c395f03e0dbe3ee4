//! [`Demand`]: what a tree must be, as the user says.

use super::finding::{counted, named};
use super::{
    ARCH_MISMATCH, ARCH_UNKNOWN, DISTRO_MISMATCH, DISTRO_NOT_PROVABLE, DISTRO_TOO_OLD,
    DISTRO_UNKNOWN, Finding, KIND_MISMATCH, KIND_NOT_PROVABLE,
};
use crate::escape::Escaped;
use crate::inspect::{Architecture, Facts, ImageKind, glibc_of};

/// What must hold of a tree; what is not given is not demanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// The architecture of its programs.
    pub arch: Option<Architecture>,
    /// The tag of its distribution, as [`Distro::satisfies`] takes it.
    ///
    /// [`Distro::satisfies`]: crate::inspect::Distro::satisfies
    pub distro: Option<String>,
    /// Which component of a cluster it is.
    pub kind: Option<ImageKind>,
}

impl Demand {
    /// What breaks the demand, or leaves it unproven.
    pub(crate) fn findings(&self, facts: &Facts) -> Vec<Finding> {
        let kind = self.kind.and_then(|kind| check_kind(kind, facts));
        let arch = self.arch.and_then(|arch| check_arch(arch, facts));
        let distro = self
            .distro
            .as_deref()
            .and_then(|distro| self.check_distro(distro, facts));
        [kind, arch, distro].into_iter().flatten().collect()
    }

    /// The kind that the tree has, or has been given.
    pub(crate) fn kind_of(&self, facts: &Facts) -> Option<ImageKind> {
        facts.kind.kind.or(self.kind)
    }

    fn check_distro(&self, demanded: &str, facts: &Facts) -> Option<Finding> {
        let shown = Escaped(demanded.as_bytes());
        let Some((distro, release)) = facts.distro.as_ref().zip(facts.os_release.as_ref()) else {
            if self.kind_of(facts) == Some(ImageKind::CmShared) {
                return Some(check_glibc(demanded, facts));
            }
            let message = format!(
                "{shown} is demanded, but there is neither etc/os-release nor usr/lib/os-release"
            );
            return Some(Finding::new(&DISTRO_UNKNOWN, None, message));
        };
        if distro.satisfies(demanded) {
            return None;
        }
        let name = release.pretty_name().unwrap_or(release.id());
        let message = format!(
            "the tree is {distro} (`{}` says {}), not {shown}",
            release.path,
            Escaped(name.as_bytes()),
        );
        Some(Finding::new(&DISTRO_MISMATCH, Some(&release.path), message))
    }
}

/// A shared tree names no distribution, but its programs need a glibc that is
/// there.
fn check_glibc(demanded: &str, facts: &Facts) -> Finding {
    let shown = Escaped(demanded.as_bytes());
    let needed = facts
        .links
        .as_ref()
        .zip(facts.arch)
        .and_then(|(links, arch)| {
            let mut all = links.newest(arch);
            all.find(|newest| newest.is_glibc())
        });
    let (rule, path, detail) = match (needed, glibc_of(demanded)) {
        (Some(needed), Some(version @ [major, minor])) => {
            let (path, needs) = (&needed.path, Escaped(needed.version.as_bytes()));
            if needed.is_newer_than(&version) {
                let message = format!(
                    "the programs need {needs}, such as `{path}`, and {shown} has glibc \
                     {major}.{minor}: they were built for a newer distribution"
                );
                return Finding::new(&DISTRO_TOO_OLD, Some(path), message);
            }
            let detail =
                format!("; its programs need {needs}, which glibc {major}.{minor} of {shown} has");
            (&DISTRO_NOT_PROVABLE, None, detail)
        }
        _ => (&DISTRO_NOT_PROVABLE, None, String::new()),
    };
    let message =
        format!("a shared tree has no os-release; that it is for {shown} was not checked{detail}");
    Finding::new(rule, path, message)
}

fn check_kind(demanded: ImageKind, facts: &Facts) -> Option<Finding> {
    let because = &facts.kind.because;
    match facts.kind.kind {
        Some(kind) if kind == demanded => None,
        Some(kind) => Some(Finding::new(
            &KIND_MISMATCH,
            None,
            format!("the tree is a {kind}, not a {demanded}: it holds {because}"),
        )),
        None if demanded == ImageKind::CmShared && facts.os_release.is_none() => {
            Some(Finding::new(
                &KIND_NOT_PROVABLE,
                None,
                format!("taken as a {demanded}, as given: the tree holds {because}"),
            ))
        }
        None => Some(Finding::new(
            &KIND_MISMATCH,
            None,
            format!("the tree is no {demanded}: it holds {because}"),
        )),
    }
}

fn check_arch(demanded: Architecture, facts: &Facts) -> Option<Finding> {
    let Some(arch) = facts.arch else {
        let message = format!("{demanded} is demanded, but no ELF file shows an architecture");
        return Some(Finding::new(&ARCH_UNKNOWN, None, message));
    };
    if arch == demanded {
        return None;
    }
    // Places are sorted, programs of the system first: the best examples.
    let shown = facts
        .census
        .counts()
        .find(|count| count.architecture == arch)
        .expect("the majority was counted")
        .files;
    let message = format!(
        "the tree is {arch}, not {demanded}: {} of {} are {arch}, such as {}",
        facts.census.of(arch).count(),
        counted(facts.census.total(), "ELF file"),
        named(shown),
    );
    Some(Finding::new(&ARCH_MISMATCH, shown.paths().next(), message))
}
