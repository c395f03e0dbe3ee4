//! What `docker save` wrote before it wrote OCI layouts, and what podman,
//! skopeo and Bazel write still.

use serde::Deserialize;

use super::{Candidate, Image, MOST_IMAGES, Store, choose};
use crate::archive::Proof;
use crate::digest::Sha256;
use crate::escape::Escaped;
use crate::source::error::SourceError;
use crate::source::{Choice, Platform};
use crate::tree::Resolved;

/// One image in the list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Item {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Configuration {
    #[serde(flatten)]
    platform: Platform,
    rootfs: RootFs,
}

#[derive(Debug, Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Vec<String>,
}

/// The images that are listed; nothing if there is no such list, though there
/// may be a file of its name.
pub(super) fn list(store: &Store<'_>) -> Result<Option<Vec<Item>>, SourceError> {
    let Some(list) = store.file(b"manifest.json")? else {
        return Ok(None);
    };
    match store.json(&list, None) {
        Ok(items) => Ok(Some(items)),
        // A root filesystem may have a file of that name, but no such company.
        Err(_) if !store.has_parts()? => Ok(None),
        Err(error) => Err(error),
    }
}

/// The image that was asked for.
pub(super) fn find(
    store: &Store<'_>,
    items: Vec<Item>,
    choice: &Choice,
) -> Result<Image, SourceError> {
    if items.len() > MOST_IMAGES {
        return Err(store.broken(format!("it lists more than {MOST_IMAGES} images")));
    }
    let mut candidates = Vec::new();
    for item in items {
        let file = part(store, &item.config)?;
        // Its name has its digest, bare, with `.json` or with `sha256:`.
        let digest = digest_in(&item.config).ok_or_else(|| {
            store.broken(format!(
                "the configuration `{}` is not named by a SHA-256",
                Escaped(item.config.as_bytes())
            ))
        })?;
        let Configuration { platform, rootfs } = store.json(&file, Some(digest))?;
        let names = item.repo_tags.unwrap_or_default();
        let image = (digest, item.layers, rootfs.diff_ids);
        candidates.push(Candidate::new(names, platform, digest, image));
    }
    let Candidate {
        platform,
        image: (digest, paths, diff_ids),
        ..
    } = choose(store.label, candidates, choice)?;
    if paths.len() != diff_ids.len() {
        return Err(store.broken("its configuration does not name as many layers as it has"));
    }
    let mut layers = Vec::new();
    for (path, diff_id) in paths.iter().zip(diff_ids) {
        let expected = digest_in(&diff_id).ok_or_else(|| {
            store.broken(format!(
                "the digest `{}` is no SHA-256",
                Escaped(diff_id.as_bytes())
            ))
        })?;
        layers.push(store.layer(part(store, path)?, Proof::Unpacked(expected)));
    }
    Ok(Image {
        layers,
        platform,
        digest,
    })
}

/// The SHA-256 that stands in a name such as `blobs/sha256/…`, `….json`,
/// `sha256:…`.
fn digest_in(name: &str) -> Option<Sha256> {
    let last = name.rsplit(['/', ':']).next()?;
    last.strip_suffix(".json").unwrap_or(last).parse().ok()
}

fn part(store: &Store<'_>, path: &str) -> Result<Resolved, SourceError> {
    store
        .file(path.as_bytes())?
        .ok_or_else(|| store.broken(format!("`{}` is missing from it", Escaped(path.as_bytes()))))
}
