//! What the packages in a database show about the tree: its architecture and
//! its distribution.

use std::collections::BTreeMap;

use super::{DatabaseFormat, Package, Packages};
use crate::inspect::{Architecture, Distro};

/// A distribution, and the package that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown<'a> {
    /// The distribution.
    pub distro: Distro,
    /// The package that only this distribution has, in this version.
    pub by: &'a Package,
}

/// Architectures by the names that only package managers give them: dpkg's
/// `cputable` and `tupletable`, RPM's `rpmrc`.
const ARCHITECTURES: &[(&str, Architecture)] = &[
    ("armel", Architecture::ARM),
    ("armhf", Architecture::ARM),
    ("armv5tel", Architecture::ARM),
    ("armv6hl", Architecture::ARM),
    ("armv7hl", Architecture::ARM),
    ("armv7hnl", Architecture::ARM),
    ("amd64v3", Architecture::X86_64),
    ("ia32e", Architecture::X86_64),
    ("x86_64_v2", Architecture::X86_64),
    ("x86_64_v3", Architecture::X86_64),
    ("x86_64_v4", Architecture::X86_64),
];

/// Words for packages that fit every architecture.
const ANY: [&str; 2] = ["all", "noarch"];

/// The revision of `base-files` in the releases of Ubuntu that are supported
/// for long, from <https://launchpad.net/ubuntu/+source/base-files>. Updates
/// append to it: `13ubuntu10.1`.
const UBUNTU: [(&str, &str); 6] = [
    ("7.2ubuntu5", "14.04"),
    ("9.4ubuntu4", "16.04"),
    ("10.1ubuntu2", "18.04"),
    ("11ubuntu5", "20.04"),
    ("12ubuntu4", "22.04"),
    ("13ubuntu10", "24.04"),
];

/// Packages of RPM-based distributions that have `os-release` in them, and
/// whose version is the distribution's; the ID is that of `os-release`. Of a
/// rebuild that keeps Red Hat's package besides, its own comes first.
const RELEASES: [(&str, &str); 18] = [
    ("rocky-release", "rocky"),
    ("almalinux-release", "almalinux"),
    ("oraclelinux-release", "ol"),
    ("centos-stream-release", "centos"),
    ("centos-linux-release", "centos"),
    ("centos-release", "centos"),
    ("eurolinux-release", "eurolinux"),
    ("sl-release", "scientific"),
    ("redhat-release", "rhel"),
    ("redhat-release-server", "rhel"),
    ("redhat-release-computenode", "rhel"),
    ("SLES_SAP-release", "sles_sap"),
    ("SLE_HPC-release", "sle_hpc"),
    ("sles-release", "sles"),
    ("SLES-release", "sles"),
    ("sled-release", "sled"),
    ("Leap-release", "opensuse-leap"),
    ("fedora-release-common", "fedora"),
];

impl Packages {
    /// How many installed packages there are for each architecture, by the
    /// package manager's own names; those that fit all don't count.
    pub fn architecture_counts(&self) -> BTreeMap<&str, u64> {
        let mut counts = BTreeMap::new();
        for package in self.installed() {
            if let Some(arch) = package.arch.as_deref().filter(|arch| !ANY.contains(arch)) {
                *counts.entry(arch).or_default() += 1;
            }
        }
        counts
    }

    /// The architecture that most installed packages are for; nothing where
    /// there are none, or its name is not known here. Names that mean the same
    /// (`i586`, `i686`) count together.
    pub fn architecture(&self) -> Option<Architecture> {
        let mut votes: BTreeMap<Architecture, u64> = BTreeMap::new();
        for (name, count) in self.architecture_counts() {
            if let Some(architecture) = named(name) {
                *votes.entry(architecture).or_default() += count;
            }
        }
        // Of equal counts the one with 64 bits, as for ELF files.
        votes
            .into_iter()
            .rev()
            .max_by_key(|(architecture, votes)| (*votes, architecture.class))
            .map(|(architecture, _)| architecture)
    }

    /// Installed packages for one architecture, by whatever name.
    pub fn of_architecture(&self, architecture: Architecture) -> impl Iterator<Item = &Package> {
        self.installed()
            .filter(move |package| package.arch.as_deref().and_then(named) == Some(architecture))
    }

    /// The distribution whose own packages are installed.
    ///
    /// dpkg's is told by `base-files`, and for the other releases of Ubuntu by
    /// `ubuntu-release-upgrader-core`; RPM's by the package that `os-release`
    /// is in. Nothing where none of these is there, as with derivatives that
    /// have versions of their own.
    pub fn distro(&self) -> Option<Shown<'_>> {
        match self.format {
            DatabaseFormat::Dpkg => self.debian(),
            _ => self.rpm_based(),
        }
    }

    fn debian(&self) -> Option<Shown<'_>> {
        let base = self.get("base-files")?;
        let shown = |id, version| {
            Some(Shown {
                distro: Distro::named(id, version),
                by: base,
            })
        };
        if !base.version.contains("ubuntu") {
            let major = debian_release(&base.version)?;
            return shown("debian", Some(major));
        }
        let (upstream, revision) = base.version.split_once("ubuntu")?;
        if !upstream
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
            || !revision
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        {
            return None;
        }
        let known = UBUNTU.iter().find(|(version, _)| {
            let rest = base.version.strip_prefix(version);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if let Some((_, release)) = known {
            return shown("ubuntu", Some(release));
        }
        let upgrader = self.get("ubuntu-release-upgrader-core");
        let release = upgrader.and_then(|package| ubuntu_release(package.without_epoch()));
        shown("ubuntu", release)
    }

    fn rpm_based(&self) -> Option<Shown<'_>> {
        let shown = |by: &Package, id| {
            let version = by.without_epoch().split('-').next();
            Distro::named(id, version.filter(|version| !version.is_empty()))
        };
        if let Some((by, id)) = RELEASES
            .iter()
            .find_map(|(name, id)| Some((self.get(name)?, *id)))
        {
            return Some(Shown {
                distro: shown(by, id),
                by,
            });
        }
        // Leap has a minor release, Tumbleweed a day.
        let by = self.get("openSUSE-release")?;
        let id = if by.without_epoch().split('-').next()?.contains('.') {
            "opensuse-leap"
        } else {
            "opensuse-tumbleweed"
        };
        Some(Shown {
            distro: shown(by, id),
            by,
        })
    }
}

/// The architecture that a package manager gives this name.
fn named(name: &str) -> Option<Architecture> {
    ARCHITECTURES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, architecture)| *architecture)
        .or_else(|| name.parse().ok())
}

/// The release in a version of Ubuntu's upgrader: `24.10` of `24.10.10`.
fn ubuntu_release(version: &str) -> Option<&str> {
    let (end, _) = version.match_indices('.').nth(1)?;
    let release = &version[..end];
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    release.split('.').all(digits).then_some(release)
}

/// The major release in a version of Debian's own `base-files`: `12.4+deb12u8`,
/// `12.4`, `13`. Derivatives append other things.
fn debian_release(version: &str) -> Option<&str> {
    let (number, update) = match version.split_once("+deb") {
        Some((number, update)) => (number, Some(update)),
        None => (version, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let major = number.split('.').next()?;
    let updated = update.is_none_or(|update| {
        update
            .split_once('u')
            .is_some_and(|(release, count)| release == major && digits(count))
    });
    (updated && number.split('.').all(digits)).then_some(major)
}

#[cfg(test)]
mod tests;
