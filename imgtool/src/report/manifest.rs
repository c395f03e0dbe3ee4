//! [`Listed`]: the manifest of a tree, in sum.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use indicatif::HumanCount;
use libimage::digest::Digest;
use libimage::entry::Counts;
use libimage::manifest::{self, Form, mtree};
use serde::Serialize;

use super::name::{self, Name};
use super::text::{Counted, Size};
use super::{Item, Json, Text};

/// What a tree listed in a file comes to.
pub(crate) struct Sums {
    form: &'static str,
    /// Only a manifest has one.
    digest: Option<Digest>,
    pub(crate) counts: Counts,
    bytes: u64,
    /// Entries with attributes that the format cannot hold.
    stripped: u64,
    /// Whether names where something is mounted are among the lines.
    pub(crate) lists_mounts: bool,
}

impl From<manifest::Summary> for Sums {
    fn from(summary: manifest::Summary) -> Self {
        Self {
            form: summary.form.word(),
            digest: (summary.form == Form::Manifest).then_some(summary.digest),
            counts: summary.counts,
            bytes: summary.bytes,
            stripped: 0,
            lists_mounts: summary.form == Form::Listing,
        }
    }
}

impl From<mtree::Written> for Sums {
    fn from(written: mtree::Written) -> Self {
        Self {
            form: "mtree",
            digest: None,
            counts: written.counts,
            bytes: written.bytes,
            stripped: written.stripped,
            lists_mounts: false,
        }
    }
}

/// What a manifest lists, in sum.
pub(crate) struct Listed<'a> {
    pub(crate) tree: &'a Path,
    /// Nothing for standard output.
    pub(crate) output: Option<&'a Path>,
    pub(crate) sums: &'a Sums,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    manifest: Option<String>,
    form: &'static str,
    entries: u64,
    bytes: u64,
    mounts: u64,
    stripped: u64,
    digest: Option<String>,
}

impl Listed<'_> {
    /// The same as lines for standard error.
    pub(crate) fn lines(&self) -> String {
        let sums = self.sums;
        let mut lines = String::new();
        if let Some(digest) = sums.digest {
            let _ = writeln!(lines, "{digest}");
        }
        let entries = Counted(sums.counts.entries(), "entry", "entries");
        let size = Size(sums.bytes);
        let _ = write!(lines, "{entries}, {size}");
        let mounts = if sums.lists_mounts {
            "where something is mounted"
        } else {
            "left out where something is mounted"
        };
        for (count, what) in [
            (sums.counts.mounts, mounts),
            (sums.stripped, "listed without their extended attributes"),
        ] {
            if count > 0 {
                let _ = write!(lines, ", {} {what}", HumanCount(count));
            }
        }
        lines.push('\n');
        lines
    }
}

/// In text nothing but the manifest itself goes to standard output.
impl Item for Listed<'_> {
    fn text(&self, _: &mut Text<'_>) -> io::Result<()> {
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        use std::os::unix::ffi::OsStrExt as _;
        let path = |path: &Path| name::text(path.as_os_str().as_bytes());
        out.object(&Object {
            r#type: "manifest",
            name: self.tree.into(),
            manifest: self.output.map(path),
            form: self.sums.form,
            entries: self.sums.counts.entries(),
            bytes: self.sums.bytes,
            mounts: self.sums.counts.mounts,
            stripped: self.sums.stripped,
            digest: self.sums.digest.map(|digest| digest.to_string()),
        })
    }
}
