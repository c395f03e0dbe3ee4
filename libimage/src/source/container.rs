//! Container images: OCI image layouts and what `docker save` writes.
//!
//! Both are trees, in a directory or in a tar, in which a few small JSON files
//! say which archives are the layers. Every part is named by its SHA-256 and
//! counts only if it has that, so one who trusts the first file may trust all.
//!
//! Sources: OCI image specification 1.1, "Image Layout", "Image Index", "Image
//! Manifest", "Image Configuration"; Docker image specification 1.2, "Combined
//! Image JSON + Filesystem Changeset Format".

mod docker;
mod oci;

use std::io::Read;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::error::{SourceError, Unusable};
use super::{Choice, Platform};
use crate::archive::Proof;
use crate::digest::Sha256;
use crate::entry::Kind;
use crate::escape::Escaped;
use crate::monitor::Silent;
use crate::path::ImagePath;
use crate::tree::{Directory, Resolved, Tree, TreeError, resolve};

/// One layer of an image: an archive to be put over those before it.
pub(super) struct Layer {
    directory: Arc<dyn Directory>,
    name: Box<[u8]>,
    /// What it is called in messages.
    pub(super) label: String,
    /// Bytes as it lies there.
    pub(super) length: u64,
    /// What its content must be.
    pub(super) proof: Proof,
}

impl Layer {
    /// Its bytes.
    pub(super) fn open(&self) -> Result<Box<dyn Read + Send>, TreeError> {
        self.directory.open(&self.name)
    }
}

/// An image chosen from a layout.
pub(super) struct Image {
    pub(super) layers: Vec<Layer>,
    pub(super) platform: Platform,
    /// By what the image is known: the digest of its manifest, or of its
    /// configuration where there is no manifest.
    pub(super) digest: Sha256,
}

/// As many layers as an image may have. Docker itself stops at 127.
const MOST_LAYERS: usize = 1000;

/// Finds the image in a tree; nothing if the tree holds none.
pub(super) fn find(
    tree: &dyn Tree,
    label: &str,
    choice: &Choice,
) -> Result<Option<Image>, SourceError> {
    let store = Store { tree, label };
    let image = if store.file(b"oci-layout")?.is_some() && store.file(b"index.json")?.is_some() {
        oci::find(&store, choice)?
    } else if let Some(items) = docker::list(&store)? {
        docker::find(&store, items, choice)?
    } else if resolve(tree, b"blobs/sha256")?.is_some() {
        let reason =
            "it holds parts of a container image, but not both `oci-layout` and `index.json`";
        return Err(Unusable::broken(label, reason).into());
    } else {
        return Ok(None);
    };
    if image.layers.len() > MOST_LAYERS {
        let reason = format!("the image has more than {MOST_LAYERS} layers");
        return Err(Unusable::broken(label, reason).into());
    }
    Ok(Some(image))
}

/// Whether an archive whose first members have these paths may hold an image.
pub(super) fn may_begin(path: &ImagePath) -> bool {
    let Some(first) = path.components().next() else {
        // The root itself.
        return true;
    };
    let first = first.strip_prefix(b"sha256:").unwrap_or(first);
    let digits = first.iter().take_while(|byte| byte.is_ascii_hexdigit());
    matches!(
        first,
        b"blobs" | b"oci-layout" | b"index.json" | b"manifest.json" | b"repositories"
    ) || digits.count() == 64
}

/// The parts of images, by their paths in a tree.
struct Store<'a> {
    tree: &'a dyn Tree,
    label: &'a str,
}

/// How many images, or references to images, are looked at.
const MOST_IMAGES: usize = 1000;

/// Names of an image, and bytes of one, that are looked at.
const MOST_NAMES: usize = 16;
const LONGEST_NAME: usize = 512;

/// Bytes of a JSON file; real ones have some thousand.
const MOST_JSON: u64 = 4 << 20;

impl Store<'_> {
    fn broken(&self, reason: impl Into<String>) -> SourceError {
        Unusable::broken(self.label, reason).into()
    }

    /// The regular file that a path leads to, inside the tree.
    fn file(&self, path: &[u8]) -> Result<Option<Resolved>, SourceError> {
        let found = resolve(self.tree, path)?;
        Ok(found.filter(|found| matches!(found.entry.kind, Kind::File { .. })))
    }

    /// Whether names of parts stand beside `manifest.json`.
    fn has_parts(&self) -> Result<bool, SourceError> {
        let (_, root) = self.tree.root()?;
        let entries = root.entries(&Silent)?;
        Ok(entries.iter().any(|entry| {
            *entry.name != *b"manifest.json"
                && ImagePath::new(&*entry.name).is_ok_and(|path| may_begin(&path))
        }))
    }

    /// A JSON file, which must have the given hash.
    fn json<T: DeserializeOwned>(
        &self,
        file: &Resolved,
        expected: Option<Sha256>,
    ) -> Result<T, SourceError> {
        let mut bytes = Vec::new();
        file.parent
            .open(&file.entry.name)?
            .take(MOST_JSON + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self.broken(format!("`{}`: {error}", file.path)))?;
        if bytes.len() as u64 > MOST_JSON {
            return Err(self.broken(format!(
                "`{}` is too large to be what it should be",
                file.path
            )));
        }
        if expected.is_some_and(|expected| Sha256::of(&bytes) != expected) {
            return Err(self.broken(format!("`{}` is not what its name promises", file.path)));
        }
        serde_json::from_slice(&bytes).map_err(|error| {
            let error = error.to_string();
            self.broken(format!("`{}`: {}", file.path, Escaped(error.as_bytes())))
        })
    }

    fn layer(&self, file: Resolved, proof: Proof) -> Layer {
        let label = format!("{}:{}", self.label, file.path);
        Layer {
            length: file.entry.file_size().unwrap_or(0),
            directory: file.parent,
            name: file.entry.name,
            label,
            proof,
        }
    }
}

/// An image among several.
struct Candidate<T> {
    names: Vec<String>,
    platform: Platform,
    image: T,
}

impl<T> Candidate<T> {
    /// The digest by which it is known is its last name, for want of another.
    fn new(names: Vec<String>, platform: Platform, digest: Sha256, image: T) -> Self {
        let mut names = sane(names);
        names.push(format!("sha256:{digest}"));
        Self {
            names,
            platform,
            image,
        }
    }
}

/// Names that people gave, not more than there can be of them.
fn sane(names: impl IntoIterator<Item = String>) -> Vec<String> {
    names
        .into_iter()
        .filter(|name| name.len() <= LONGEST_NAME)
        .take(MOST_NAMES)
        .collect()
}

/// The one image that was asked for.
fn choose<T>(
    label: &str,
    mut candidates: Vec<Candidate<T>>,
    choice: &Choice,
) -> Result<Candidate<T>, SourceError> {
    let every = describe(&candidates);
    let none = |what: String| {
        let help = format!("it holds {every}");
        Err(Unusable::choice(label, format!("it holds no image {what}"), help).into())
    };
    if candidates.is_empty() {
        return Err(Unusable::broken(label, "it holds no image that can be read").into());
    }
    if let Some(name) = &choice.image {
        // The whole name says more than its end.
        let whole = |candidate: &Candidate<T>| candidate.names.contains(name);
        if candidates.iter().any(whole) {
            candidates.retain(whole);
        }
        candidates.retain(|candidate| candidate.names.iter().any(|other| is_named(other, name)));
        if candidates.is_empty() {
            return none(format!("called `{}`", Escaped(name.as_bytes())));
        }
    }
    if let Some(arch) = choice.arch {
        candidates.retain(|candidate| candidate.platform.claimed() == Some(arch));
        if candidates.is_empty() {
            return none(format!("for {arch}"));
        }
    }
    let first = candidates[0].platform.claimed();
    let option = if candidates.iter().all(|one| one.platform.claimed() == first) {
        "--image"
    } else {
        "--arch"
    };
    if candidates.len() > 1 {
        let reason = format!("it holds several images: {}", describe(&candidates));
        let help = format!("say with {option} which of them is meant");
        return Err(Unusable::choice(label, reason, help).into());
    }
    Ok(candidates.remove(0))
}

/// Whether a name is the one that was asked for, its registry left off or not.
fn is_named(name: &str, wanted: &str) -> bool {
    name == wanted
        || name
            .strip_suffix(wanted)
            .is_some_and(|rest| rest.ends_with('/') || rest.ends_with(':'))
}

fn describe<T>(candidates: &[Candidate<T>]) -> String {
    const SHOWN: usize = 8;
    let mut shown: Vec<String> = candidates
        .iter()
        .take(SHOWN)
        .map(|candidate| {
            let name = candidate.names.first().map_or("", String::as_str);
            format!("`{}` for {}", Escaped(name.as_bytes()), candidate.platform)
        })
        .collect();
    if candidates.len() > SHOWN {
        shown.push(format!("{} more", candidates.len() - SHOWN));
    }
    shown.join(", ")
}
