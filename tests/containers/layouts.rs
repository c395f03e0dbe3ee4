//! Layouts that are put together in unusual ways, and what only looks like one.

use fixtures::compress::Codec;
use fixtures::container::{Descriptor, OciLayout, Platform, media};
use fixtures::tree::{Node, TreeSpec};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::Options;
use libimage::source::Form;

use crate::arena::{Arena, Packing};
use crate::forms::{image, imported, oci};
use crate::notation::tree;

/// A layout made otherwise than the usual way, for the same image.
fn made(fill: impl FnOnce(&mut OciLayout, Descriptor) -> Vec<Descriptor>) -> TreeSpec {
    let mut layout = OciLayout::new();
    let manifest = layout.image(&image());
    let index = fill(&mut layout, manifest);
    layout.finish(&index)
}

/// What Docker calls the parts of an image that lies in a registry.
fn in_words_of_docker() -> TreeSpec {
    let mut layout = OciLayout::new();
    let layers: Vec<_> = image()
        .layers
        .iter()
        .map(|layer| Descriptor {
            media_type: "application/vnd.docker.image.rootfs.diff.tar.gzip".to_owned(),
            ..layout.layer(&layer.clone().packed(Codec::Gzip))
        })
        .collect();
    let configuration = image().configuration();
    let configuration = layout.blob(
        "application/vnd.docker.container.image.v1+json",
        configuration,
    );
    let manifest = layout.manifest(&configuration, &layers);
    layout.finish(&[manifest])
}

#[test]
fn layouts_may_hold_more_and_be_put_together_otherwise() {
    let nested = made(|layout, manifest| {
        let inner = layout.index(&[manifest]);
        let middle = layout.index(&[inner]);
        vec![layout.index(&[middle])]
    });
    let again = made(|layout, manifest| {
        let index = layout.index(std::slice::from_ref(&manifest));
        vec![manifest.clone(), index, manifest]
    });
    let with_statement = made(|layout, manifest| {
        let statement = layout.attestation(&manifest);
        vec![layout.index(&[manifest, statement])]
    });
    let others_not_there = made(|_, manifest| {
        let elsewhere = OciLayout::new().blob(media::MANIFEST, "not copied");
        vec![elsewhere.platform(Platform::linux("s390x")), manifest]
    });
    let with_chart = made(|layout, manifest| {
        let configuration = layout.blob("application/vnd.cncf.helm.config.v1+json", "{}");
        vec![layout.manifest(&configuration, &[]), manifest]
    });
    let with_files = oci(&image())
        .with(Node::file("README", "text"))
        .with(Node::dir("blobs/sha512"))
        .with(Node::file("blobs/sha256/unfinished", "text"));
    let cases = [
        ("indexes in indexes", nested),
        ("the image twice", again),
        ("a statement beside it", with_statement),
        ("images that are elsewhere", others_not_there),
        ("an artifact beside it", with_chart),
        ("other files", with_files),
        ("media types of Docker", in_words_of_docker()),
    ];
    for (what, layout) in &cases {
        for packing in Packing::KINDS {
            imported(what, layout, packing);
        }
    }
}

/// Symlinks and hard links are as good as files, inside the layout.
#[test]
fn parts_may_be_links_to_parts() {
    const BLOBS: &[u8] = b"blobs/sha256/";
    let layout = oci(&image());
    let (blobs, others): (Vec<_>, Vec<_>) = layout
        .nodes
        .iter()
        .cloned()
        .partition(|node| node.path.starts_with(BLOBS));
    let linked = |link: &dyn Fn(&[u8], Vec<u8>) -> Node| {
        let mut tree = TreeSpec {
            nodes: others.clone(),
        }
        .with(Node::dir("store"));
        for mut blob in blobs.clone() {
            let store = [b"store/", &blob.path[BLOBS.len()..]].concat();
            let link = link(&blob.path, store.clone());
            blob.path = store;
            tree = tree.with(blob).with(link);
        }
        tree
    };
    let up = |prefix: &'static str| {
        move |path: &[u8], store: Vec<u8>| Node::symlink(path, [prefix.as_bytes(), &store].concat())
    };
    let cases = [
        ("relative symlinks", linked(&up("../../"))),
        ("absolute symlinks", linked(&up("/"))),
        (
            "hard links",
            linked(&|path, store| Node::hard_link(path, store)),
        ),
    ];
    for (what, layout) in &cases {
        for packing in Packing::KINDS {
            imported(what, layout, packing);
        }
    }
}

#[test]
fn a_root_filesystem_is_none_though_it_begins_like_an_image() {
    let cases = [
        "blobs/ etc/ etc/x:1",
        "blobs/ blobs/sha512/ blobs/sha512/x:1 etc/",
        "manifest.json:{} etc/ etc/x:1",
        "manifest.json:x etc/ etc/x:1",
        "manifest.json etc/ etc/x:1",
        "index.json:{} etc/ etc/x:1",
        "oci-layout:x etc/ etc/x:1",
        "repositories/ repositories/x:1",
    ];
    for line in cases {
        for packing in &Packing::KINDS[1..] {
            let arena = Arena::new();
            let source = arena.source(&tree(line), *packing);
            let outcome = arena
                .import(source, &Options::default())
                .unwrap_or_else(|error| panic!("{line} {packing:?}: {error}"));
            assert_eq!(outcome.received.form, Form::Archive, "{line}");
            let wrong = arena.mismatches(&tree(line), &outcome);
            assert_eq!(wrong, [""; 0], "{line} {packing:?}");
        }
    }
}

/// With parts of an image beside it, such a file is one that is damaged.
#[test]
fn what_looks_like_an_image_and_cannot_be_read_is_refused() {
    const PARTS: &str = "parts of a container image, but not both `oci-layout` and `index.json`";
    const LIST: &str = "`manifest.json`: ";
    let digits = "0".repeat(64);
    let cases = [
        ("blobs/ blobs/sha256/ etc/ etc/x:1".to_owned(), PARTS),
        ("oci-layout:x blobs/ blobs/sha256/".to_owned(), PARTS),
        ("manifest.json:{} blobs/ etc/".to_owned(), LIST),
        ("manifest.json:x repositories:{} etc/".to_owned(), LIST),
        ("manifest.json:x oci-layout:x etc/".to_owned(), LIST),
        ("manifest.json:x index.json:{} etc/".to_owned(), LIST),
        (format!("manifest.json:x {digits}.json:{{}} etc/"), LIST),
        (format!("manifest.json:x {digits}/ etc/"), LIST),
    ];
    for (line, words) in &cases {
        for packing in Packing::KINDS {
            let arena = Arena::new();
            let source = arena.source(&tree(line), packing);
            let before = arena.snapshot();
            let error = arena.import(source, &Options::default());
            let error = error.expect_err(line);
            assert_eq!(error.kind(), ErrorKind::Refused, "{line}: {error}");
            assert!(error.to_string().contains(words), "{line}: {error}");
            assert_eq!(before.touched(&arena.snapshot()), [""; 0], "{line}");
        }
    }
}
