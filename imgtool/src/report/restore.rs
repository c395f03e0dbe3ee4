//! [`Restored`]: what a restore did.

use std::io;
use std::path::Path;
use std::time::Duration;

use libimage::error::show;
use libimage::restore::Outcome;
use libimage::seekable::Reader;
use serde::Serialize;

use super::counts::{Kinds, entries};
use super::left_out::{self, LeftOut};
use super::name::{self, Name};
use super::text::{Pace, Size};
use super::{Item, Json, Text, moment};

/// What a restore did, and in what time.
pub(crate) struct Restored<'a> {
    pub(crate) backup: &'a Path,
    pub(crate) reader: &'a Reader,
    pub(crate) outcome: &'a Outcome,
    pub(crate) time: Duration,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    backup: String,
    began: String,
    archive_digest: String,
    frames: usize,
    frames_read: usize,
    #[serde(flatten)]
    kinds: Kinds,
    bytes: u64,
    digest: String,
    replaced: bool,
    left_behind: Option<String>,
    left_out: LeftOut,
    seconds: f64,
}

impl Item for Restored<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Outcome {
            path,
            tree,
            left_out,
            frames,
            replaced,
            left_behind,
            ..
        } = self.outcome;
        let done = out.paint.good("restored");
        let from = show(self.backup);
        out.line(format_args!("{done} {} from {from}", show(path)))?;
        let info = self.reader.info();
        out.row("as of", moment::utc(info.began))?;
        out.row("entries", entries(&tree.counts))?;
        out.row("content", Size(tree.bytes))?;
        out.row("digest", tree.digest)?;
        let all = self.reader.index().frames.len();
        if *frames < all {
            out.row("read", format_args!("{frames} of {all} frames"))?;
        }
        let pace = Pace {
            time: self.time,
            bytes: tree.bytes,
            entries: tree.counts.entries(),
        };
        out.row("time", pace)?;
        if !left_out.is_nothing() {
            out.row("left out", left_out::kinds(left_out))?;
        }
        out.replaced(*replaced, left_behind.as_deref())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let outcome = self.outcome;
        out.object(&Object {
            r#type: "restore",
            name: outcome.path.as_path().into(),
            backup: name::text(self.backup.as_os_str().as_encoded_bytes()),
            began: self.reader.info().began.to_string(),
            archive_digest: self.reader.digest().to_string(),
            frames: self.reader.index().frames.len(),
            frames_read: outcome.frames,
            kinds: (&outcome.tree.counts).into(),
            bytes: outcome.tree.bytes,
            digest: outcome.tree.digest.to_string(),
            replaced: outcome.replaced,
            left_behind: outcome
                .left_behind
                .as_deref()
                .map(|path| name::text(path.as_os_str().as_encoded_bytes())),
            left_out: (&outcome.left_out).into(),
            seconds: self.time.as_secs_f64(),
        })
    }
}
