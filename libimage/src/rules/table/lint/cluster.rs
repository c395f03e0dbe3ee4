//! Rules on what BCM and its workload managers expect.

use super::UPGRADE;
use crate::rules::Group::Preflight;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Warning};

/// A placeholder of a modulefile was left behind.
pub static MODULEFILE_NO_VERSION: Rule = Rule {
    name: "modulefile-no-version",
    severity: Warning,
    group: Preflight,
    summary: "modulefiles named no-version were left behind",
    reason: "users see a module that loads nothing, and may get it as the default",
    remedy: "remove them",
    source: UPGRADE,
};

/// Slurm is still where BCM 10 kept it.
pub static SLURM_PATH: Rule = Rule {
    name: "slurm-path",
    severity: Warning,
    group: Preflight,
    summary: "Slurm's configuration is where BCM 10 kept it",
    reason: "BCM 11 reads it from /cm/shared/apps/slurm/etc, and keeps the programs in \
             /cm/local/apps/slurm",
    remedy: "move the configuration and correct the links that lead to it, as the upgrade does",
    source: "BCM 11 Upgrade Manual: Slurm",
};

/// A link into `/cm/shared` leads to nothing there.
pub static SHARED_LINK: Rule = Rule {
    name: "shared-link",
    severity: Error,
    group: Preflight,
    summary: "links into /cm/shared lead to nothing in the shared tree",
    reason: "what stands behind the link is missing on every node",
    remedy: "install what it leads to in the shared tree, or take the shared tree that belongs to \
             the image",
    source: "BCM Administrator Manual: nodes mount the shared tree at /cm/shared",
};
