//! The table of all rules.

use super::Group::{Agreement, Architecture, Demand};
use super::Rule;
use super::Severity::{Error, Note, Warning};

const BCM: &str = "BCM Administrator Manual: mixed-architecture clusters keep an image, \
                   a node-installer and a shared tree for each architecture and distribution";
const ELF: &str = "System V ABI, chapter 4: e_machine, EI_CLASS and EI_DATA in the ELF header";

/// The tree is for another architecture than the one demanded.
pub static ARCH_MISMATCH: Rule = Rule {
    name: "arch-mismatch",
    severity: Error,
    group: Demand,
    summary: "most ELF files are for another architecture than the one demanded",
    reason: "nodes cannot run the programs in this tree",
    remedy: "take the tree or archive built for the demanded architecture, or correct --arch",
    source: ELF,
};

/// An architecture is demanded and no file shows any.
pub static ARCH_UNKNOWN: Rule = Rule {
    name: "arch-unknown",
    severity: Error,
    group: Demand,
    summary: "an architecture is demanded and there is no ELF file to prove it by",
    reason: "what cannot be proven is not reported as proven",
    remedy: "leave out --arch for a tree without programs",
    source: ELF,
};

/// The tree holds another distribution than the one demanded.
pub static DISTRO_MISMATCH: Rule = Rule {
    name: "distro-mismatch",
    severity: Error,
    group: Demand,
    summary: "os-release names another distribution than the one demanded",
    reason: "image, node-installer and shared tree must be of the same distribution",
    remedy: "take the tree or archive of the demanded distribution, or correct --distro",
    source: "os-release(5): ID, VERSION_ID",
};

/// A distribution is demanded of a root filesystem that names none.
pub static DISTRO_UNKNOWN: Rule = Rule {
    name: "distro-unknown",
    severity: Error,
    group: Demand,
    summary: "a distribution is demanded and the tree has no os-release",
    reason: "what cannot be proven is not reported as proven",
    remedy: "leave out --distro for a tree without os-release",
    source: "os-release(5): /etc/os-release, /usr/lib/os-release",
};

/// A distribution is demanded of a shared tree, which names none by nature.
pub static DISTRO_NOT_PROVABLE: Rule = Rule {
    name: "distro-not-provable",
    severity: Note,
    group: Demand,
    summary: "a shared tree has no os-release, so its distribution was not checked",
    reason: "the demand was neither met nor broken",
    remedy: "compare the name or origin of the shared tree yourself",
    source: BCM,
};

/// The tree is another component than the one demanded.
pub static KIND_MISMATCH: Rule = Rule {
    name: "kind-mismatch",
    severity: Error,
    group: Demand,
    summary: "the content is that of another component than the one demanded",
    reason: "nodes boot software images, are installed by node-installers and mount shared trees; \
             none can stand in for another",
    remedy: "take the tree or archive of the demanded component, or correct --kind",
    source: BCM,
};

/// The tree was said to be a shared tree, and nothing shows or denies it.
pub static KIND_NOT_PROVABLE: Rule = Rule {
    name: "kind-not-provable",
    severity: Note,
    group: Demand,
    summary: "the content does not tell the kind, so it was taken as given",
    reason: "the demand was neither met nor broken",
    remedy: "check that the tree holds what /cm/shared is to hold",
    source: BCM,
};

/// A kernel image is for another architecture than the programs.
pub static KERNEL_ARCH: Rule = Rule {
    name: "kernel-arch",
    severity: Error,
    group: Architecture,
    summary: "a kernel image is for another architecture than the tree's programs",
    reason: "a node that boots it cannot run the programs, or does not boot at all",
    remedy: "install the kernel package of the tree's own architecture",
    source: "Documentation/arch/x86/boot.rst and Documentation/arch/arm64/booting.rst of the \
             kernel, and Microsoft's PE format for images with an EFI stub",
};

/// A program or library of the system is for another architecture.
pub static ELF_FOREIGN: Rule = Rule {
    name: "elf-foreign",
    severity: Error,
    group: Architecture,
    summary: "programs or libraries of the system are for another architecture",
    reason: "they fail with `Exec format error`, or cannot be loaded",
    remedy: "reinstall the packages they belong to for the tree's own architecture",
    source: ELF,
};

/// A file outside of the system's own directories is for another architecture.
pub static ELF_FOREIGN_ELSEWHERE: Rule = Rule {
    name: "elf-foreign-elsewhere",
    severity: Warning,
    group: Architecture,
    summary: "files outside of the system's own directories are for another architecture",
    reason: "applications that were copied from a node of another architecture do not run",
    remedy: "check whether the application is meant to bring files for several architectures",
    source: ELF,
};

/// A file for another architecture where such files are usual.
pub static ELF_FOREIGN_EXPECTED: Rule = Rule {
    name: "elf-foreign-expected",
    severity: Note,
    group: Architecture,
    summary: "files for another architecture stand where such files are usual",
    reason: "firmware, cross-compilers, boot loaders and the like run elsewhere than on the node's \
             processors",
    remedy: "nothing needs to be done",
    source: ELF,
};

/// A file of the system looks like ELF and has no valid header.
pub static ELF_MALFORMED: Rule = Rule {
    name: "elf-malformed",
    severity: Warning,
    group: Architecture,
    summary: "files among the system's own have the magic of ELF and a header that could not be \
              read",
    reason: "a damaged program or library cannot be loaded",
    remedy: "reinstall the packages they belong to",
    source: ELF,
};

/// A file elsewhere looks like ELF and has no valid header.
pub static ELF_MALFORMED_ELSEWHERE: Rule = Rule {
    name: "elf-malformed-elsewhere",
    severity: Note,
    group: Architecture,
    summary: "files have the magic of ELF and a header that could not be read",
    reason: "often input for tests; else the file is damaged",
    remedy: "check the files if they are meant to be programs or libraries",
    source: ELF,
};

/// No file shows an architecture.
pub static NO_ELF: Rule = Rule {
    name: "no-elf",
    severity: Warning,
    group: Architecture,
    summary: "no ELF file for a processor was found",
    reason: "there is nothing to judge an architecture by",
    remedy: "check that this is the tree you meant",
    source: ELF,
};

/// A file could not be read, so it was not judged.
pub static FILE_UNREADABLE: Rule = Rule {
    name: "file-unreadable",
    severity: Warning,
    group: Architecture,
    summary: "files could not be read, so they were not checked",
    reason: "what was not read may be for any architecture",
    remedy: "run the command as root, and on a tree that nothing writes to",
    source: "open(2), read(2)",
};

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

/// Every rule, in the order in which reports and documents list them.
pub static RULES: [&Rule; 17] = [
    &ARCH_MISMATCH,
    &ARCH_UNKNOWN,
    &DISTRO_MISMATCH,
    &DISTRO_UNKNOWN,
    &DISTRO_NOT_PROVABLE,
    &KIND_MISMATCH,
    &KIND_NOT_PROVABLE,
    &KERNEL_ARCH,
    &ELF_FOREIGN,
    &ELF_FOREIGN_ELSEWHERE,
    &ELF_FOREIGN_EXPECTED,
    &ELF_MALFORMED,
    &ELF_MALFORMED_ELSEWHERE,
    &NO_ELF,
    &FILE_UNREADABLE,
    &TREES_DISAGREE_ARCH,
    &TREES_DISAGREE_DISTRO,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_says_all() {
        for (index, rule) in RULES.iter().enumerate() {
            let name = rule.name;
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{name}"
            );
            assert!(
                RULES[..index].iter().all(|other| other.name != name),
                "{name}"
            );
            for text in [rule.summary, rule.reason, rule.remedy, rule.source] {
                assert!(!text.is_empty() && !text.contains("  "), "{name}: {text}");
            }
        }
    }
}
