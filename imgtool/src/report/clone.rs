//! [`Cloned`]: what cloning did.

use std::io;
use std::path::Path;
use std::time::Duration;

use libimage::clone::Outcome;
use libimage::error::show;
use libimage::writer::Ways;
use serde::Serialize;

use super::counts::{Kinds, entries};
use super::left_out::{self, LeftOut};
use super::name::{self, Name};
use super::text::{Counted, Seconds, Size};
use super::{Item, Json, Text};

/// What cloning did, and in what time.
pub(crate) struct Cloned<'a> {
    /// The source as the user named it.
    pub(crate) source: &'a Path,
    pub(crate) outcome: &'a Outcome,
    pub(crate) time: Duration,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    source: String,
    #[serde(flatten)]
    kinds: Kinds,
    bytes: u64,
    reflinked_files: u64,
    reflinked_bytes: u64,
    copied_files: u64,
    copied_bytes: u64,
    digest: Option<String>,
    replaced: bool,
    left_behind: Option<String>,
    left_out: LeftOut,
    filtered: u64,
    seconds: f64,
}

/// How the files came to have their content.
pub(super) fn ways(ways: &Ways) -> String {
    let ways = [
        (ways.reflinked_files, ways.reflinked_bytes, "reflinked"),
        (ways.copied_files, ways.copied_bytes, "copied"),
    ];
    let ways: Vec<_> = ways
        .into_iter()
        .filter(|(files, ..)| *files > 0)
        .map(|(files, bytes, how)| {
            let files = Counted(files, "file", "files");
            format!("{files} {how}, {}", Size(bytes))
        })
        .collect();
    ways.join("; ")
}

impl Item for Cloned<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Outcome {
            path,
            extent,
            digest,
            replaced,
            left_behind,
            ..
        } = self.outcome;
        let done = out.paint.good("cloned");
        let source = show(self.source);
        out.line(format_args!("{done} {source} as {}", show(path)))?;
        out.row("entries", entries(&extent.counts))?;
        out.row("content", Size(extent.bytes))?;
        let ways = ways(&extent.ways);
        if !ways.is_empty() {
            out.row("how", ways)?;
        }
        if let Some(digest) = digest {
            out.row("verified", "source and clone were read and are equal")?;
            out.row("digest", digest)?;
        }
        out.row("time", Seconds(self.time))?;
        if !extent.left_out.is_nothing() {
            out.row("left out", left_out::kinds(&extent.left_out))?;
        }
        if extent.mounts > 0 {
            let mounts = Counted(extent.mounts, "name", "names");
            out.row(
                "mounts",
                format_args!("{mounts} where something is mounted"),
            )?;
        }
        if extent.filtered > 0 {
            let entries = Counted(extent.filtered, "entry", "entries");
            out.row("filtered", format_args!("{entries} left out by the filter"))?;
        }
        out.replaced(*replaced, left_behind.as_deref())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let Outcome { path, extent, .. } = self.outcome;
        let bytes_of = |path: &Path| name::text(path.as_os_str().as_encoded_bytes());
        let mut kinds = Kinds::from(&extent.counts);
        kinds.mounts = extent.mounts;
        out.object(&Object {
            r#type: "clone",
            name: path.as_path().into(),
            source: bytes_of(self.source),
            kinds,
            bytes: extent.bytes,
            reflinked_files: extent.ways.reflinked_files,
            reflinked_bytes: extent.ways.reflinked_bytes,
            copied_files: extent.ways.copied_files,
            copied_bytes: extent.ways.copied_bytes,
            digest: self.outcome.digest.map(|digest| digest.to_string()),
            replaced: self.outcome.replaced,
            left_behind: self.outcome.left_behind.as_deref().map(bytes_of),
            left_out: (&extent.left_out).into(),
            filtered: extent.filtered,
            seconds: self.time.as_secs_f64(),
        })
    }
}
