//! Rules on whether a tree is fit to be given to nodes, a file each concern.

mod boot;
mod cluster;
mod directories;
mod identity;
mod leftovers;
mod packages;
mod permissions;
mod repositories;

pub use boot::*;
pub use cluster::*;
pub use directories::*;
pub use identity::*;
pub use leftovers::*;
pub use packages::*;
pub use permissions::*;
pub use repositories::*;

use crate::rules::Rule;

/// Where the checks of BCM's upgrades come from.
const UPGRADE: &str = "BCM 11 Upgrade Manual: preparing the upgrade";

const FHS: &str = "Filesystem Hierarchy Standard 3.0; systemd's file-hierarchy(7)";

pub(super) static PREFLIGHT: &[&Rule] = &[
    &MOUNT_LEFTOVER,
    &PROC_SYS_CAPTURED,
    &DIRECTORY_MISSING,
    &INTERFACES_D_MISSING,
    &TMP_MODE,
    &PSEUDO_FILES,
    &RUN_FILES,
    &ESSENTIAL_LINK,
    &FSTAB_BUILD_HOST,
    &SSH_HOST_KEY,
    &MACHINE_ID,
    &PRIVATE_KEY,
    &SHELL_HISTORY,
    &RESOLV_CONF,
    &WORLD_WRITABLE,
    &PRIVILEGED_UNPACKAGED,
    &MUNGE_KEY,
    &PACKAGE_UNFINISHED,
    &BCM_SERIES,
    &DKMS_DUPLICATE,
    &DGX_RELEASE_OLD,
    &DGX_DRIVER,
    &REPOSITORY_SERIES,
    &REPOSITORY_CM_ML,
    &REPOSITORY_MEDIA,
    &REPOSITORY_SIGNED_BY,
    &REPOSITORY_DUPLICATE,
    &MODULEFILE_NO_VERSION,
    &SLURM_PATH,
    &SHARED_LINK,
    &FILE_INFLATED,
    &SWAP_FILE,
    &CORE_DUMP,
    &POLICY_RC_D,
    &UNPACKING_INTERRUPTED,
    &LOCAL_DIVERSION,
    &CONFIGURATION_LEFTOVER,
];
