//! Container images whose parts are known by the right hashes.

use fixtures::archive::TarBuilder;
use libimage::digest::Sha256;

/// What stands between two parts of an input.
const BORDER: &[u8] = b"\n@@@@\n";

/// As many parts as an image is made of; what is behind belongs to the last.
const PARTS: usize = 9;

/// A tar with the image that an input describes, and the hashes of its parts.
///
/// The first part is `index.json`, or with a `[` at its start the
/// `manifest.json` of `docker save`. The others are stored by their hashes,
/// which every part may name of those behind it: `@1` to `@8`.
pub fn assemble(input: &[u8]) -> (Vec<u8>, Vec<Sha256>) {
    let mut parts = split(input);
    let mut hashes = vec![Sha256::of(b""); parts.len()];
    for index in (0..parts.len()).rev() {
        parts[index] = named(&parts[index], &hashes, index);
        hashes[index] = Sha256::of(&parts[index]);
    }
    let is_docker = parts[0].starts_with(b"[");
    let mut tar = if is_docker {
        TarBuilder::new().file("manifest.json", parts[0].clone())
    } else {
        TarBuilder::new()
            .file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#)
            .file("index.json", parts[0].clone())
    };
    for (part, hash) in parts.into_iter().zip(&hashes).skip(1) {
        tar = tar.file(format!("blobs/sha256/{hash}"), part);
    }
    (tar.finish(), hashes)
}

/// An input of these parts.
pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.join(BORDER)
}

fn split(input: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut rest = input;
    while parts.len() + 1 < PARTS
        && let Some(at) = rest.windows(BORDER.len()).position(|bytes| bytes == BORDER)
    {
        parts.push(rest[..at].to_vec());
        rest = &rest[at + BORDER.len()..];
    }
    parts.push(rest.to_vec());
    parts
}

/// A part with hashes in place of `@1` and the like.
fn named(part: &[u8], hashes: &[Sha256], own: usize) -> Vec<u8> {
    let mut named = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = behind.first().filter(|_| byte == b'@');
        let index = digit.and_then(|digit| char::from(*digit).to_digit(10));
        let hash =
            index.and_then(|index| hashes.get(index as usize).filter(|_| index as usize > own));
        if let Some(hash) = hash {
            named.extend_from_slice(hash.to_string().as_bytes());
            rest = &rest[2..];
        } else {
            named.push(byte);
            rest = behind;
        }
    }
    named
}
