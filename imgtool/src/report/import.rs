//! [`Imported`]: what an import did.

use std::io;
use std::time::Duration;

use indicatif::{BinaryBytes, HumanCount};
use libimage::error::show;
use libimage::import::Outcome;
use libimage::source::{Form, Received};
use serde::Serialize;

use super::counts::{Kinds, entries};
use super::facts::{self, Identity, KernelObject};
use super::name::{self, Name};
use super::text::{Counted, Size};
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
    form: String,
    archive_bytes: u64,
    archive_digest: Option<String>,
    image_digest: Option<String>,
    platform: Option<String>,
    compression: Option<String>,
    members: u64,
    #[serde(flatten)]
    kinds: Kinds,
    bytes: u64,
    digest: String,
    #[serde(flatten)]
    identity: Identity,
    kernels: Vec<KernelObject>,
    published: bool,
    replaced: bool,
    left_behind: Option<String>,
    left_out: LeftOut,
    filtered: u64,
    seconds: f64,
}

/// What was left out for want of privilege.
#[derive(Serialize)]
pub(super) struct LeftOut {
    owners: u64,
    devices: u64,
    xattrs: u64,
    foreign: u64,
}

impl From<&libimage::writer::LeftOut> for LeftOut {
    fn from(left_out: &libimage::writer::LeftOut) -> Self {
        Self {
            owners: left_out.owners,
            devices: left_out.devices,
            xattrs: left_out.xattrs,
            foreign: left_out.foreign,
        }
    }
}

/// What the source was, and what it was compressed with.
fn packing(received: &Received) -> String {
    let compression = match received.codec {
        Some(codec) => format!("compression {codec}"),
        None => "several compressions".to_owned(),
    };
    match received.form {
        Form::Archive => compression,
        form => format!("{form}, {compression}"),
    }
}

/// What is not in the tree as it was in the archive, as far as there is any.
pub(super) fn kinds_left_out(left_out: &libimage::writer::LeftOut) -> String {
    let kinds = [
        Counted(left_out.owners, "owner", "owners"),
        Counted(left_out.devices, "device node", "device nodes"),
        Counted(
            left_out.xattrs,
            "attribute of root's",
            "attributes of root's",
        ),
        Counted(
            left_out.foreign,
            "attribute that Linux has no place for",
            "attributes that Linux has no place for",
        ),
    ];
    let kinds: Vec<_> = kinds
        .iter()
        .filter(|kind| kind.0 > 0)
        .map(ToString::to_string)
        .collect();
    kinds.join(", ")
}

impl Item for Imported<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let Outcome {
            path,
            received,
            tree,
            facts,
            left_out,
            filtered,
            published,
            replaced,
            left_behind,
            ..
        } = self.outcome;
        let source = show(self.archive.as_ref()).to_string();
        let done = if *published {
            out.paint.good("imported")
        } else {
            out.paint.good("would import")
        };
        out.line(format_args!("{done} {source} as {}", show(path)))?;
        facts::rows(facts, out)?;
        out.row("entries", entries(&tree.counts))?;
        out.row("content", Size(tree.bytes))?;
        out.row("digest", tree.digest)?;
        let packed = packing(received);
        out.row(
            "archive",
            format_args!("{}, {packed}", Size(received.bytes)),
        )?;
        if let Some(image) = received.image {
            out.row("image", format_args!("sha256:{image}"))?;
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
                BinaryBytes(rate(received.unpacked)),
                HumanCount(rate(tree.counts.entries())),
            ),
        )?;
        if !left_out.is_nothing() {
            out.row("left out", kinds_left_out(left_out))?;
        }
        if *filtered > 0 {
            let members = Counted(*filtered, "member", "members");
            out.row("filtered", format_args!("{members} left out by the filter"))?;
        }
        if !published {
            let replaced = if *replaced {
                "; the tree there would be replaced"
            } else {
                ""
            };
            out.row("written", format_args!("nothing{replaced}"))?;
        } else if let Some(left_behind) = left_behind {
            let left = format_args!("the former tree is left in {}", show(left_behind));
            out.row("replaced", left)?;
        } else if *replaced {
            out.row("replaced", "the former tree is removed")?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let outcome = self.outcome;
        let received = &outcome.received;
        out.object(&Object {
            r#type: "import",
            name: outcome.path.as_path().into(),
            archive: name::text(self.archive.as_bytes()),
            form: received.form.to_string(),
            archive_bytes: received.bytes,
            archive_digest: received.digest.map(|digest| digest.to_string()),
            image_digest: received.image.map(|digest| format!("sha256:{digest}")),
            platform: received.platform.as_ref().map(ToString::to_string),
            compression: received.codec.map(|codec| codec.to_string()),
            members: received.members,
            kinds: (&outcome.tree.counts).into(),
            bytes: outcome.tree.bytes,
            digest: outcome.tree.digest.to_string(),
            identity: (&outcome.facts).into(),
            kernels: facts::kernels(&outcome.facts),
            published: outcome.published,
            replaced: outcome.replaced,
            left_behind: outcome
                .left_behind
                .as_deref()
                .map(|path| name::text(path.as_os_str().as_encoded_bytes())),
            left_out: (&outcome.left_out).into(),
            filtered: outcome.filtered,
            seconds: self.time.as_secs_f64(),
        })
    }
}
