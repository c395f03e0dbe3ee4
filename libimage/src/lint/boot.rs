//! What a node needs to come up.

use super::{Gap, Subject};
use crate::entry::Kind;
use crate::escape::Escaped;
use crate::inspect::ImageKind;
use crate::path::ImagePath;
use crate::rules::{
    ESSENTIAL_LINK, FSTAB_BUILD_HOST, Finding, KIND_MISMATCH, KIND_NOT_PROVABLE, Rule,
};
use crate::tree::TreeError;

/// What must hold of the kind, if one was demanded.
pub(super) fn kind_mismatch(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    demanded(subject, &KIND_MISMATCH)
}

/// A kind that was taken as given.
pub(super) fn kind_not_provable(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    demanded(subject, &KIND_NOT_PROVABLE)
}

fn demanded(subject: &Subject<'_>, rule: &'static Rule) -> Result<Vec<Finding>, Gap> {
    if subject.demand.kind.is_none() {
        return Err(Gap::Inapplicable("no --kind was given".to_owned()));
    }
    let mut findings = subject.demand.findings(subject.facts);
    findings.retain(|finding| finding.rule == rule);
    Ok(findings)
}

/// Whether the facts tell of the kernels.
pub(super) fn kernels_told(subject: &Subject<'_>) -> Result<(), Gap> {
    if subject.facts.arch.is_none() {
        return Err(Gap::Open("no ELF file shows an architecture".to_owned()));
    }
    Ok(())
}

/// The shell, and in images the first program.
pub(super) fn essential_link(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    // A node-installer's first program is its own.
    let essential: &[&str] = match subject.kind {
        Some(ImageKind::SoftwareImage) => &["bin/sh", "sbin/init"],
        _ => &["bin/sh"],
    };
    let mut findings = Vec::new();
    for name in essential {
        let path = ImagePath::new(name.as_bytes()).expect("a valid path");
        let message = match subject.find(name) {
            Ok(Some(found)) if matches!(found.entry.kind, Kind::File { .. }) => continue,
            Ok(Some(found)) => format!(
                "`{path}` leads to `{}`, which is a {}",
                found.path,
                found.entry.kind.word()
            ),
            Ok(None) => format!("`{path}` leads to nothing in the tree"),
            Err(TreeError::Unresolved { reason, .. }) => {
                format!("`{path}` cannot be followed: {reason}")
            }
            Err(error) => return Err(error.into()),
        };
        findings.push(Finding::new(&ESSENTIAL_LINK, Some(&path), message));
    }
    Ok(findings)
}

/// How fstab(5) names one disk and no other.
const OF_ONE_DISK: &[&[u8]] = &[
    b"UUID=",
    b"PARTUUID=",
    b"/dev/disk/by-uuid/",
    b"/dev/disk/by-partuuid/",
    b"/dev/disk/by-id/",
    b"/dev/disk/by-path/",
];

/// Lines of `/etc/fstab` that no node can follow.
pub(super) fn fstab(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let Some((path, text)) = subject.text("etc/fstab")? else {
        return Ok(Vec::new());
    };
    let named: Vec<_> = text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            line.split(u8::is_ascii_whitespace)
                .find(|word| !word.is_empty())
        })
        .filter(|first| names_one_disk(first))
        .collect();
    let Some(first) = named.first() else {
        return Ok(Vec::new());
    };
    let message = format!(
        "{} of `{path}` {} a disk of one machine, such as `{}`",
        crate::rules::counted(named.len() as u64, "line"),
        if named.len() == 1 { "names" } else { "name" },
        Escaped(first)
    );
    Ok(vec![Finding::new(&FSTAB_BUILD_HOST, Some(&path), message)])
}

fn names_one_disk(word: &[u8]) -> bool {
    OF_ONE_DISK.iter().any(|start| word.starts_with(start))
}
