//! Rules on whether programs find what they are linked against.

use crate::rules::Group::Links;
use crate::rules::Rule;
use crate::rules::Severity::{Error, Note, Warning};

const LOADER: &str = "ld.so(8), execve(2): the program in PT_INTERP loads the file";
const SEARCH: &str =
    "ld.so(8): DT_RPATH, DT_RUNPATH, /etc/ld.so.conf, the linker's own directories";
const VERSIONS: &str = "Linux Standard Base 5.0, 10.7: symbol versions; glibc's manual on GLIBC_ \
                        versions";

pub(super) static LINKS: &[&Rule] = &[
    &LOADER_MISSING,
    &LOADER_MISSING_ELSEWHERE,
    &LIBRARY_MISSING,
    &LIBRARY_MISSING_ELSEWHERE,
    &LIBRARY_MISSING_OPTIONAL,
    &LIBRARY_OUT_OF_PATH,
    &LIBRARY_TOO_OLD,
    &LIBRARY_TOO_OLD_ELSEWHERE,
    &SCRIPT_INTERPRETER,
    &SCRIPT_INTERPRETER_ELSEWHERE,
    &LINKS_NOT_CHECKED,
    &LINKS_UNREADABLE,
];

/// The loader of the system's programs is not in the tree.
pub static LOADER_MISSING: Rule = Rule {
    name: "loader-missing",
    severity: Error,
    group: Links,
    summary: "the dynamic loader of programs is not in the tree",
    reason: "the kernel cannot start them: `No such file or directory`, though the file is there",
    remedy: "install the C library of the programs' own architecture, or remove the programs",
    source: LOADER,
};

/// The same of programs outside of the system's directories.
pub static LOADER_MISSING_ELSEWHERE: Rule = Rule {
    name: "loader-missing-elsewhere",
    severity: Warning,
    group: Links,
    summary: "the dynamic loader of programs outside of the system's directories is not in the tree",
    reason: "the kernel cannot start them; they may be meant for another system",
    remedy: "check what the programs are for",
    source: LOADER,
};

/// A library that the system's programs need is nowhere in the tree.
pub static LIBRARY_MISSING: Rule = Rule {
    name: "library-missing",
    severity: Error,
    group: Links,
    summary: "a library that programs of the system need is not in the tree",
    reason: "they end with `error while loading shared libraries`",
    remedy: "install the package that holds the library, or remove the one that needs it",
    source: SEARCH,
};

/// A library that others need is nowhere in the tree.
pub static LIBRARY_MISSING_ELSEWHERE: Rule = Rule {
    name: "library-missing-elsewhere",
    severity: Warning,
    group: Links,
    summary: "a library that other libraries or applications need is not in the tree",
    reason: "what needs it cannot be started or loaded",
    remedy: "install the package that holds the library if what needs it is used",
    source: SEARCH,
};

/// A library that only a plugin needs is nowhere in the tree.
pub static LIBRARY_MISSING_OPTIONAL: Rule = Rule {
    name: "library-missing-optional",
    severity: Note,
    group: Links,
    summary: "a library is not in the tree that nothing needs but plugins, or libraries that \
              nothing needs in turn",
    reason: "packages bring plugins for what may not be installed; those cannot be loaded",
    remedy: "nothing needs to be done unless the plugin is used",
    source: SEARCH,
};

/// A library is in the tree, but not where it is looked for.
pub static LIBRARY_OUT_OF_PATH: Rule = Rule {
    name: "library-out-of-path",
    severity: Note,
    group: Links,
    summary: "a library is in the tree, but in no directory where it is looked for",
    reason: "private libraries are usual: the program that loads them has loaded the other one \
             already, or sets LD_LIBRARY_PATH",
    remedy: "nothing needs to be done if the application works",
    source: SEARCH,
};

/// A library of the tree is older than the system's programs need.
pub static LIBRARY_TOO_OLD: Rule = Rule {
    name: "library-too-old",
    severity: Error,
    group: Links,
    summary: "programs need a newer version of a library than the tree has",
    reason: "they were built for a newer distribution, and end with `version … not found`",
    remedy: "take the component that was built for this distribution, or upgrade the image",
    source: VERSIONS,
};

/// The same of files outside of the system's directories.
pub static LIBRARY_TOO_OLD_ELSEWHERE: Rule = Rule {
    name: "library-too-old-elsewhere",
    severity: Warning,
    group: Links,
    summary: "applications need a newer version of a library than the tree has",
    reason: "they were built for a newer distribution, and end with `version … not found`",
    remedy: "take the application that was built for this distribution",
    source: VERSIONS,
};

/// The interpreter of a command is not in the tree.
pub static SCRIPT_INTERPRETER: Rule = Rule {
    name: "script-interpreter",
    severity: Warning,
    group: Links,
    summary: "the interpreter of commands is not in the tree",
    reason: "the kernel cannot start them: `bad interpreter`",
    remedy: "install the interpreter if the commands are used",
    source: "execve(2), \"Interpreter scripts\"",
};

/// The interpreter of a script elsewhere is not in the tree.
pub static SCRIPT_INTERPRETER_ELSEWHERE: Rule = Rule {
    name: "script-interpreter-elsewhere",
    severity: Note,
    group: Links,
    summary: "the interpreter of scripts outside of the system's commands is not in the tree",
    reason: "examples, tests and optional parts of packages are often like that",
    remedy: "nothing needs to be done unless the scripts are used",
    source: "execve(2), \"Interpreter scripts\"",
};

/// A shared tree was looked at without the image that mounts it.
pub static LINKS_NOT_CHECKED: Rule = Rule {
    name: "links-not-checked",
    severity: Note,
    group: Links,
    summary: "what a shared tree's programs are linked against was not checked",
    reason: "a shared tree holds no system of its own; the image that mounts it does",
    remedy: "name the software image with which it is used in the same command",
    source: SEARCH,
};

/// Some files' links could not be read.
pub static LINKS_UNREADABLE: Rule = Rule {
    name: "links-unreadable",
    severity: Warning,
    group: Links,
    summary: "what files are linked against could not be read, so it was not checked",
    reason: "a damaged program or library cannot be loaded",
    remedy: "run the command as root; if the files are damaged, reinstall the packages they belong to",
    source: "System V ABI, chapter 5",
};
