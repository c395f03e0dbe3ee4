//! Images without a name, and names that are too many or too long.

use fixtures::archive::Prefix;
use fixtures::compress::Codec;
use fixtures::container::{Image, OciLayout, Style, docker, media};
use fixtures::tree::TreeSpec;
use libimage::error::{ErrorKind, ImageError};
use libimage::import::{ImportError, Options, Outcome};

use crate::arena::{Arena, Packing};
use crate::names::{image, oci};
use crate::notation::tree;

fn import(arena: &Arena, layout: &TreeSpec, name: Option<&str>) -> Result<Outcome, ImportError> {
    let source = arena.source(layout, Packing::File(Prefix::Bare, Codec::None));
    let mut options = Options::default();
    options.choice.image = name.map(str::to_owned);
    arena.import(source, &options)
}

fn manifest(image: &Image) -> String {
    OciLayout::new().image(image).digest
}

fn configuration(image: &Image) -> String {
    let bytes = image.configuration();
    OciLayout::new().blob(media::CONFIGURATION, bytes).digest
}

/// Such an image is known by the digest of its manifest, or of its
/// configuration where it has no manifest.
#[test]
fn an_image_without_a_name_is_chosen_by_its_digest() {
    let images = [image(0, &[]), image(1, &[])];
    let layouts = [
        (oci(&images), images.each_ref().map(manifest)),
        (
            docker(&images, Style::Docker),
            images.each_ref().map(configuration),
        ),
    ];
    for (layout, digests) in &layouts {
        let arena = Arena::new();
        let error = import(&arena, layout, None).expect_err("there are two");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        let help = error.help().expect("something can be done");
        assert!(help.contains("--image"), "{help}");
        for digest in digests {
            let shown = format!("`{digest}` for linux");
            assert!(error.to_string().contains(&shown), "{error}");
        }
        for (number, digest) in digests.iter().enumerate() {
            let arena = Arena::new();
            let outcome = import(&arena, layout, Some(digest)).expect("it is there");
            let expected = tree(&format!("number:{number}"));
            assert_eq!(arena.mismatches(&expected, &outcome), [""; 0]);
        }
    }
}

/// An image with a name has its digest for another.
#[test]
fn a_digest_is_a_name_like_others() {
    let images = [image(0, &["a:1"]), image(1, &["b:1"])];
    let bare: Vec<_> = (0..2).map(|number| image(number, &[])).collect();
    let layouts = [
        (oci(&images), manifest(&bare[1])),
        (docker(&images, Style::Docker), configuration(&bare[1])),
    ];
    for (layout, digest) in &layouts {
        let arena = Arena::new();
        let outcome = import(&arena, layout, Some(digest)).expect("it is there");
        assert_eq!(arena.mismatches(&tree("number:1"), &outcome), [""; 0]);
    }
}

#[test]
fn of_many_or_long_names_some_are_looked_at() {
    let many: Vec<_> = (0..17).map(|number| format!("x:{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let (long, longer) = ("x".repeat(512), "x".repeat(513));
    let cases = [
        (docker(&[image(0, &many)], Style::Docker), "x:15", true),
        (docker(&[image(0, &many)], Style::Docker), "x:16", false),
        (docker(&[image(0, &[&long])], Style::Docker), &long, true),
        (
            docker(&[image(0, &[&longer])], Style::Docker),
            &longer,
            false,
        ),
        (oci(&[image(0, &[&long])]), &long, true),
        (oci(&[image(0, &[&longer])]), &longer, false),
    ];
    for (layout, name, is_known) in &cases {
        let answer = import(&Arena::new(), layout, Some(name));
        assert_eq!(answer.is_ok(), *is_known, "{name}: {answer:?}");
        if let Err(error) = answer {
            assert!(error.to_string().contains("no image called"), "{error}");
        }
    }
}

#[test]
fn a_thousand_images_are_looked_at_and_no_more() {
    let of = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("x:{number}")).collect();
        let images: Vec<_> = names.iter().map(|name| image(0, &[name])).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        [oci(&[image(0, &names)]), docker(&images, Style::Docker)]
    };
    for layout in of(1000) {
        let outcome = import(&Arena::new(), &layout, Some("x:999"));
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    for (layout, words) in of(1001).iter().zip(["too many", "more than 1000 images"]) {
        let error = import(&Arena::new(), layout, Some("x:0"));
        let error = error.expect_err("one too many");
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}
