//! Root filesystems that come in a squashfs or on an ISO 9660 disc.
//!
//! `sqfs2tar` (squashfs-tools-ng) turns a squashfs into a tar with owners,
//! device nodes, hard links and extended attributes; `bsdtar` (libarchive)
//! takes a file out of a disc. DESIGN.md says why programs and no crates.

use std::io::{BufRead as _, BufReader, Read};

use super::error::{SourceError, Unusable};
use super::program::{Output, Program};
use crate::error::SysError;
use crate::escape::Escaped;
use crate::sys::section::Section;

const SQFS2TAR: Program = Program {
    name: "sqfs2tar",
    packages: "squashfs-tools-ng",
};

const BSDTAR: Program = Program {
    name: "bsdtar",
    packages: "libarchive-tools (Debian, Ubuntu), bsdtar (RHEL, SUSE)",
};

/// Whether a file that begins like this is a squashfs (Linux,
/// `fs/squashfs/squashfs_fs.h`).
pub(super) fn is_squashfs(head: &[u8]) -> bool {
    head.starts_with(b"hsqs")
}

/// Whether a file that begins like this is a disc (ECMA-119, 8.1).
pub(super) fn is_iso9660(head: &[u8]) -> bool {
    head.get(32769..)
        .is_some_and(|rest| rest.starts_with(b"CD001"))
}

/// A squashfs as a tar, its root directory included.
pub(super) fn squashfs(image: &Section, source: &str) -> Result<Output, SourceError> {
    // A socket has no place in a tar. Left to skip it, sqfs2tar (1.1) gives its
    // attributes to the file behind it.
    let arguments = ["--no-skip", "--root-becomes", ".", "/dev/stdin"];
    SQFS2TAR.start(&arguments, image, source)
}

/// A file on a disc: the one that was asked for, or the only root filesystem
/// that stands at a place where such are found.
pub(super) fn member(
    disc: &Section,
    source: &str,
    wanted: Option<&str>,
) -> Result<(String, Box<dyn Read + Send>), SourceError> {
    let names = names(disc, source)?;
    let path = if let Some(wanted) = wanted {
        let plain = wanted.trim_start_matches("./").trim_start_matches('/');
        if !names.iter().any(|name| name == plain) {
            let reason = format!("it has no `{}`", Escaped(wanted.as_bytes()));
            return Err(Unusable::choice(source, reason, found(&names)).into());
        }
        let beneath = format!("{plain}/");
        if names.iter().any(|name| name.starts_with(&beneath)) {
            let reason = format!("`{}` is a directory", Escaped(wanted.as_bytes()));
            return Err(Unusable::choice(source, reason, found(&names)).into());
        }
        plain.to_owned()
    } else {
        let mut roots = names.iter().filter(|name| may_be_root(name));
        match (roots.next(), roots.next()) {
            (Some(only), None) => only.clone(),
            (None, _) => {
                let reason = "it holds no root filesystem at a place where such are found";
                let help = "say with --member which file on the disc it is";
                return Err(Unusable::choice(source, reason, help).into());
            }
            (Some(_), Some(_)) => {
                let reason = "it holds several root filesystems";
                return Err(Unusable::choice(source, reason, found(&names)).into());
            }
        }
    };
    if path.contains(['*', '?', '[', '\\']) {
        let reason = format!("`{}` is no plain name", Escaped(path.as_bytes()));
        return Err(Unusable::broken(source, reason).into());
    }
    let output = BSDTAR.start(&["-xOf", "/dev/stdin", "--", &path], disc, source)?;
    Ok((path, Box::new(output)))
}

// Both programs open their input by the name of standard input, not by its
// number: so each reads it from the start, whoever read it before.

/// The names of all files on a disc that are UTF-8.
fn names(disc: &Section, source: &str) -> Result<Vec<String>, SourceError> {
    const MOST: usize = 1_000_000;
    let listing = BSDTAR.start(&["-tf", "/dev/stdin"], disc, source)?;
    let mut names = Vec::new();
    for line in BufReader::new(listing).split(b'\n') {
        let line = line.map_err(|error| SysError::new("read", source, error))?;
        if names.len() == MOST {
            return Err(Unusable::broken(source, "it has too many files").into());
        }
        names.extend(String::from_utf8(line).ok());
    }
    Ok(names)
}

/// Whether a file on a disc stands where distributions and cluster managers
/// put root filesystems.
fn may_be_root(name: &str) -> bool {
    let Some((directory, file)) = name.split_once('/') else {
        return false;
    };
    let archive = [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".tar.bz2"];
    match directory {
        // NVIDIA Base Command Manager.
        "data" => !file.contains('/') && archive.iter().any(|suffix| file.ends_with(suffix)),
        // Debian live, Ubuntu, Fedora and its relatives.
        "live" | "casper" | "install" => file.ends_with(".squashfs"),
        "LiveOS" => file == "squashfs.img",
        _ => false,
    }
}

fn found(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let roots: Vec<_> = names.iter().filter(|name| may_be_root(name)).collect();
    let mut shown: Vec<String> = roots
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{}`", Escaped(name.as_bytes())))
        .collect();
    if roots.len() > SHOWN {
        shown.push(format!("{} more", roots.len() - SHOWN));
    }
    if shown.is_empty() {
        "list the disc with `bsdtar -tf`, and say with --member which file is meant".to_owned()
    } else {
        format!("say with --member which is meant: {}", shown.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_filesystems_are_known_by_their_places() {
        let cases = [
            ("data/UBUNTU2404.tar.gz", true),
            ("data/ROCKY9.tgz", true),
            ("data/packages/11.30.0", false),
            ("data/packages/x.tar.gz", false),
            ("live/filesystem.squashfs", true),
            ("casper/minimal.standard.squashfs", true),
            ("casper/vmlinuz", false),
            ("LiveOS/squashfs.img", true),
            ("LiveOS/other", false),
            ("filesystem.squashfs", false),
            ("pool/main/x.tar.gz", false),
        ];
        for (name, expected) in cases {
            assert_eq!(may_be_root(name), expected, "{name}");
        }
    }
}
