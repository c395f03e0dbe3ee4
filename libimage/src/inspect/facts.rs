//! [`Facts`]: all that rules judge a tree by.

use super::{
    Architecture, Census, DefaultKernel, Distro, Kernel, KindEvidence, Links, OsRelease, Packages,
    Release, default_kernel, kernels, read_initrds, tell,
};
use crate::monitor::Monitor;
use crate::tree::{Tree, TreeError};

/// What was found in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Which component of a cluster it is, and what shows it.
    pub kind: KindEvidence,
    /// What most of its ELF files are for, see [`Census::majority`].
    pub arch: Option<Architecture>,
    /// Its distribution.
    pub distro: Option<Distro>,
    /// The file that names the distribution.
    pub os_release: Option<OsRelease>,
    /// Its kernels.
    pub kernels: Vec<Kernel>,
    /// Which of them a node boots by default; nothing where there is none.
    pub default_kernel: Option<DefaultKernel>,
    /// Its package database.
    pub packages: Option<Packages>,
    /// The releases of what NVIDIA adds to a distribution.
    pub release: Release,
    /// All its ELF files.
    pub census: Census,
    /// What its files are linked against, where that was looked at.
    pub links: Option<Links>,
}

impl Facts {
    /// Finds the rest in a tree whose census is taken: a few dozen small reads,
    /// the package database, and what decides of the kernels' initrds.
    ///
    /// # Errors
    ///
    /// A [`TreeError`] if a directory or `os-release` cannot be read.
    pub fn of_tree_metadata(
        tree: &dyn Tree,
        census: Census,
        monitor: &dyn Monitor,
    ) -> Result<Self, TreeError> {
        let os_release = OsRelease::find(tree, monitor)?;
        let mut kernels = kernels(tree, monitor)?;
        read_initrds(tree, &mut kernels, monitor)?;
        let kind = tell(tree, &kernels, monitor)?;
        let packages = Packages::find(tree, monitor)?;
        Ok(Self {
            release: Release::find(tree, packages.as_ref(), monitor)?,
            packages,
            arch: census.majority(kind.kind),
            kind,
            distro: os_release.as_ref().map(Distro::of),
            os_release,
            default_kernel: default_kernel(tree, &kernels, monitor)?,
            kernels,
            census,
            links: None,
        })
    }
}
