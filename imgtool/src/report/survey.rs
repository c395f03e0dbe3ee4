//! [`Surveyed`]: what a tree is and how large.

use std::io;
use std::path::Path;

use libimage::survey::Outcome;
use serde::Serialize;

use super::counts::{Kinds, entries};
use super::facts::{self, Identity, KernelObject};
use super::name::Name;
use super::text::{Counted, Size};
use super::{Item, Json, Text};

/// What a tree is and how large.
pub(crate) struct Surveyed<'a> {
    pub(crate) path: &'a Path,
    /// What holds the tree: a directory, a manifest, an archive.
    pub(crate) form: &'static str,
    pub(crate) outcome: &'a Outcome,
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
}

impl Item for Surveyed<'_> {
    fn text(&self, out: &mut Text<'_>) -> io::Result<()> {
        let outcome = self.outcome;
        out.line(format_args!("{}: {}", facts::heading(self.path), self.form))?;
        if let Some(facts) = &outcome.facts {
            facts::rows(facts, out)?;
            facts::machines(facts, out)?;
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
        if let Some(digest) = outcome.digest {
            out.row("digest", digest)?;
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
            digest: digest.map(|digest| digest.to_string()),
        })
    }
}
