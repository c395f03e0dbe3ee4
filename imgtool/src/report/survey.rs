//! [`Surveyed`]: what a tree is and how large.

use std::io;
use std::path::Path;

use indicatif::BinaryBytes;
use libimage::digest::Digest;
use libimage::survey::Outcome;
use serde::Serialize;

use super::counts::{Kinds, entries};
use super::facts::{self, Identity, KernelObject};
use super::name::{self, Name};
use super::software::{self, Software};
use super::text::{Counted, Size};
use super::{Item, Json, Text};

/// What a tree is and how large.
pub(crate) struct Surveyed<'a> {
    pub(crate) path: &'a Path,
    /// What holds the tree: a directory, a manifest, an archive.
    pub(crate) form: &'static str,
    pub(crate) outcome: &'a Outcome,
    /// The digest that the manifest beside it tells.
    pub(crate) recorded: Option<Digest>,
}

#[derive(Serialize)]
struct Object {
    r#type: &'static str,
    #[serde(flatten)]
    name: Name,
    form: &'static str,
    #[serde(flatten)]
    identity: Identity,
    kernels: Vec<KernelObject>,
    #[serde(flatten)]
    kinds: Kinds,
    bytes: u64,
    allocated: Option<u64>,
    digest: Option<String>,
    digest_recorded: bool,
    largest: Vec<LargestObject>,
    #[serde(flatten)]
    software: Software,
}

#[derive(Serialize)]
struct LargestObject {
    path: String,
    bytes: u64,
}

impl Item for Surveyed<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let outcome = self.outcome;
        out.line(format_args!("{}: {}", facts::heading(self.path), self.form))?;
        if let Some(facts) = &outcome.facts {
            facts::rows(facts, out)?;
            facts::machines(facts, out)?;
            software::rows(facts, out)?;
        }
        out.row("entries", entries(&outcome.counts))?;
        if outcome.counts.mounts > 0 {
            let mounts = Counted(outcome.counts.mounts, "mount", "mounts");
            out.row("left out", format_args!("{mounts}"))?;
        }
        out.row("content", Size(outcome.bytes))?;
        if let Some(allocated) = outcome.allocated {
            out.row("on disk", Size(allocated))?;
        }
        let mut label = "largest";
        for (path, bytes) in &outcome.largest {
            out.row(
                label,
                format_args!("{:>10}  `{path}`", BinaryBytes(*bytes).to_string()),
            )?;
            label = "";
        }
        if let Some(digest) = outcome.digest {
            out.row("digest", digest)?;
        }
        if let Some(digest) = self.recorded {
            let since = "as recorded; nothing changed since by size and time";
            out.row("digest", format_args!("{digest} ({since})"))?;
        }
        Ok(())
    }

    fn json(&self, out: &mut Json<'_>) -> io::Result<()> {
        let Outcome {
            facts,
            digest,
            counts,
            bytes,
            allocated,
            largest,
            ..
        } = self.outcome;
        out.object(&Object {
            r#type: "tree",
            name: self.path.into(),
            form: self.form,
            identity: facts.as_ref().map(Identity::from).unwrap_or_default(),
            kernels: facts.as_ref().map(facts::kernels).unwrap_or_default(),
            kinds: counts.into(),
            bytes: *bytes,
            allocated: *allocated,
            digest: digest.or(self.recorded).map(|digest| digest.to_string()),
            digest_recorded: self.recorded.is_some(),
            largest: largest
                .iter()
                .map(|(path, bytes)| LargestObject {
                    path: name::text(path.as_bytes()),
                    bytes: *bytes,
                })
                .collect(),
            software: facts.as_ref().map(Software::from).unwrap_or_default(),
        })
    }
}
