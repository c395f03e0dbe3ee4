//! [`Listed`]: the manifest of a tree, in sum.

use std::io;
use std::path::Path;

use indicatif::HumanCount;
use libimage::manifest::{Form, Summary};
use serde::Serialize;

use super::name::{self, Name};
use super::text::Size;
use super::{Item, Json, Text};

/// What a manifest lists, in sum.
pub(crate) struct Listed<'a> {
    pub(crate) tree: &'a Path,
    /// Nothing for standard output.
    pub(crate) output: Option<&'a Path>,
    pub(crate) summary: &'a Summary,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    manifest: Option<String>,
    entries: u64,
    bytes: u64,
    mounts: u64,
    /// Nothing of a listing.
    digest: Option<String>,
}

impl Listed<'_> {
    /// The same as lines for standard error.
    pub(crate) fn lines(&self) -> String {
        let Summary {
            form,
            digest,
            counts,
            bytes,
            ..
        } = self.summary;
        let (entries, size) = (HumanCount(counts.entries()), Size(*bytes));
        let left_out = match counts.mounts {
            0 => String::new(),
            mounts if *form == Form::Listing => {
                format!(", {} where something is mounted", HumanCount(mounts))
            }
            _ => format!(
                ", {} left out where something is mounted",
                HumanCount(counts.mounts)
            ),
        };
        // That of a listing is the identity of nothing.
        let digest = match form {
            Form::Manifest => format!("{digest}\n"),
            Form::Listing => String::new(),
        };
        format!("{digest}{entries} entries, {size}{left_out}\n")
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
            r#type: self.summary.form.word(),
            name: self.tree.into(),
            manifest: self.output.map(path),
            entries: self.summary.counts.entries(),
            bytes: self.summary.bytes,
            mounts: self.summary.counts.mounts,
            digest: match self.summary.form {
                Form::Manifest => Some(self.summary.digest.to_string()),
                Form::Listing => None,
            },
        })
    }
}
