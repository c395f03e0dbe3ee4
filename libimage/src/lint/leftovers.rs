//! What was left behind while an image was made.

use super::traces::{Noticed, tallied};
use super::{Gap, Subject};
use crate::entry::{Entry, Kind};
use crate::inspect::Tally;
use crate::path::ImagePath;
use crate::rules::{
    CONFIGURATION_LEFTOVER, CORE_DUMP, Finding, LOCAL_DIVERSION, POLICY_RC_D, SWAP_FILE,
    UNPACKING_INTERRUPTED,
};
use crate::size::Size;
use crate::tree::{Directory, ReadAt, TreeError};

/// Files that dpkg(1) and rpm(8) write before they take the name of the old
/// ones. RPM's end in `;` and eight hexadecimal digits.
pub(super) fn is_interrupted(path: &ImagePath, entry: &Entry) -> bool {
    let name = &*entry.name;
    let is_rpm = || {
        let digits = name.rsplit(|byte| *byte == b';').next().unwrap_or_default();
        digits.len() == 8
            && name.len() > 9
            && name[name.len() - 9] == b';'
            && digits
                .iter()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let ends = |ending: &[u8]| name.len() > ending.len() && name.ends_with(ending);
    !entry.is_directory()
        && is_packaged(path)
        && (ends(b".dpkg-new") || ends(b".dpkg-tmp") || is_rpm())
}

/// Where packages put their files.
fn is_packaged(path: &ImagePath) -> bool {
    !matches!(
        path.components().next(),
        Some(b"home" | b"root" | b"run" | b"srv" | b"tmp")
    )
}

/// The endings under which package managers set a version of a configuration
/// file aside: dpkg(1), ucf(1), rpm(8).
const SET_ASIDE: &[&[u8]] = &[
    b".dpkg-bak",
    b".dpkg-dist",
    b".dpkg-old",
    b".rpmnew",
    b".rpmorig",
    b".rpmsave",
    b".ucf-dist",
    b".ucf-new",
    b".ucf-old",
];

pub(super) fn is_set_aside(path: &ImagePath, entry: &Entry) -> bool {
    matches!(entry.kind, Kind::File { .. })
        && path.components().next() == Some(b"etc")
        && SET_ASIDE.iter().any(|ending| entry.name.ends_with(ending))
}

/// Files of packages that are neither the old nor the new ones.
pub(super) fn interrupted(traces: &Noticed) -> Vec<Finding> {
    let files = &traces.interrupted;
    tallied(&UNPACKING_INTERRUPTED, files, "file", " of an installation")
}

/// Other versions of configuration files.
pub(super) fn set_aside(traces: &Noticed) -> Vec<Finding> {
    let files = &traces.set_aside;
    tallied(&CONFIGURATION_LEFTOVER, files, "version", " set aside")
}

/// Dumps of processes.
pub(super) fn core_dumps(traces: &Noticed) -> Vec<Finding> {
    tallied(&CORE_DUMP, &traces.core_dumps, "dump", "")
}

/// The signature of a swap area stands at the end of its first page; Linux
/// has pages of 4, 16 and 64 KiB (mkswap(8)).
const SWAP_SIGNATURE: &[u8] = b"SWAPSPACE2";
const PAGES: [u64; 3] = [4 << 10, 16 << 10, 64 << 10];

/// Files at the top of the tree, where installers put them, that are swap areas.
pub(super) fn swap_file(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let mut findings = Vec::new();
    for place in ["", "swap", "var"] {
        let Some((directory, entries)) = subject.files(place)? else {
            continue;
        };
        for entry in entries {
            if !is_swap(&*directory, &entry)? {
                continue;
            }
            let path = directory.path().join(&entry.name);
            let size = Size(entry.file_size().unwrap_or(0));
            let message = format!("`{path}` is swap space, {size}");
            findings.push(Finding::new(&SWAP_FILE, Some(&path), message));
        }
    }
    Ok(findings)
}

fn is_swap(directory: &dyn Directory, entry: &Entry) -> Result<bool, TreeError> {
    let size = entry.file_size().unwrap_or(0);
    if size < PAGES[0] {
        return Ok(false);
    }
    let file = directory.open_at(&entry.name)?;
    Ok(PAGES.iter().any(|page| has_signature(&*file, *page)))
}

fn has_signature(file: &dyn ReadAt, page: u64) -> bool {
    let mut signature = [0; SWAP_SIGNATURE.len()];
    let offset = page - SWAP_SIGNATURE.len() as u64;
    let mut filled = 0;
    while filled < signature.len() {
        match file.read_at(&mut signature[filled..], offset + filled as u64) {
            Ok(0) | Err(_) => return false,
            Ok(length) => filled += length,
        }
    }
    signature == SWAP_SIGNATURE
}

/// What keeps services from starting.
pub(super) fn policy_rc_d(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let found = subject.find("usr/sbin/policy-rc.d")?;
    let finding = found.map(|found| {
        let message = format!(
            "`{}` keeps services from starting when packages are installed",
            found.path
        );
        Finding::new(&POLICY_RC_D, Some(&found.path), message)
    });
    Ok(finding.into_iter().collect())
}

/// Diversions that belong to no package. The file has three lines each: the
/// name, the name it gets, and the package, or `:` for the administrator.
pub(super) fn local_diversions(subject: &Subject<'_>) -> Result<Vec<Finding>, Gap> {
    let Some((path, text)) = subject.text("var/lib/dpkg/diversions")? else {
        return Err(Gap::Inapplicable("dpkg diverts nothing".to_owned()));
    };
    let mut diverted = Tally::default();
    let lines: Vec<_> = text.split(|byte| *byte == b'\n').collect();
    for record in lines.chunks_exact(3) {
        if record[2] != b":" {
            continue;
        }
        let name = record[0].strip_prefix(b"/").unwrap_or(record[0]);
        diverted.add(&ImagePath::new(name).unwrap_or(path.clone()), ());
    }
    Ok(tallied(&LOCAL_DIVERSION, &diverted, "local diversion", ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Metadata, Timestamp, Xattrs};

    #[test]
    fn leftovers_are_told_by_ending_and_place() {
        let cases = [
            ("usr/bin/ls.dpkg-new", true, false),
            ("usr/bin/ls.dpkg-tmp", true, false),
            ("usr/bin/ls;5f3a09bc", true, false),
            ("usr/bin/ls;5f3a09bg", false, false),
            ("usr/bin/ls;5f3a09b", false, false),
            ("usr/bin/;5f3a09bc", false, false),
            ("home/x/ls.dpkg-new", false, false),
            ("usr/bin/.dpkg-new", false, false),
            ("etc/x.conf.dpkg-new", true, false),
            ("etc/x.conf.dpkg-dist", false, true),
            ("etc/x/y.rpmnew", false, true),
            ("usr/share/x.rpmnew", false, false),
            ("etc/x.conf", false, false),
        ];
        for (path, interrupted, set_aside) in cases {
            let path = ImagePath::new(path.as_bytes()).expect("valid");
            let entry = Entry {
                name: path.file_name().expect("not the root").into(),
                kind: Kind::File { size: 1 },
                metadata: Metadata {
                    mode: 0o644,
                    uid: 0,
                    gid: 0,
                    mtime: Timestamp::default(),
                    xattrs: Xattrs::NONE,
                },
                link: None,
                content: None,
            };
            assert_eq!(is_interrupted(&path, &entry), interrupted, "{path}");
            assert_eq!(is_set_aside(&path, &entry), set_aside, "{path}");
        }
    }
}
