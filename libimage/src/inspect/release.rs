//! [`Release`]: the releases of what NVIDIA adds to a distribution.

mod bcm;
mod dgx;
mod dkms;
mod driver;

#[cfg(test)]
mod tests;

pub use bcm::{BcmRelease, LeftBehind};
pub use dgx::DgxRelease;
pub use dkms::DkmsBuild;
pub use driver::NvidiaDriver;

use super::Packages;
use crate::monitor::Monitor;
use crate::tree::{Tree, TreeError};

/// What a tree says about DGX OS, BCM and the NVIDIA driver in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// DGX OS, where `etc/dgx-release` is there.
    pub dgx: Option<DgxRelease>,
    /// BCM, where packages of it are installed.
    pub bcm: Option<BcmRelease>,
    /// The NVIDIA driver for GPUs.
    pub driver: Option<NvidiaDriver>,
    /// Modules that DKMS builds, sorted.
    pub dkms: Vec<DkmsBuild>,
}

impl Release {
    /// Finds them; `packages` are those of the tree.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory or `dgx-release` cannot be read, or if the
    /// monitor asks to stop.
    pub fn find(
        tree: &dyn Tree,
        packages: Option<&Packages>,
        monitor: &dyn Monitor,
    ) -> Result<Self, TreeError> {
        let dkms = dkms::find(tree, monitor)?;
        Ok(Self {
            dgx: DgxRelease::find(tree, monitor)?,
            bcm: packages.and_then(BcmRelease::of),
            driver: NvidiaDriver::find(tree, packages, &dkms, monitor)?,
            dkms,
        })
    }
}
