//! OCI image layouts.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::{Candidate, Image, MOST_IMAGES, Store, choose, sane};
use crate::archive::Proof;
use crate::digest::Sha256;
use crate::escape::Escaped;
use crate::source::error::SourceError;
use crate::source::{Choice, Platform};
use crate::tree::Resolved;

/// A reference to a part by its digest.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    size: Option<u64>,
    platform: Option<Platform>,
    #[serde(default)]
    annotations: HashMap<String, String>,
}

/// An index, or a manifest: Docker gives the one where the other is meant, and
/// only their members tell.
#[derive(Debug, Deserialize)]
struct Document {
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
}

/// How deep indexes may stand in each other.
const DEPTH: usize = 4;

/// The image that was asked for.
pub(super) fn find(store: &Store<'_>, choice: &Choice) -> Result<Image, SourceError> {
    let top = store
        .file(b"index.json")?
        .ok_or_else(|| store.broken("`index.json` vanished"))?;
    let top: Document = store.json(&top, None)?;
    let mut search = Search {
        store,
        seen: HashSet::new(),
        looked_at: 0,
        found: Vec::new(),
    };
    search.index(top.manifests.unwrap_or_default(), &[], 0)?;
    let Candidate {
        platform, image, ..
    } = choose(store.label, search.found, choice)?;
    let mut layers = Vec::new();
    for layer in image.layers {
        let digest = sha256(store, &layer)?;
        let media = Escaped(layer.media_type.as_bytes());
        if !layer.media_type.contains("tar") || layer.media_type.contains("encrypted") {
            return Err(store.broken(format!("a layer is {media}, which is no archive of files")));
        }
        let file = blob(store, &layer, digest)?.ok_or_else(|| {
            store.broken(format!(
                "the layer sha256:{digest} is missing from the layout"
            ))
        })?;
        layers.push(store.layer(file, Proof::Packed(digest)));
    }
    Ok(Image {
        layers,
        platform,
        digest: image.digest,
    })
}

/// A manifest that can be read.
struct Manifest {
    digest: Sha256,
    layers: Vec<Descriptor>,
}

struct Search<'a> {
    store: &'a Store<'a>,
    seen: HashSet<Sha256>,
    /// How many references were looked at.
    looked_at: usize,
    found: Vec<Candidate<Manifest>>,
}

impl Search<'_> {
    fn index(
        &mut self,
        descriptors: Vec<Descriptor>,
        names: &[String],
        depth: usize,
    ) -> Result<(), SourceError> {
        for descriptor in descriptors {
            let known = descriptor.platform.as_ref().is_none_or(Platform::is_known);
            // What comes with an image: signatures, bills of materials.
            let extra = descriptor
                .annotations
                .contains_key("vnd.docker.reference.type");
            if !known || extra {
                continue;
            }
            self.looked_at += 1;
            if self.looked_at > MOST_IMAGES || depth > DEPTH {
                return Err(self.store.broken("its indexes are too many or too deep"));
            }
            let mut names = names.to_vec();
            // Who wrote the layout says the whole name, or only the tag.
            for key in [
                "io.containerd.image.name",
                "org.opencontainers.image.ref.name",
            ] {
                names.extend(descriptor.annotations.get(key).cloned());
            }
            let names = sane(names);
            let digest = sha256(self.store, &descriptor)?;
            if let Some(same) = self.found.iter_mut().find(|one| one.image.digest == digest) {
                // The digest stays the last.
                same.names.splice(0..0, names);
                continue;
            }
            // Of an image for many platforms often only one is there.
            let Some(file) = blob(self.store, &descriptor, digest)? else {
                continue;
            };
            if !self.seen.insert(digest) {
                continue;
            }
            let document: Document = self.store.json(&file, Some(digest))?;
            match document {
                // Readers disagree on which of the two it is (CVE-2021-41190).
                Document {
                    manifests: Some(_),
                    layers: Some(_),
                    ..
                } => {
                    let reason = format!("sha256:{digest} is an index and a manifest at once");
                    return Err(self.store.broken(reason));
                }
                Document {
                    manifests: Some(inner),
                    ..
                } => self.index(inner, &names, depth + 1)?,
                Document {
                    config: Some(config),
                    layers: Some(layers),
                    ..
                } => self.manifest(digest, &descriptor, &config, layers, names)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn manifest(
        &mut self,
        digest: Sha256,
        descriptor: &Descriptor,
        config: &Descriptor,
        layers: Vec<Descriptor>,
        names: Vec<String>,
    ) -> Result<(), SourceError> {
        // Charts and other artifacts have a configuration that is none.
        if !config.media_type.contains("image") {
            return Ok(());
        }
        let known = sha256(self.store, config)?;
        let Some(file) = blob(self.store, config, known)? else {
            return Ok(());
        };
        // The configuration is part of what the image's digest covers; the
        // index around it may be anyone's.
        let platform: Platform = self.store.json(&file, Some(known))?;
        let claimed = descriptor.platform.as_ref();
        if claimed.is_some_and(|claimed| claimed.architecture != platform.architecture) {
            return Err(self.store.broken(format!(
                "its index says that sha256:{digest} is for {}, its configuration for {platform}",
                claimed.expect("checked above")
            )));
        }
        let image = Manifest { digest, layers };
        self.found
            .push(Candidate::new(names, platform, digest, image));
        Ok(())
    }
}

fn sha256(store: &Store<'_>, descriptor: &Descriptor) -> Result<Sha256, SourceError> {
    descriptor
        .digest
        .strip_prefix("sha256:")
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| {
            store.broken(format!(
                "the digest `{}` is no SHA-256",
                Escaped(descriptor.digest.as_bytes())
            ))
        })
}

/// The part that a descriptor means, where the layout has it.
fn blob(
    store: &Store<'_>,
    descriptor: &Descriptor,
    digest: Sha256,
) -> Result<Option<Resolved>, SourceError> {
    let file = store.file(format!("blobs/sha256/{digest}").as_bytes())?;
    if let Some((file, size)) = file.as_ref().zip(descriptor.size)
        && file.entry.file_size() != Some(size)
    {
        return Err(store.broken(format!("`{}` has not the size that is told", file.path)));
    }
    Ok(file)
}
