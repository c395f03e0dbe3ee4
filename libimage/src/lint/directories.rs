//! The directories that every root filesystem has.

use super::traces::{Noticed, tallied};
use super::{Gap, Subject};
use crate::entry::Kind;
use crate::path::ImagePath;
use crate::rules::{
    DIRECTORY_MISSING, Finding, INTERFACES_D_MISSING, MOUNT_LEFTOVER, PROC_SYS_CAPTURED,
    PSEUDO_FILES, RUN_FILES, TMP_MODE,
};
use crate::tree::TreeError;

/// Directories that a node mounts something on, or that all programs need.
const REQUIRED: [&str; 5] = ["dev", "proc", "run", "sys", "tmp"];

/// The mode of directories in which everyone may make files.
const STICKY_FOR_ALL: u16 = 0o1777;

/// Something is mounted inside the tree.
pub(super) fn mounts(traces: &Noticed) -> Vec<Finding> {
    tallied(&MOUNT_LEFTOVER, &traces.mounts, "mount point", " in use")
}

/// Content of `/proc` and `/sys` that `tar` took from a running system.
pub(super) fn captured(traces: &Noticed) -> Vec<Finding> {
    let rest = " that a running kernel showed";
    tallied(&PROC_SYS_CAPTURED, &traces.captured, "name", rest)
}

/// Other files where kernels show their own.
pub(super) fn pseudo_files(traces: &Noticed) -> Vec<Finding> {
    let rest = " where the kernel shows its own";
    tallied(&PSEUDO_FILES, &traces.pseudo_files, "file", rest)
}

/// Files of processes that ran once.
pub(super) fn run_files(traces: &Noticed) -> Vec<Finding> {
    tallied(&RUN_FILES, &traces.run_files, "file", " in run")
}

/// Directories without which a node does not come up.
pub(super) fn missing(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let mut findings = Vec::new();
    for name in REQUIRED {
        let path = ImagePath::new(name.as_bytes()).expect("a valid name");
        let message = match subject.top(name)?.map(|entry| entry.kind) {
            None => format!("`{path}` is missing"),
            // What it hides is not seen; that something is there is a finding.
            Some(Kind::Directory | Kind::Mount) => continue,
            Some(Kind::Symlink { target }) => {
                let leads = match subject.find(name) {
                    Ok(found) => found.is_some_and(|found| found.entry.is_directory()),
                    Err(TreeError::Unresolved { .. }) => false,
                    Err(error) => return Err(error.into()),
                };
                if leads {
                    continue;
                }
                format!(
                    "`{path}` is a symlink to `{}`, which is no directory of the tree",
                    crate::escape::Escaped(&target)
                )
            }
            Some(kind) => format!("`{path}` is no directory but a {}", kind.word()),
        };
        findings.push(Finding::new(&DIRECTORY_MISSING, Some(&path), message));
    }
    Ok(findings)
}

/// Where the node-installer writes the interfaces of an Ubuntu node.
pub(super) fn interfaces_d(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    const PATH: &str = "etc/network/interfaces.d";
    let distro = subject.facts.distro.as_ref();
    if distro.is_none_or(|distro| distro.id() != "ubuntu") {
        return Err(Gap::Inapplicable("the tree is no Ubuntu".to_owned()));
    }
    let found = subject.find(PATH)?;
    if found.is_some_and(|found| found.entry.is_directory()) {
        return Ok(Vec::new());
    }
    let path = ImagePath::new(PATH.as_bytes()).expect("a valid path");
    let message = format!("`{path}` is missing or no directory");
    Ok(vec![Finding::new(
        &INTERFACES_D_MISSING,
        Some(&path),
        message,
    )])
}

/// The modes of the directories for temporary files.
pub(super) fn tmp_mode(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let mut findings = Vec::new();
    for name in ["tmp", "var/tmp"] {
        // Whether it is there is another rule's.
        let Some(found) = subject.find(name)? else {
            continue;
        };
        let mode = found.entry.metadata.mode;
        if found.entry.is_directory() && mode != STICKY_FOR_ALL {
            let path = &found.path;
            let message = format!("`{path}` has the mode {mode:04o}, not {STICKY_FOR_ALL:04o}");
            findings.push(Finding::new(&TMP_MODE, Some(path), message));
        }
    }
    Ok(findings)
}
