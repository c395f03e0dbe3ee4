//! The table of all checks.

use super::check::{Check, Gap, Look, Scope};
use super::subject::Subject;
use super::traces::Noticed;
use super::{
    boot, cluster, directories, identity, inflated, leftovers, munge, ownership, packages,
    permissions, repositories,
};
use crate::inspect::ImageKind::{self, CmShared, NodeInstaller, SoftwareImage};
use crate::rules::{self, Finding, Group, Rule};

use Scope::{Beneath, Contents, Entries, Places};

/// For trees of every kind, and for those that do not tell theirs.
const ALL: &[ImageKind] = &[];
const ROOTS: &[ImageKind] = &[SoftwareImage, NodeInstaller];
const IMAGE: &[ImageKind] = &[SoftwareImage];
const SHARED: &[ImageKind] = &[CmShared];
const SLURM: &[ImageKind] = &[SoftwareImage, CmShared];

const fn check(
    rule: &'static Rule,
    kinds: &'static [ImageKind],
    scope: Scope,
    look: fn(&Subject<'_>) -> Result<Vec<Finding>, Gap>,
) -> Check {
    Check {
        rule,
        kinds,
        scope,
        look: Look::Tree(look),
    }
}

/// A check of what the walk noticed.
const fn walk(
    rule: &'static Rule,
    kinds: &'static [ImageKind],
    scope: Scope,
    look: fn(&Noticed) -> Vec<Finding>,
) -> Check {
    Check {
        rule,
        kinds,
        scope,
        look: Look::Traces(look),
    }
}

/// A check of kernels: what proves an architecture judges them too.
fn kernel(rule: &'static Rule) -> Check {
    Check {
        rule,
        kinds: ROOTS,
        scope: Places,
        look: Look::Facts {
            told: boot::kernels_told,
            judge: rules::kernel_findings,
        },
    }
}

static CHECKS: &[Check] = &[
    check(&rules::KIND_MISMATCH, ALL, Places, boot::kind_mismatch),
    check(
        &rules::KIND_NOT_PROVABLE,
        ALL,
        Places,
        boot::kind_not_provable,
    ),
    walk(&rules::MOUNT_LEFTOVER, ALL, Entries, directories::mounts),
    walk(
        &rules::PROC_SYS_CAPTURED,
        ROOTS,
        Beneath(&["proc", "sys"]),
        directories::captured,
    ),
    check(
        &rules::DIRECTORY_MISSING,
        ROOTS,
        Places,
        directories::missing,
    ),
    check(
        &rules::INTERFACES_D_MISSING,
        IMAGE,
        Places,
        directories::interfaces_d,
    ),
    check(&rules::TMP_MODE, ROOTS, Places, directories::tmp_mode),
    walk(
        &rules::PSEUDO_FILES,
        ROOTS,
        Beneath(&["dev", "proc", "sys"]),
        directories::pseudo_files,
    ),
    walk(
        &rules::RUN_FILES,
        ROOTS,
        Beneath(&["run"]),
        directories::run_files,
    ),
    check(&rules::ESSENTIAL_LINK, ROOTS, Places, boot::essential_link),
    check(&rules::FSTAB_BUILD_HOST, IMAGE, Places, boot::fstab),
    check(&rules::SSH_HOST_KEY, IMAGE, Places, identity::ssh_host_key),
    check(&rules::MACHINE_ID, ROOTS, Places, identity::machine_id),
    check(&rules::PRIVATE_KEY, ROOTS, Places, identity::private_key),
    check(
        &rules::SHELL_HISTORY,
        ROOTS,
        Places,
        identity::shell_history,
    ),
    check(&rules::RESOLV_CONF, ROOTS, Places, identity::resolv_conf),
    walk(
        &rules::WORLD_WRITABLE,
        ALL,
        Entries,
        permissions::world_writable,
    ),
    check(&rules::MUNGE_KEY, SLURM, Places, munge::key),
    check(
        &rules::PRIVILEGED_UNPACKAGED,
        ROOTS,
        Entries,
        ownership::privileged,
    ),
    check(
        &rules::PACKAGE_UNFINISHED,
        ROOTS,
        Places,
        packages::unfinished,
    ),
    check(&rules::BCM_SERIES, ROOTS, Places, packages::bcm_series),
    check(
        &rules::DKMS_DUPLICATE,
        ROOTS,
        Places,
        packages::dkms_duplicate,
    ),
    check(
        &rules::DGX_RELEASE_OLD,
        IMAGE,
        Places,
        packages::dgx_release_old,
    ),
    check(&rules::DGX_DRIVER, IMAGE, Places, packages::dgx_driver),
    check(
        &rules::REPOSITORY_SERIES,
        ROOTS,
        Places,
        repositories::series,
    ),
    check(&rules::REPOSITORY_CM_ML, ROOTS, Places, repositories::cm_ml),
    check(&rules::REPOSITORY_MEDIA, ROOTS, Places, repositories::media),
    check(
        &rules::REPOSITORY_SIGNED_BY,
        ROOTS,
        Places,
        repositories::signed_by,
    ),
    check(
        &rules::REPOSITORY_DUPLICATE,
        ROOTS,
        Places,
        repositories::duplicate,
    ),
    walk(
        &rules::MODULEFILE_NO_VERSION,
        SHARED,
        Beneath(&["modulefiles"]),
        cluster::no_version,
    ),
    check(&rules::SLURM_PATH, SLURM, Places, cluster::slurm_path),
    walk(&rules::FILE_INFLATED, ALL, Contents, inflated::inflated),
    check(&rules::SWAP_FILE, ROOTS, Places, leftovers::swap_file),
    walk(&rules::CORE_DUMP, ALL, Contents, leftovers::core_dumps),
    check(&rules::POLICY_RC_D, ROOTS, Places, leftovers::policy_rc_d),
    walk(
        &rules::UNPACKING_INTERRUPTED,
        ROOTS,
        Entries,
        leftovers::interrupted,
    ),
    check(
        &rules::LOCAL_DIVERSION,
        ROOTS,
        Places,
        leftovers::local_diversions,
    ),
    walk(
        &rules::CONFIGURATION_LEFTOVER,
        ROOTS,
        Beneath(&["etc"]),
        leftovers::set_aside,
    ),
];

/// Every check, in the order in which reports list them.
///
/// Those of kernels follow the rules there are: what `verify-arch` judges is
/// judged here by the same function.
pub fn checks() -> impl Iterator<Item = Check> {
    let kernels = rules::rules()
        .filter(|rule| rule.group == Group::Kernel)
        .map(kernel);
    kernels.chain(CHECKS.iter().copied())
}
