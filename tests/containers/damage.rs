//! Of a layout that is damaged, hostile or far too large nothing is published,
//! and nothing outside of it is read.

use std::collections::BTreeMap;

use fixtures::archive::Prefix;
use fixtures::compress::Codec;
use fixtures::container::damage::{self, Damage};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::Options;
use libimage::source::Form;

use crate::arena::{Arena, Packing};

/// What is said, and of which damage.
const SAID: &[(&str, &[&str])] = &[
    (
        "`index.json`: ",
        &[
            "index-is-garbage",
            "index-is-cut",
            "index-is-empty",
            "index-is-a-list",
            "index-lists-text",
            "index-of-a-million-lists",
        ],
    ),
    (
        "parts of a container image, but not both `oci-layout` and `index.json`",
        &[
            "index-is-a-directory",
            "index-is-missing",
            "marker-is-missing",
            "link-for-index",
            "link-for-marker",
            "absolute-link-for-index",
            "link-to-nowhere",
            "index-is-a-pipe",
            "index-is-a-device",
            "marker-is-a-pipe",
        ],
    ),
    (
        "it holds no image that can be read",
        &[
            "index-lists-nothing",
            "manifest-is-missing",
            "configuration-is-missing",
            "configuration-is-a-chart",
            "only-an-attestation",
            "link-for-a-configuration",
            "link-for-a-manifest",
            "link-for-blobs",
            "link-for-sha256",
            "absolute-link-for-blobs",
            "list-is-empty",
        ],
    ),
    (
        "is not what its name promises",
        &[
            "manifest-is-altered",
            "configuration-is-altered",
            "saved-configuration-is-longer",
        ],
    ),
    // "Content Descriptors": a size that is wrong SHOULD NOT be trusted.
    (
        "has not the size that is told",
        &[
            "manifest-is-longer",
            "configuration-is-longer",
            "layer-is-longer",
            "layer-is-cut",
            "layer-is-another",
            "layer-of-another-size",
            "manifest-of-another-size",
            "configuration-of-another-size",
            "index-contains-itself",
        ],
    ),
    (
        "its content is not what its name sha256:",
        &[
            "layer-is-altered",
            "saved-layer-is-cut",
            "saved-layer-is-altered",
            "saved-layers-are-swapped",
            "saved-layer-comes-twice",
        ],
    ),
    (
        "something follows the end-of-archive marker",
        &["saved-layer-is-longer"],
    ),
    (
        "is missing from the layout",
        &[
            "layer-is-missing",
            "lower-layer-is-missing",
            "link-for-a-layer",
            "absolute-link-for-a-layer",
            "layer-is-a-pipe",
            "layer-is-a-device",
            "layer-is-a-directory",
        ],
    ),
    (
        "is no SHA-256",
        &[
            "manifest-by-sha512",
            "configuration-by-sha512",
            "layer-by-sha512",
            "digest-in-capitals",
            "digest-is-empty",
            "digest-without-digits",
            "digest-is-a-path",
            "manifest-is-a-path",
            "saved-layers-by-sha512",
            "saved-layers-by-no-digest",
        ],
    ),
    (
        "is for linux/arm64, its configuration for linux/amd64",
        &["platform-is-another"],
    ),
    (
        "which is no archive of files",
        &["layer-is-no-tar", "layer-is-encrypted"],
    ),
    // CVE-2021-41190.
    (
        "an index and a manifest at once",
        &["index-and-manifest-in-one"],
    ),
    ("is not a tar archive", &["layer-is-text"]),
    (
        "`blobs/sha256/",
        &["configuration-is-garbage", "configuration-is-a-list"],
    ),
    (
        "too large to be what it should be",
        &["index-of-8-mib", "manifest-of-8-mib", "list-of-8-mib"],
    ),
    (
        "too many or too deep",
        &["manifests-10000", "indexes-12-deep"],
    ),
    (
        "more than 1000 layers",
        &["layers-2000", "saved-layers-2000"],
    ),
    ("more than 1000 images", &["list-of-10000"]),
    (
        "cannot be followed",
        &["link-in-a-circle", "list-leads-through-files"],
    ),
    (
        "`manifest.json`: ",
        &[
            "list-is-garbage",
            "list-is-cut",
            "list-is-an-object",
            "list-without-layers",
            "list-of-a-million-lists",
        ],
    ),
    (
        "as many layers as it has",
        &["list-has-fewer-layers", "list-has-no-layers"],
    ),
    (
        "is missing from it",
        &[
            "list-has-empty-paths",
            "list-has-long-names",
            "list-has-nul-in-names",
            "saved-configuration-is-missing",
            "saved-layer-is-missing",
            "link-for-a-saved-layer",
            "link-for-a-saved-configuration",
            "absolute-link-for-a-saved-layer",
            "layer-is-etc-passwd",
            "layer-is-outside",
            "layer-is-absolute",
            "layer-is-far-outside",
            "configuration-is-outside",
            "configuration-is-absolute",
            "saved-layer-is-a-pipe",
            "saved-layer-is-a-device",
        ],
    ),
    (
        "is not named by a SHA-256",
        &["saved-configuration-has-no-digest"],
    ),
    (
        ".json`: ",
        &[
            "saved-configuration-is-garbage",
            "saved-configuration-without-layers",
        ],
    ),
];

/// Nothing says any more that it is an image: a directory is refused, a tar is
/// a root filesystem like any other, for all one knows.
const NO_IMAGE: &[&str] = &[
    "list-is-a-directory",
    "link-for-list",
    "absolute-link-for-list",
    "list-is-a-pipe",
    "list-is-a-device",
];

/// What the specification asks to distrust, and is imported all the same.
const TAKEN: &[&str] = &[
    // "Image Configuration": the diff IDs are those of the layers, in order.
    "layers-in-another-order",
];

/// Failures of the system, as they are told, that are the layout's.
const NOT_REFUSED: &[&str] = &["list-has-long-names", "list-has-nul-in-names"];

/// What becomes of a damaged layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Refused(&'static str),
    Failed,
    Archive,
    Taken,
}

fn fates() -> BTreeMap<&'static str, Fate> {
    let said = SAID
        .iter()
        .flat_map(|(words, names)| names.iter().map(|name| (*name, Fate::Refused(words))));
    let all = |names: &'static [&str], fate| names.iter().map(move |name| (*name, fate));
    said.chain(all(NO_IMAGE, Fate::Archive))
        .chain(all(TAKEN, Fate::Taken))
        .collect()
}

/// What is wrong with how the import of a damaged layout ended.
fn judge(damage: &Damage, packing: Packing, fate: Fate) -> Vec<String> {
    let arena = Arena::new();
    arena.tree("outside", &damage::bait());
    let source = arena.source(&damage.layout, packing);
    let before = arena.snapshot();
    let answer = arena.import(source, &Options::default());
    let mut wrong = Vec::new();
    if answer.is_err() {
        wrong = before.touched(&arena.snapshot());
    }
    match (answer, fate) {
        (Err(error), Fate::Refused(words)) => {
            if error.kind() != ErrorKind::Refused {
                wrong.push(format!("not refused but failed: {error}"));
            }
            if !error.to_string().contains(words) {
                wrong.push(format!("it says: {error}"));
            }
        }
        (Err(error), Fate::Failed) if error.kind() != ErrorKind::Refused => {}
        (Ok(outcome), Fate::Archive) if outcome.received.form == Form::Archive => {
            wrong.extend(arena.mismatches(&damage.layout, &outcome));
        }
        (Ok(outcome), Fate::Taken) if outcome.received.form != Form::Archive => {}
        (Ok(outcome), _) => wrong.push(format!("published as {}", outcome.received.form)),
        (Err(error), _) => wrong.push(format!("right by now? {error}")),
    }
    wrong
}

fn fate(name: &str, packing: Packing) -> Option<Fate> {
    let in_directory = packing == Packing::Directory;
    match fates().get(name)? {
        Fate::Archive if in_directory => Some(Fate::Refused("no OCI image layout")),
        Fate::Refused(_) if in_directory && NOT_REFUSED.contains(&name) => Some(Fate::Failed),
        fate => Some(*fate),
    }
}

fn assert_fates(packing: Packing) {
    for (name, layout) in damage::whole() {
        let arena = Arena::new();
        let source = arena.source(&layout, packing);
        let answer = arena.import(source, &Options::default());
        assert!(answer.is_ok(), "{name} is whole: {answer:?}");
    }
    // What absolute links lead to; relative ones have their own beside them.
    let outside = Arena::new();
    let outside = outside.tree("outside", &damage::bait());
    let damages = damage::all(&outside);
    assert!(damages.len() > 100, "only {}", damages.len());
    let mut wrong = Vec::new();
    for damage in &damages {
        let name = damage.name;
        let Some(fate) = fate(name, packing) else {
            panic!("no row says what becomes of {name}");
        };
        let found = judge(damage, packing, fate);
        wrong.extend(found.into_iter().map(|line| format!("{name}: {line}")));
    }
    assert!(wrong.is_empty(), "{packing:?}\n{}", wrong.join("\n"));
}

#[test]
fn in_a_directory() {
    assert_fates(Packing::Directory);
}

#[test]
fn in_a_tar() {
    assert_fates(Packing::File(Prefix::Bare, Codec::None));
}

#[test]
fn in_a_compressed_stream() {
    assert_fates(Packing::Stream(Prefix::Dot, Codec::Gzip));
}

#[test]
fn every_row_is_of_a_damage_that_there_is() {
    let all = damage::all("/outside".as_ref());
    let names: Vec<_> = all.iter().map(|damage| damage.name).collect();
    let rows = SAID.iter().flat_map(|(_, names)| *names);
    let rows: Vec<_> = rows.chain(NO_IMAGE).chain(TAKEN).collect();
    assert_eq!(rows.len(), names.len(), "a row too many, or twice");
    for name in rows.into_iter().chain(NOT_REFUSED) {
        assert!(names.contains(name), "{name}");
    }
}
