//! Rules on whether a tree is of one architecture in itself.

use super::ELF;
use crate::rules::Group::Architecture;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Note, Warning};

pub(super) static ARCHITECTURE: &[&Rule] = &[
    &ELF_FOREIGN,
    &ELF_FOREIGN_ELSEWHERE,
    &ELF_FOREIGN_EXPECTED,
    &ELF_MALFORMED,
    &ELF_MALFORMED_ELSEWHERE,
    &NO_ELF,
    &FILE_UNREADABLE,
];

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
