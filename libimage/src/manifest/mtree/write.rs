//! [`write()`]: walks a tree and writes it as an mtree file.

use std::io::{self, Write};

use super::vis;
use crate::digest::Algorithm;
use crate::entry::{Counts, Entry, Kind, Respect, Respects};
use crate::error::SysError;
use crate::manifest::BuildError;
use crate::monitor::{Monitor, Phase};
use crate::path::ImagePath;
use crate::size::total;
use crate::tree::{Tree, walk};

/// What an mtree file lists, in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// How many entries of each kind; mounts are counted and not listed.
    pub counts: Counts,
    /// Content of all regular files in bytes, each name counted.
    pub bytes: u64,
    /// Entries whose extended attributes or ACLs the format cannot hold.
    pub stripped: u64,
}

/// Reads all of `tree` on `threads` threads and writes it to `out`, which should
/// be buffered, as mtree of NetBSD and libarchive read it: a line an entry, with
/// whole paths, numeric owners, times to the nanosecond and, if `content` is
/// asked for, the SHA-256 digest of each file.
///
/// What is left out, for the format has no word that all readers know: extended
/// attributes and ACLs, and which names are one inode; and what `tree` itself does
/// not record.
///
/// # Errors
///
/// A [`BuildError`]; what was written to `out` until then is not whole.
pub fn write(
    tree: &dyn Tree,
    mut out: impl Write,
    content: bool,
    threads: usize,
    monitor: &dyn Monitor,
) -> Result<Written, BuildError> {
    let phase = if content { Phase::Hash } else { Phase::Walk };
    monitor.begin(phase, None);
    let mut written = Written::default();
    let recorded = tree.respects();
    let mut line = b"#mtree v2.0\n".to_vec();
    let failed =
        |error: io::Error| BuildError::Write(SysError::new("write", "the mtree file", error));
    out.write_all(&line).map_err(failed)?;
    walk(
        tree,
        threads,
        |directory, entry| match entry.file_size() {
            Some(_) if content => directory
                .digest(entry, Algorithm::Sha256, monitor)
                .map(Some),
            _ => Ok(None),
        },
        |walked| {
            let (path, mut entry) = (walked.path, walked.entry);
            entry.content = walked.seen;
            written.counts.add(&entry.kind);
            if entry.kind == Kind::Mount {
                return Ok(());
            }
            written.bytes = total([written.bytes, entry.file_size().unwrap_or(0)]);
            written.stripped += u64::from(!entry.metadata.xattrs.is_empty());
            line.clear();
            put(&path, &entry, recorded, &mut line);
            out.write_all(&line).map_err(failed)
        },
        monitor,
    )?;
    out.flush().map_err(failed)?;
    Ok(written)
}

fn put(path: &ImagePath, entry: &Entry, recorded: Respects, out: &mut Vec<u8>) {
    if !path.is_root() {
        out.extend_from_slice(b"./");
    }
    vis::encode(
        if path.is_root() {
            b"."
        } else {
            path.as_bytes()
        },
        out,
    );
    let kind = match entry.kind {
        Kind::Directory => "dir",
        Kind::File { .. } => "file",
        Kind::Symlink { .. } => "link",
        Kind::CharDevice(_) => "char",
        Kind::BlockDevice(_) => "block",
        Kind::Fifo => "fifo",
        Kind::Socket => "socket",
        Kind::Mount => unreachable!("mounts are not listed"),
    };
    let metadata = &entry.metadata;
    let infallible = "writing to a Vec cannot fail";
    write!(out, " type={kind}").expect(infallible);
    if recorded.contains(Respect::Mode) {
        write!(out, " mode={:04o}", metadata.mode).expect(infallible);
    }
    if recorded.contains(Respect::Owner) {
        write!(out, " uid={}", metadata.uid).expect(infallible);
    }
    if recorded.contains(Respect::Group) {
        write!(out, " gid={}", metadata.gid).expect(infallible);
    }
    if recorded.contains(Respect::Time) {
        write!(out, " time={}", metadata.mtime).expect(infallible);
    }
    match &entry.kind {
        Kind::File { size } => write!(out, " size={size}").expect(infallible),
        Kind::Symlink { target } => {
            out.extend_from_slice(b" link=");
            vis::encode(target, out);
        }
        Kind::CharDevice(number) | Kind::BlockDevice(number) => {
            write!(out, " device=native,{},{}", number.major, number.minor).expect(infallible);
        }
        _ => {}
    }
    if let Some(content) = &entry.content {
        write!(out, " sha256={content}").expect(infallible);
    }
    out.push(b'\n');
}
