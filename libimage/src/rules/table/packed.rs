//! Rules on code in files that are no ELF files themselves.

use crate::rules::Group::Architecture;
use crate::rules::Rule;
use crate::rules::Severity::{Note, Warning};

pub(super) static PACKED: &[&Rule] = &[
    &PACKED_DAMAGED,
    &PACKED_DAMAGED_ELSEWHERE,
    &PACKED_NOT_CHECKED,
];

const SOURCE: &str = "modules.dep(5) and kmod for compressed modules; ar(5) and \"Archive file \
                      format\" in the System V ABI for static archives";

/// A compressed module or a static archive of the system is damaged.
pub static PACKED_DAMAGED: Rule = Rule {
    name: "packed-damaged",
    severity: Warning,
    group: Architecture,
    summary: "compressed kernel modules or static archives of the system are damaged",
    reason: "the kernel cannot load such a module, nor a linker take anything from such an archive",
    remedy: "reinstall the packages they belong to",
    source: SOURCE,
};

/// A static archive elsewhere is damaged.
pub static PACKED_DAMAGED_ELSEWHERE: Rule = Rule {
    name: "packed-damaged-elsewhere",
    severity: Note,
    group: Architecture,
    summary: "static archives outside of the system's own directories are damaged",
    reason: "often input for tests, or a file of another kind by that name",
    remedy: "check the files if they are meant to be linked",
    source: SOURCE,
};

/// Nothing is known of what is packed in files.
pub static PACKED_NOT_CHECKED: Rule = Rule {
    name: "packed-not-checked",
    severity: Note,
    group: Architecture,
    summary: "compressed kernel modules, static archives or EFI programs were not looked into",
    reason: "of an archive that is not unpacked only the first bytes of files are at hand",
    remedy: "import it, or run verify-arch on the tree",
    source: SOURCE,
};
