//! Rules on whether several trees belong together.

use super::BCM;
use crate::rules::Group::Agreement;
use crate::rules::Rule;
use crate::rules::Severity::Error;

pub(super) static AGREEMENT: &[&Rule] = &[&TREES_DISAGREE_ARCH, &TREES_DISAGREE_DISTRO];

/// Several trees are not for one architecture.
pub static TREES_DISAGREE_ARCH: Rule = Rule {
    name: "trees-disagree-arch",
    severity: Error,
    group: Agreement,
    summary: "the trees are not all for the same architecture",
    reason: "an image, its node-installer and its shared tree must be for the same nodes",
    remedy: "replace the one that differs",
    source: BCM,
};

/// Several trees are not of one distribution.
pub static TREES_DISAGREE_DISTRO: Rule = Rule {
    name: "trees-disagree-distro",
    severity: Error,
    group: Agreement,
    summary: "the trees are not all of the same distribution",
    reason: "an image and its node-installer must be of the same distribution and release",
    remedy: "replace the one that differs",
    source: BCM,
};
