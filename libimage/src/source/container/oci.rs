//! OCI image layouts.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::{Candidate, Image, Store, choose};
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

/// How many manifests are looked at altogether.
const MOST: usize = 1000;

/// The image that was asked for.
pub(super) fn find(store: &Store<'_>, choice: &Choice) -> Result<Image, SourceError> {
    let top = store
        .file(b"index.json")?
        .ok_or_else(|| store.broken("`index.json` vanished"))?;
    let top: Document = store.json(&top, None)?;
    let mut search = Search {
        store,
        seen: HashSet::new(),
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
        let file = blob(store, digest)?.ok_or_else(|| {
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
            let mut names = names.to_vec();
            // Who wrote the layout says the whole name, or only the tag.
            for key in [
                "io.containerd.image.name",
                "org.opencontainers.image.ref.name",
            ] {
                names.extend(descriptor.annotations.get(key).cloned());
            }
            let digest = sha256(self.store, &descriptor)?;
            if let Some(same) = self.found.iter_mut().find(|one| one.image.digest == digest) {
                same.names.extend(names);
                continue;
            }
            // Of an image for many platforms often only one is there.
            let Some(file) = blob(self.store, digest)? else {
                continue;
            };
            if !self.seen.insert(digest) {
                continue;
            }
            if self.seen.len() > MOST || depth > DEPTH {
                return Err(self.store.broken("its indexes are too many or too deep"));
            }
            let document: Document = self.store.json(&file, Some(digest))?;
            match document {
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
        let Some(file) = blob(self.store, sha256(self.store, config)?)? else {
            return Ok(());
        };
        // The configuration is part of what the image's digest covers; the
        // index around it may be anyone's.
        let platform: Platform = self.store.json(&file, Some(sha256(self.store, config)?))?;
        let claimed = descriptor.platform.as_ref();
        if claimed.is_some_and(|claimed| claimed.architecture != platform.architecture) {
            return Err(self.store.broken(format!(
                "its index says that sha256:{digest} is for {}, its configuration for {platform}",
                claimed.expect("checked above")
            )));
        }
        self.found.push(Candidate {
            names,
            platform,
            image: Manifest { digest, layers },
        });
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

/// The part with this digest, where the layout has it.
fn blob(store: &Store<'_>, digest: Sha256) -> Result<Option<Resolved>, SourceError> {
    store.file(format!("blobs/sha256/{digest}").as_bytes())
}
