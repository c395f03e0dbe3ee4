//! What all lines about backups say of the tree in one.

use std::io;

use libimage::escape::Escaped;
use libimage::seekable::Info;
use serde::Serialize;

use super::Text;
use super::text::Counted;

/// The members of an object about a backup.
#[derive(Serialize)]
pub(super) struct Known<'a> {
    source: &'a str,
    began: String,
    kind: Option<&'a str>,
    arch: Option<&'a str>,
    distro: Option<&'a str>,
    entries: u64,
    bytes: u64,
    digest: String,
    level: i32,
    version: &'a str,
}

impl<'a> From<&'a Info> for Known<'a> {
    fn from(info: &'a Info) -> Self {
        Self {
            source: &info.source,
            began: info.began.to_string(),
            kind: info.kind.as_deref(),
            arch: info.arch.as_deref(),
            distro: info.distro.as_deref(),
            entries: info.entries,
            bytes: info.bytes,
            digest: info.tree.to_string(),
            level: info.level,
            version: &info.version,
        }
    }
}

/// Rows of what is known of the tree by its content.
pub(super) fn identity(info: &Info, out: &mut Text<'_>) -> io::Result<()> {
    let rows = [
        ("kind", &info.kind),
        ("arch", &info.arch),
        ("distro", &info.distro),
    ];
    for (label, value) in rows {
        if let Some(value) = value {
            out.row(label, Escaped(value.as_bytes()))?;
        }
    }
    Ok(())
}

/// A row about the names where something is mounted, if there are any.
pub(super) fn mounts(mounts: u64, out: &mut Text<'_>) -> io::Result<()> {
    if mounts == 0 {
        return Ok(());
    }
    let names = Counted(mounts, "name", "names");
    let what = "where something is mounted: what that is, is not in the backup";
    out.row("left out", format_args!("{names} {what}"))
}
