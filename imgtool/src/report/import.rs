//! [`Imported`]: what an import did.

use std::io;
use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount};
use libimage::error::show;
use libimage::import::Outcome;
use serde::Serialize;

use super::facts::{self, Identity, KernelObject};
use super::name::{self, Name};
use super::text::Size;
use super::{Item, Json, Text};

/// What an import did, and in what time.
pub(crate) struct Imported<'a> {
    /// The archive as the user named it.
    pub(crate) archive: &'a str,
    pub(crate) outcome: &'a Outcome,
    pub(crate) time: Duration,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    archive: String,
    archive_bytes: u64,
    archive_digest: String,
    compression: String,
    members: u64,
    entries: u64,
    bytes: u64,
    digest: String,
    #[serde(flatten)]
    identity: Identity,
    kernels: Vec<KernelObject>,
    replaced: bool,
    left_behind: Option<String>,
    left_out: LeftOut,
    seconds: f64,
}

#[derive(Serialize)]
struct LeftOut {
    owners: u64,
    devices: u64,
    xattrs: u64,
}

impl Item for Imported<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Outcome {
            path,
            archive,
            tree,
            facts,
            left_out,
            replaced,
            left_behind,
            ..
        } = self.outcome;
        let source = show(self.archive.as_ref()).to_string();
        let done = out.paint.good("imported");
        out.line(format_args!("{done} {source} as {}", show(path)))?;
        facts::rows(facts, out)?;
        out.row("entries", HumanCount(tree.entries))?;
        out.row("content", Size(tree.bytes))?;
        out.row("digest", tree.digest)?;
        let packed = format_args!("{}, compression {}", Size(archive.bytes), archive.codec);
        out.row("archive", packed)?;
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
                BinaryBytes(rate(archive.unpacked)),
                HumanCount(rate(tree.entries)),
            ),
        )?;
        if !left_out.is_nothing() {
            out.row(
                "left out",
                format_args!(
                    "owners of {} entries, {} device nodes, {} attributes: only root can set them",
                    left_out.owners, left_out.devices, left_out.xattrs
                ),
            )?;
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
            r#type: "import",
            name: outcome.path.as_path().into(),
            archive: name::text(self.archive.as_bytes()),
            archive_bytes: outcome.archive.bytes,
            archive_digest: outcome.archive.digest.to_string(),
            compression: outcome.archive.codec.to_string(),
            members: outcome.archive.members,
            entries: outcome.tree.entries,
            bytes: outcome.tree.bytes,
            digest: outcome.tree.digest.to_string(),
            identity: (&outcome.facts).into(),
            kernels: facts::kernels(&outcome.facts),
            replaced: outcome.replaced,
            left_behind: outcome
                .left_behind
                .as_deref()
                .map(|path| name::text(path.as_os_str().as_encoded_bytes())),
            left_out: LeftOut {
                owners: outcome.left_out.owners,
                devices: outcome.left_out.devices,
                xattrs: outcome.left_out.xattrs,
            },
            seconds: self.time.as_secs_f64(),
        })
    }
}
