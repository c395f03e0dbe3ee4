//! [`NvidiaDriver`]: which driver for NVIDIA's GPUs is there.

use super::DkmsBuild;
use crate::inspect::Packages;
use crate::inspect::reach::{file, names};
use crate::monitor::Monitor;
use crate::tree::{Tree, TreeError};

/// The NVIDIA driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NvidiaDriver {
    /// Its version, `570.86.15`; nothing where only the module was found, which
    /// is not looked into.
    pub version: Option<String>,
    /// What shows it: the name of a package, or a path of the tree. Text of the
    /// image, shown through [`Escaped`](crate::escape::Escaped).
    pub shown_by: Box<[u8]>,
}

/// What names of the driver's packages begin with, the one with the most to say
/// first: NVIDIA's Driver Installation Guide, and Ubuntu's packages.
const PACKAGES: [&str; 7] = [
    "nvidia-driver",
    "nvidia-open",
    "nvidia-kernel-open",
    "nvidia-kernel-source",
    "nvidia-kernel-common",
    "nvidia-dkms",
    "kmod-nvidia",
];

/// Where the modules of each kernel are; the first is the second where `lib`
/// is a symlink.
const MODULES: [&[u8]; 2] = [b"usr/lib/modules", b"lib/modules"];

/// Where DKMS puts modules on Debian and Ubuntu, and on RHEL and SUSE.
const DKMS_PLACES: [&[u8]; 2] = [b"updates/dkms", b"extra"];

const MODULE_NAMES: [&[u8]; 4] = [
    b"nvidia.ko",
    b"nvidia.ko.xz",
    b"nvidia.ko.zst",
    b"nvidia.ko.gz",
];

impl NvidiaDriver {
    /// The packages tell it best; else what DKMS has of it; else the module.
    pub(super) fn find(
        tree: &dyn Tree,
        packages: Option<&Packages>,
        dkms: &[DkmsBuild],
        monitor: &dyn Monitor,
    ) -> Result<Option<Self>, TreeError> {
        if let Some(found) = packages.and_then(of_packages) {
            return Ok(Some(found));
        }
        if let Some(build) = dkms.iter().rev().find(|build| is_driver(&build.module)) {
            return Ok(Some(Self {
                version: version(&String::from_utf8_lossy(&build.version)).map(str::to_owned),
                shown_by: build.path.as_bytes().into(),
            }));
        }
        for place in MODULES {
            for kernel in names(tree, place, monitor)? {
                for beneath in DKMS_PLACES {
                    for name in MODULE_NAMES {
                        let path = [place, &*kernel, beneath, name].join(&b'/');
                        if let Some(found) = file(tree, &path, monitor)? {
                            return Ok(Some(Self {
                                version: None,
                                shown_by: found.path.as_bytes().into(),
                            }));
                        }
                    }
                }
            }
        }
        Ok(None)
    }
}

/// DKMS's names for it: NVIDIA's, NVIDIA's with open sources, Ubuntu's with a
/// branch behind.
fn is_driver(module: &[u8]) -> bool {
    module == b"nvidia" || module == b"nvidia-open" || module.starts_with(b"nvidia-srv")
}

fn of_packages(packages: &Packages) -> Option<NvidiaDriver> {
    PACKAGES.iter().find_map(|prefix| {
        packages
            .installed()
            .filter(|package| {
                let rest = package.name.strip_prefix(prefix);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            })
            .find_map(|package| {
                Some(NvidiaDriver {
                    version: Some(version(package.without_epoch())?.to_owned()),
                    shown_by: package.name.as_bytes().into(),
                })
            })
    })
}

/// The driver's version at the beginning of a text: two or three numbers, the
/// first of three digits. That tells it from versions of packages that only
/// have similar names (`nvidia-kernel-defaults 24.04-1`).
fn version(text: &str) -> Option<&str> {
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let version = &text[..end.unwrap_or(text.len())];
    let mut parts = version.split('.');
    let branch = parts.next()?;
    let rest: Vec<_> = parts.collect();
    let valid = branch.len() == 3
        && matches!(rest.len(), 1 | 2)
        && rest.iter().all(|part| !part.is_empty() && part.len() <= 3);
    valid.then_some(version)
}
