//! An image is the same image however it comes.

use fixtures::archive::{Prefix, TarBuilder};
use fixtures::compress::{Codec, compress_members, zstd_skippable};
use fixtures::container::{Image, Layer, OciLayout, Platform, Style, docker, media};
use fixtures::tree::TreeSpec;
use libimage::import::{Options, Outcome};
use libimage::source::Form;

use crate::arena::{Arena, Packing};
use crate::notation::{layer, tree};

/// What the layers below make.
const TREE: &str = "d/ d/a:0 d/b=d/a d/new:1 l->d e:1";

pub(crate) fn image() -> Image {
    Image::new(Platform::without_elf())
        .layer(layer("d/ d/a:0 d/b=d/a d/old:0 l->d e/ e/f:0"))
        .layer(layer("d/.wh.old l/new:1 e:1"))
        .named("compute:1.0")
}

fn packed(mut image: Image, codecs: [Codec; 2]) -> Image {
    for (layer, codec) in image.layers.iter_mut().zip(codecs) {
        layer.codec = codec;
    }
    image
}

pub(crate) fn oci(image: &Image) -> TreeSpec {
    let mut layout = OciLayout::new();
    let manifest = layout.image(image);
    layout.finish(&[manifest])
}

/// Imports a layout, and says so if that does not make [`TREE`].
#[track_caller]
pub(crate) fn imported(what: &str, layout: &TreeSpec, packing: Packing) -> Outcome {
    let arena = Arena::new();
    let source = arena.source(layout, packing);
    let outcome = arena
        .import(source, &Options::default())
        .unwrap_or_else(|error| panic!("{what} {packing:?}: {error}"));
    let wrong = arena.mismatches(&tree(TREE), &outcome);
    assert_eq!(wrong, [""; 0], "{what} {packing:?}");
    outcome
}

#[test]
fn every_packing_gives_the_same_tree() {
    let layout = oci(&packed(image(), [Codec::Gzip, Codec::Zstd]));
    let whole = imported("a layout", &layout, Packing::Directory);
    let mut packings = Vec::new();
    for prefix in [Prefix::Bare, Prefix::Dot, Prefix::Slash] {
        for codec in Codec::ALL {
            packings.push(Packing::File(prefix, codec));
            packings.push(Packing::Stream(prefix, codec));
        }
    }
    for packing in packings {
        let same = imported("a layout", &layout, packing);
        assert_eq!(same.tree.digest, whole.tree.digest, "{packing:?}");
        assert_eq!(same.received, whole.received, "{packing:?}");
    }
}

#[test]
fn layers_may_be_packed_with_anything() {
    let mut images = Vec::new();
    for lower in Codec::ALL {
        for upper in Codec::ALL {
            images.push(oci(&packed(image(), [lower, upper])));
        }
    }
    for layout in images {
        let outcome = imported("codecs", &layout, Packing::File(Prefix::Bare, Codec::None));
        assert_eq!(outcome.received.form, Form::Container { layers: 2 });
    }
}

#[test]
fn every_style_of_docker_gives_the_same_tree() {
    for style in Style::ALL {
        let image = packed(image(), [Codec::Gzip; 2]);
        let layout = docker(&[image], style);
        for packing in Packing::KINDS {
            let outcome = imported(&format!("{style:?}"), &layout, packing);
            assert_eq!(outcome.received.form, Form::Container { layers: 2 });
        }
    }
}

/// A layer's hash proves it whole, so it need not end as other archives do.
#[test]
fn layers_may_be_empty_or_end_as_they_like() {
    let nothing = || TarBuilder::new().finish();
    let unfinished = TarBuilder::new().file("x", "1").unfinished();
    let record = {
        let mut tar = TarBuilder::new().file("x", "1").finish();
        tar.resize(10_240, 0);
        tar
    };
    let cases = [
        ("no members", nothing(), ""),
        ("no members, a whole record", vec![0; 10_240], ""),
        ("no end marker", unfinished, "x:1"),
        ("a whole record", record, "x:1"),
    ];
    for (what, tar, made) in cases {
        for codec in [Codec::None, Codec::Gzip, Codec::Zstd] {
            let odd = Layer::new(tar.clone()).packed(codec);
            let image = Image::new(Platform::without_elf())
                .layer(odd.clone())
                .layer(layer("a:0"))
                .layer(odd);
            for layout in [
                oci(&image),
                docker(std::slice::from_ref(&image), Style::Podman),
            ] {
                let arena = Arena::new();
                let source = arena.source(&layout, Packing::Directory);
                let outcome = arena
                    .import(source, &Options::default())
                    .unwrap_or_else(|error| panic!("{what} {codec:?}: {error}"));
                let expected = tree(made).with_all(tree("a:0"));
                let wrong = arena.mismatches(&expected, &outcome);
                assert_eq!(wrong, [""; 0], "{what} {codec:?}");
            }
        }
    }
}

/// Registries serve layers in several frames: pigz, zstd:chunked.
#[test]
fn layers_may_come_in_frames() {
    let tar = &image().layers[0].tar;
    let chunked = [
        compress_members(tar, Codec::Zstd, 4),
        zstd_skippable(b"table of contents"),
    ];
    let cases = [
        ("gzip members", compress_members(tar, Codec::Gzip, 4)),
        ("zstd:chunked", chunked.concat()),
    ];
    for (what, blob) in cases {
        let mut layout = OciLayout::new();
        let lower = layout.blob(media::LAYER, blob);
        let upper = layout.layer(&image().layers[1]);
        let configuration = layout.blob(media::CONFIGURATION, image().configuration());
        let manifest = layout.manifest(&configuration, &[lower, upper]);
        imported(what, &layout.finish(&[manifest]), Packing::Directory);
    }
}
