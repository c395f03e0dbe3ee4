//! Which image is taken of those for several platforms.

use fixtures::compress::Codec;
use fixtures::container::{Image, Layer, OciLayout, Platform, Style, docker};
use fixtures::elf::{Machine, executable};
use fixtures::tree::{Node, TreeSpec};
use libimage::error::{ErrorKind, ImageError};
use libimage::import::Options;
use libimage::inspect::Architecture;

use crate::arena::{Arena, Packing};

/// An image for each of these platforms, with a program of its own.
fn images(platforms: &[Platform]) -> Vec<Image> {
    let one = |platform: &Platform| {
        let machine = match &*platform.architecture {
            "arm64" => Machine::Aarch64,
            "arm" => Machine::Arm,
            _ => Machine::X86_64,
        };
        let program = Node::file("usr/bin/true", executable(machine)).mode(0o755);
        let named = Node::file("platform", format!("{platform:?}"));
        let tree = TreeSpec::new().with(program).with(named);
        Image::new(platform.clone()).layer(Layer::of(&tree).packed(Codec::Gzip))
    };
    platforms.iter().map(one).collect()
}

fn amd64() -> Platform {
    Platform::linux("amd64")
}

fn arm64() -> Platform {
    Platform::linux("arm64").variant("v8")
}

/// The images in an index of their own, each with a statement about it, as
/// `docker buildx` makes it.
fn oci(images: &[Image]) -> TreeSpec {
    let mut layout = OciLayout::new();
    let mut manifests = Vec::new();
    for image in images {
        let manifest = layout.image(image);
        let statement = layout.attestation(&manifest);
        manifests.extend([manifest, statement]);
    }
    let index = layout.index(&manifests);
    layout.finish(&[index.named("compute:1.0")])
}

/// What there is, which is asked for, and which is taken or what is said.
type Case = (
    Vec<Platform>,
    Option<Architecture>,
    Result<&'static str, &'static [&'static str]>,
);

fn cases() -> Vec<Case> {
    let (x86, arm) = (Some(Architecture::X86_64), Some(Architecture::AARCH64));
    vec![
        (vec![amd64()], None, Ok("linux/amd64")),
        (vec![arm64()], None, Ok("linux/arm64/v8")),
        (vec![amd64()], x86, Ok("linux/amd64")),
        (vec![amd64(), arm64()], x86, Ok("linux/amd64")),
        (vec![amd64(), arm64()], arm, Ok("linux/arm64/v8")),
        (vec![arm64(), amd64()], arm, Ok("linux/arm64/v8")),
        (
            vec![amd64(), arm64()],
            None,
            Err(&["several images", "linux/amd64", "linux/arm64/v8", "--arch"]),
        ),
        (
            vec![amd64()],
            arm,
            Err(&["no image for aarch64", "it holds", "linux/amd64"]),
        ),
        (
            vec![amd64(), arm64()],
            Some(Architecture::PPC64LE),
            Err(&["no image for ppc64le", "linux/amd64", "linux/arm64/v8"]),
        ),
        (
            vec![amd64(), Platform::linux("arm").variant("v7")],
            arm,
            Err(&["no image for aarch64", "linux/arm/v7"]),
        ),
        (
            vec![amd64(), Platform::linux("new-and-unknown")],
            x86,
            Ok("linux/amd64"),
        ),
    ]
}

fn options(arch: Option<Architecture>) -> Options {
    let mut options = Options::default();
    options.choice.arch = arch;
    options.demand.arch = arch;
    options
}

#[test]
fn the_architecture_picks_the_image() {
    for (platforms, arch, expected) in cases() {
        let images = images(&platforms);
        for layout in [oci(&images), docker(&images, Style::Docker)] {
            for packing in Packing::KINDS {
                let arena = Arena::new();
                let source = arena.source(&layout, packing);
                let before = arena.snapshot();
                match (arena.import(source, &options(arch)), expected) {
                    (Ok(outcome), Ok(platform)) => {
                        let taken = outcome.received.platform.expect("it says so");
                        assert_eq!(taken.to_string(), platform, "{platforms:?} {arch:?}");
                    }
                    (Err(error), Err(words)) => {
                        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
                        let help = error.help().expect("something can be done");
                        let said = format!("{error}; {help}");
                        for word in words {
                            assert!(said.contains(word), "`{word}` is missing: {said}");
                        }
                        assert_eq!(before.touched(&arena.snapshot()), [""; 0]);
                    }
                    (answer, _) => panic!("{platforms:?} {arch:?}: {answer:?}"),
                }
            }
        }
    }
}

/// A long list is cut short, and says so.
#[test]
fn a_refusal_names_some_of_many() {
    let many: Vec<_> = (0..20)
        .map(|number| Platform::linux("amd64").variant(&format!("v{number}")))
        .collect();
    let arena = Arena::new();
    let source = arena.source(&oci(&images(&many)), Packing::Directory);
    let error = arena.import(source, &Options::default());
    let error = error.expect_err("there are twenty");
    // All are for one architecture, so that it tells none from the others.
    let help = error.help().expect("something can be done");
    assert!(help.contains("--image"), "{help}");
    assert!(!help.contains("--arch"), "{help}");
    let error = error.to_string();
    assert!(error.contains("linux/amd64/v7"), "{error}");
    assert!(!error.contains("linux/amd64/v8"), "{error}");
    assert!(error.contains("12 more"), "{error}");
}

/// Names and platforms are an image's own words.
#[test]
fn what_an_image_says_is_printed_escaped() {
    let hostile = Platform::linux("amd64\u{1b}[31m").variant("\n");
    let arena = Arena::new();
    let image = images(&[hostile, amd64()])
        .remove(0)
        .named("\u{1b}]0;x\u{7}");
    let other = images(&[amd64()]).remove(0);
    let source = arena.source(&docker(&[image, other], Style::Podman), Packing::Directory);
    let error = arena.import(source, &Options::default());
    let error = error.expect_err("there are two");
    let said = format!("{error}; {}", error.help().expect("something can be done"));
    assert!(!said.contains(char::is_control), "{said:?}");
    assert!(said.contains("amd64"), "{said}");
}
