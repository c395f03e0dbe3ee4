//! Which image is taken of those with several names.

use fixtures::container::{Image, OciLayout, Platform, Style, docker};
use fixtures::tree::TreeSpec;
use libimage::error::{ErrorKind, ImageError};
use libimage::import::Options;

use crate::arena::{Arena, Packing};
use crate::notation::{layer, tree};

/// An image that has its number in it, and some names.
pub(crate) fn image(number: usize, names: &[&str]) -> Image {
    let image = Image::new(Platform::without_elf()).layer(layer(&format!("number:{number}")));
    names.iter().fold(image, |image, name| image.named(name))
}

pub(crate) fn oci(images: &[Image]) -> TreeSpec {
    let mut layout = OciLayout::new();
    let mut manifests = Vec::new();
    for image in images {
        let Image { names, .. } = image;
        let unnamed = Image {
            names: Vec::new(),
            ..image.clone()
        };
        let manifest = layout.image(&unnamed);
        // An annotation comes once; who has two names writes two descriptors.
        manifests.extend(names.iter().map(|name| manifest.clone().named(name)));
        if names.is_empty() {
            manifests.push(manifest);
        }
    }
    layout.finish(&manifests)
}

/// The names of the images that there are, the one that is asked for, and
/// which is taken or what is said.
type Case = (
    &'static [&'static [&'static str]],
    Option<&'static str>,
    Result<usize, &'static [&'static str]>,
);

const BOTH: &[&[&str]] = &[&["registry.example:5000/hpc/compute:1.0"], &["login:2.0"]];
const TAGS: &[&[&str]] = &[&["docker.io/library/base:1", "base:latest"], &["base:2"]];

const CASES: &[Case] = &[
    (BOTH, Some("registry.example:5000/hpc/compute:1.0"), Ok(0)),
    (BOTH, Some("hpc/compute:1.0"), Ok(0)),
    (BOTH, Some("compute:1.0"), Ok(0)),
    (BOTH, Some("1.0"), Ok(0)),
    (BOTH, Some("login:2.0"), Ok(1)),
    (BOTH, Some("ogin:2.0"), Err(&["no image called `ogin:2.0`"])),
    (
        BOTH,
        Some("compute"),
        Err(&["no image called `compute`", "hpc/compute:1.0", "login:2.0"]),
    ),
    (BOTH, Some("compute:1"), Err(&["no image called"])),
    (BOTH, Some("COMPUTE:1.0"), Err(&["no image called"])),
    (BOTH, Some(""), Err(&["no image called ``"])),
    (
        BOTH,
        Some("\u{1b}[31m"),
        Err(&["no image called `\\x1b[31m`"]),
    ),
    (
        BOTH,
        None,
        Err(&["several images", "hpc/compute:1.0", "login:2.0", "--image"]),
    ),
    (TAGS, Some("base:1"), Ok(0)),
    (TAGS, Some("library/base:1"), Ok(0)),
    (TAGS, Some("base:latest"), Ok(0)),
    (TAGS, Some("latest"), Ok(0)),
    (TAGS, Some("base:2"), Ok(1)),
    (&[&["only:1"]], None, Ok(0)),
    (&[&["only:1"]], Some("only:1"), Ok(0)),
    (
        &[&["only:1"]],
        Some("other:1"),
        Err(&["no image called `other:1`", "`only:1`"]),
    ),
    (&[&[]], None, Ok(0)),
    (
        &[&[]],
        Some("x"),
        Err(&["no image called `x`", "it holds `sha256:", "for linux"]),
    ),
    (
        &[&["a/x:1"], &["b/x:1"]],
        Some("x:1"),
        Err(&["several images", "a/x:1", "b/x:1"]),
    ),
    (&[&["a/x:1"], &["b/x:1"]], Some("b/x:1"), Ok(1)),
];

#[test]
fn the_name_picks_the_image_with_or_without_its_registry() {
    for (names, wanted, expected) in CASES {
        let images = names.iter().enumerate();
        let images: Vec<_> = images.map(|(number, names)| image(number, names)).collect();
        for layout in [oci(&images), docker(&images, Style::Docker)] {
            let arena = Arena::new();
            let source = arena.source(&layout, Packing::Directory);
            let mut options = Options::default();
            options.choice.image = wanted.map(str::to_owned);
            match (arena.import(source, &options), expected) {
                (Ok(outcome), Ok(number)) => {
                    let expected = tree(&format!("number:{number}"));
                    let wrong = arena.mismatches(&expected, &outcome);
                    assert_eq!(wrong, [""; 0], "{names:?} {wanted:?}");
                }
                (Err(error), Err(words)) => {
                    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
                    let help = error.help().expect("something can be done");
                    let said = format!("{error}; {help}");
                    for word in *words {
                        assert!(said.contains(word), "`{word}` is missing: {said}");
                    }
                    assert_eq!(arena.images(), [""; 0]);
                }
                (answer, _) => panic!("{names:?} {wanted:?}: {answer:?}"),
            }
        }
    }
}

/// containerd notes the whole name beside the tag.
#[test]
fn names_stand_in_the_annotations_of_several_tools() {
    for key in [
        "org.opencontainers.image.ref.name",
        "io.containerd.image.name",
    ] {
        let mut layout = OciLayout::new();
        let manifests: Vec<_> = ["docker.io/library/a:1", "docker.io/library/b:1"]
            .iter()
            .enumerate()
            .map(|(number, name)| layout.image(&image(number, &[])).annotated(key, name))
            .collect();
        let arena = Arena::new();
        let source = arena.source(&layout.finish(&manifests), Packing::Directory);
        let mut options = Options::default();
        options.choice.image = Some("b:1".to_owned());
        let outcome = arena.import(source, &options).expect("there is one");
        assert_eq!(
            arena.mismatches(&tree("number:1"), &outcome),
            [""; 0],
            "{key}"
        );
    }
}

/// A name that is one image's whole name and the end of another's.
#[test]
fn a_whole_name_wins_over_the_end_of_another() {
    let images = [image(0, &["localhost:5000/x:1"]), image(1, &["x:1"])];
    for layout in [oci(&images), docker(&images, Style::Docker)] {
        let arena = Arena::new();
        let source = arena.source(&layout, Packing::Directory);
        let mut options = Options::default();
        options.choice.image = Some("x:1".to_owned());
        let outcome = arena.import(source, &options).expect("it is named");
        assert_eq!(arena.mismatches(&tree("number:1"), &outcome), [""; 0]);
    }
}
