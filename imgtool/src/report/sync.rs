//! [`Synced`]: what a sync did, or would do.

use std::io;
use std::path::Path;
use std::time::Duration;

use indicatif::HumanCount;
use libimage::error::show;
use libimage::sync::Outcome;
use serde::Serialize;

use super::clone;
use super::name::{self, Name};
use super::text::{Seconds, Size};
use super::{Item, Json, Text};

/// What a sync did; nothing without `-w`.
pub(crate) struct Synced<'a> {
    /// The target.
    pub(crate) path: &'a Path,
    pub(crate) outcome: Option<&'a Outcome>,
    /// Names that are not deleted, since those are too many.
    pub(crate) kept: u64,
    /// The script by which rsync does it, if one was written.
    pub(crate) script: Option<&'a Path>,
    pub(crate) time: Duration,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    written: bool,
    created: u64,
    updated: u64,
    metadata: u64,
    linked: u64,
    deleted: u64,
    bytes: u64,
    kept: u64,
    resumed: bool,
    atomic: bool,
    reflinked_files: u64,
    reflinked_bytes: u64,
    copied_files: u64,
    copied_bytes: u64,
    script: Option<String>,
    seconds: f64,
}

impl Item for Synced<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Some(outcome) = self.outcome else {
            let word = out.paint.odd("nothing was changed");
            if self.kept > 0 {
                let count = HumanCount(self.kept);
                out.row("kept", format_args!("{count} of these, for --max-delete"))?;
            }
            if let Some(script) = self.script {
                let script = show(script);
                return out.line(format_args!(
                    "{word}: rsync does it by {script}, which without -w shows what it would do"
                ));
            }
            return out.line(format_args!(
                "{word}: give -w to do this, or --save-plan FILE to do it later"
            ));
        };
        let word = out.paint.good("synced");
        out.line(format_args!("{word} {}", show(self.path)))?;
        let counts = [
            ("created", outcome.created),
            ("updated", outcome.updated),
            ("metadata", outcome.metadata),
            ("linked", outcome.linked),
            ("deleted", outcome.deleted),
        ];
        for (label, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            out.row(label, HumanCount(count))?;
        }
        out.row("written", Size(outcome.bytes))?;
        if self.kept > 0 {
            let count = HumanCount(self.kept);
            out.row(
                "kept",
                format_args!("{count} not deleted, for --max-delete"),
            )?;
        }
        if outcome.resumed {
            out.row("finished", "what an earlier sync had begun")?;
        }
        if let Some(cloned) = &outcome.cloned {
            let swapped = "the new tree was swapped in by one rename";
            out.row("atomic", swapped)?;
            let ways = clone::ways(cloned);
            if !ways.is_empty() {
                out.row("the rest", ways)?;
            }
        }
        out.row("time", Seconds(self.time))
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let outcome = self.outcome.copied().unwrap_or_default();
        let ways = outcome.cloned.unwrap_or_default();
        out.object(&Object {
            r#type: "sync",
            name: self.path.into(),
            written: self.outcome.is_some(),
            created: outcome.created,
            updated: outcome.updated,
            metadata: outcome.metadata,
            linked: outcome.linked,
            deleted: outcome.deleted,
            bytes: outcome.bytes,
            kept: self.kept,
            resumed: outcome.resumed,
            atomic: outcome.cloned.is_some(),
            reflinked_files: ways.reflinked_files,
            reflinked_bytes: ways.reflinked_bytes,
            copied_files: ways.copied_files,
            copied_bytes: ways.copied_bytes,
            script: self
                .script
                .map(|path| name::text(path.as_os_str().as_encoded_bytes())),
            seconds: self.time.as_secs_f64(),
        })
    }
}
