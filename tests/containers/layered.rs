//! What layers over each other make, as tables of cases.

use fixtures::archive::Prefix;
use fixtures::compress::Codec;
use fixtures::container::Layer;
use fixtures::tree::TreeSpec;
use libimage::error::{ErrorKind, ImageError};
use libimage::import::Options;

use crate::arena::{Arena, Packing};
use crate::notation::{layer, layout, tree};

/// What is shown, the layers, and the tree that they make.
pub(crate) type Made = (&'static str, &'static [&'static str], &'static str);

/// What is shown, the layers, and some words of the refusal.
pub(crate) type Refused = (&'static str, &'static [&'static str], &'static str);

const TAR: Packing = Packing::File(Prefix::Bare, Codec::None);

/// Where the layers do not make the tree, or a dry run foretells another.
pub(crate) fn differences(
    layers: impl IntoIterator<Item = Layer>,
    expected: &TreeSpec,
    options: impl Fn() -> Options,
) -> Vec<String> {
    let arena = Arena::new();
    let layout = layout(layers);
    let mut dry = options();
    dry.dry_run = true;
    let foretold = arena.import(arena.source(&layout, TAR), &dry);
    let outcome = match arena.import(arena.source(&layout, TAR), &options()) {
        Ok(outcome) => outcome,
        Err(error) => return vec![format!("refused: {error}")],
    };
    let mut wrong = arena.mismatches(expected, &outcome);
    match foretold {
        Ok(foretold) if foretold.tree.digest == outcome.tree.digest => {}
        other => wrong.push(format!("a dry run says {other:?}")),
    }
    wrong
}

fn wrong((_, layers, expected): &Made) -> Vec<String> {
    let layers = layers.iter().map(|line| layer(line));
    differences(layers, &tree(expected), Options::default)
}

/// Ends the test unless all layers make what they are to make.
pub(crate) fn assert_made(cases: &[Made]) {
    let wrong = cases.iter().flat_map(|case| {
        let name = case.0;
        let found = wrong(case).into_iter();
        found.map(move |line| format!("{name}: {line}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Ends the test unless all are refused with these words, and no trace is left.
pub(crate) fn assert_refused(cases: &[Refused]) {
    let wrong = cases.iter().filter_map(|(name, layers, words)| {
        let arena = Arena::new();
        let layers = layers.iter().map(|line| layer(line));
        let source = arena.source(&layout(layers), TAR);
        let before = arena.snapshot();
        let what = match arena.import(source, &Options::default()) {
            Ok(_) => "it was published".to_owned(),
            Err(error) if error.kind() != ErrorKind::Refused => format!("it failed: {error}"),
            Err(error) if !error.to_string().contains(words) => format!("it says: {error}"),
            Err(_) => before.touched(&arena.snapshot()).join(", "),
        };
        (!what.is_empty()).then(|| format!("{name}: {what}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
