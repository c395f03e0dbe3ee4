//! [`DkmsBuild`]: modules that DKMS has built.

use crate::inspect::reach::{directory, names};
use crate::monitor::{self, Monitor, Warning};
use crate::path::ImagePath;
use crate::tree::{Tree, TreeError};

const PLACE: &[u8] = b"var/lib/dkms";

/// More builds than any image has.
const MOST_BUILDS: usize = 4096;

/// One build of a module: for a kernel and an architecture, as dkms(8) names
/// the directory `MODULE/VERSION/KERNEL/ARCH` beneath `var/lib/dkms`.
///
/// The architecture is whatever word DKMS was given, so one module may be
/// there for `amd64` and for `x86_64`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DkmsBuild {
    /// The module's name.
    pub module: Box<[u8]>,
    /// Its version.
    pub version: Box<[u8]>,
    /// The release of the kernel.
    pub kernel: Box<[u8]>,
    /// The architecture, as DKMS spells it.
    pub arch: Box<[u8]>,
    /// Whether it is installed for that kernel, and not only built: DKMS has
    /// the symlink `MODULE/kernel-KERNEL-ARCH` then.
    pub installed: bool,
    /// The directory of the build.
    pub path: ImagePath,
}

/// What stands beside the kernels in the directory of a version.
const NO_KERNELS: [&[u8]; 2] = [b"source", b"build"];

pub(super) fn find(tree: &dyn Tree, monitor: &dyn Monitor) -> Result<Vec<DkmsBuild>, TreeError> {
    let mut builds = Vec::new();
    for module in names(tree, PLACE, monitor)? {
        let of_module = [PLACE, b"/", &*module].concat();
        let versions = names(tree, &of_module, monitor)?;
        for version in &versions {
            monitor::check(monitor)?;
            // Not what leads to the build that is installed.
            if version.starts_with(b"kernel-") {
                continue;
            }
            let of_version = [&of_module[..], b"/", version].concat();
            for kernel in names(tree, &of_version, monitor)? {
                if NO_KERNELS.contains(&&*kernel) {
                    continue;
                }
                let of_kernel = [&of_version[..], b"/", &*kernel].concat();
                for arch in names(tree, &of_kernel, monitor)? {
                    let path = [&of_kernel[..], b"/", &*arch].concat();
                    let Some(built) = directory(tree, &path, monitor)? else {
                        continue;
                    };
                    if builds.len() == MOST_BUILDS {
                        monitor.warn(Warning {
                            path: built.path,
                            message: format!(
                                "DKMS has more than {MOST_BUILDS} builds; this and \
                                              those behind it are not looked at"
                            ),
                        });
                        return Ok(builds);
                    }
                    let link = [b"kernel-", &*kernel, b"-", &*arch].concat();
                    let link_path = [&of_module[..], b"/", &link].concat();
                    builds.push(DkmsBuild {
                        installed: directory(tree, &link_path, monitor)?
                            .is_some_and(|installed| installed.path == built.path),
                        module: module.clone(),
                        version: version.clone(),
                        kernel: kernel.clone(),
                        arch,
                        path: built.path,
                    });
                }
            }
        }
    }
    Ok(builds)
}
