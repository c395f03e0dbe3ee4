//! [`Imported`]: what an import did.

use std::io;
use std::time::Duration;

use libimage::error::show;
use libimage::import::Outcome;
use libimage::source::{Form, Received};
use serde::Serialize;

use super::counts::{Kinds, entries};
use super::facts::{self, Identity, KernelObject};
use super::left_out::{self, LeftOut};
use super::name::{self, Name};
use super::text::{Counted, Pace, Size};
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
        let pace = Pace {
            time: self.time,
            bytes: received.unpacked,
            entries: tree.counts.entries(),
        };
        out.row("time", pace)?;
        if !left_out.is_nothing() {
            out.row("left out", left_out::kinds(left_out))?;
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
            return out.row("written", format_args!("nothing{replaced}"));
        }
        out.replaced(*replaced, left_behind.as_deref())
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
