//! [`Restored`]: what a restore did.

use std::io;
use std::path::Path;
use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount};
use libimage::error::show;
use libimage::restore::Outcome;
use libimage::seekable::Reader;
use serde::Serialize;

use super::counts::{Kinds, entries};
use super::left_out::{self, LeftOut};
use super::name::{self, Name};
use super::text::Size;
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
        let seconds = self.time.as_secs_f64();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate for people"
        )]
        let rate = |count: u64| (count as f64 / seconds.max(1e-9)) as u64;
        out.row(
            "time",
            format_args!(
                "{seconds:.1} s, {}/s, {} entries/s",
                BinaryBytes(rate(tree.bytes)),
                HumanCount(rate(tree.counts.entries())),
            ),
        )?;
        if !left_out.is_nothing() {
            out.row("left out", left_out::kinds(left_out))?;
        }
        if let Some(left_behind) = left_behind {
            let left = format_args!("the former tree is left in {}", show(left_behind));
            out.row("replaced", left)?;
        } else if *replaced {
            out.row("replaced", "the former tree is removed")?;
        }
        Ok(())
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
